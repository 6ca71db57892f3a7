// The page is a working form without this. What it adds: a key by which the
// server knows a repeated submission, a guard against a double click, the time
// on the stamp, and times in the reader's own zone.

const MARKER = "urna:sent";
const GUARD_MS = 8000;

const form = document.querySelector('form[action="/add"]');
const stamp = document.getElementById("counted");
// The page is in English, so the notation is that of the reader's English, if they have one.
const english = navigator.languages.find((tag) => tag.startsWith("en")) ?? "en-GB";

// Storage throws where the reader has forbidden it; then the stamp stays as it is without scripts.
const recall = () => { try { return sessionStorage.getItem(MARKER) ?? ""; } catch { return null; } };
const remember = (text) => { try { sessionStorage.setItem(MARKER, text); } catch {} };

// crypto.randomUUID is missing on plain http; getRandomValues is not.
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

function hideStamp() {
  stamp.hidden = true;
  history.replaceState(history.state, "", location.pathname + location.search);
}

function showStamp() {
  // The marker is the address that the vote was for and, once seen, the time, which a reload keeps.
  const marker = recall();
  if (marker === null) return;
  const [address, seenAt] = marker.split(" ");
  if (address !== location.pathname) return hideStamp();
  const at = Number(seenAt) || Date.now();
  remember(`${address} ${at}`);
  const clock = new Intl.DateTimeFormat(english, { hour: "2-digit", minute: "2-digit" });
  document.getElementById("counted-at").textContent = `, ${clock.format(at)}`;
  stamp.focus({ preventScroll: true });
}

if (form) {
  const key = Object.assign(document.createElement("input"), { type: "hidden", name: "key", autocomplete: "off" });
  key.value = freshKey();
  form.append(key);
  let sentAt = -Infinity;

  form.addEventListener("submit", (event) => {
    // Later a click passes again, with the same key, for those who stopped the first.
    if (performance.now() - sentAt < GUARD_MS) return event.preventDefault();
    sentAt = performance.now();
    form.setAttribute("aria-busy", "true");
    remember(form.dataset.address);
    // An earlier stamp must not vouch for this vote.
    if (location.hash === "#counted") hideStamp();
  });

  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    key.value = freshKey();
    sentAt = -Infinity;
    form.removeAttribute("aria-busy");
    remember("");
  });
}

const arrived = () => stamp && location.hash === "#counted";
arrived() ? showStamp() : remember("");
addEventListener("hashchange", () => arrived() && showStamp());

const notation = new Intl.DateTimeFormat(english, {
  day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
});
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = notation.format(at);
}
