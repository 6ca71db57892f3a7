// The form works without this script. What it adds: a key by which the
// server knows a repeated submission, a guard against a double click, the time
// on the stamp, and times in the reader's own zone.

const MARKER = "urna:sent";
const KEY = "urna:key:";
const GUARD_MS = 8000;
const ANYWHERE = "*";

const form = document.querySelector('form[action="/add"]');
const stamp = document.getElementById("counted");
// The page is in English, so the notation is that of the reader's English, if they have one.
const english = navigator.languages.find((tag) => tag.startsWith("en")) ?? "en-GB";

// Storage throws where the reader has forbidden it; then the stamp stays as it is without scripts.
const recall = (name) => { try { return sessionStorage.getItem(name) ?? ""; } catch { return null; } };
const remember = (name, text) => { try { sessionStorage.setItem(name, text); } catch {} };

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
  const marker = recall(MARKER);
  if (marker === null) return;
  const [address, seenAt] = marker.split(" ");
  if (address !== location.pathname && address !== ANYWHERE) return hideStamp();
  const at = Number(seenAt) || Date.now();
  remember(MARKER, `${location.pathname} ${at}`);
  remember(KEY + location.pathname, "");
  const clock = new Intl.DateTimeFormat(english, { hour: "2-digit", minute: "2-digit" });
  document.getElementById("counted-at").textContent = `, ${clock.format(at)}`;
  stamp.focus({ preventScroll: true });
}

const arrived = () => stamp && location.hash === "#counted";
arrived() ? showStamp() : remember(MARKER, "");
addEventListener("hashchange", () => arrived() && showStamp());

if (form) {
  // The page that reviews a ballot has the key of the form before it.
  const brought = form.elements.namedItem("key");
  const given = brought?.value;
  const key = brought ?? Object.assign(document.createElement("input"), { type: "hidden", name: "key", autocomplete: "off" });
  // A vote that was sent but not confirmed keeps its key, so that sending it again can't count twice.
  const address = form.dataset.address;
  // An error on the page means that the vote was refused: then it gets a new key. Not where it may have been counted.
  if (address && document.querySelector(".error-summary") && !("unsure" in form.dataset)) remember(KEY + address, "");
  const renew = () => { key.value = (address && recall(KEY + address)) || given || freshKey(); };
  renew();
  if (!brought) form.append(key);
  let sentAt = -Infinity;

  form.addEventListener("submit", (event) => {
    // After that time a click submits again, with the same key: the voter may have stopped the first request.
    if (performance.now() - sentAt < GUARD_MS) return event.preventDefault();
    sentAt = performance.now();
    form.setAttribute("aria-busy", "true");
    // A form that came back with an error does not know where its poll stands.
    remember(MARKER, address ?? ANYWHERE);
    if (address) remember(KEY + address, key.value);
    // The stamp of an earlier vote must not look like a confirmation of this one.
    if (location.hash === "#counted") hideStamp();
  });

  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    renew();
    sentAt = -Infinity;
    form.removeAttribute("aria-busy");
    remember(MARKER, "");
  });
}

const notation = new Intl.DateTimeFormat(english, {
  day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
});
for (const time of document.querySelectorAll("time[datetime]:not([data-exact])")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = notation.format(at);
}
