// The form works without this script. What it adds: a key by which the server knows a repeated submission, a guard against
// a double click, the stamp's time and what the voter chose, times in the reader's own zone, and ways to share a link.
const [MARKER, CHOSEN, KEY, ANYWHERE, GUARD_MS] = ["urna:sent", "urna:chosen", "urna:key:", "*", 8000];

const [form, stamp] = [document.querySelector('form[action="/add"]'), document.getElementById("counted")];
// The page that reviews a ballot has the key of the form before it, and no choices of its own.
const brought = form?.elements.namedItem("key");
const isReview = Boolean(form?.elements.namedItem("confirmed"));
// The page is in English, so the notation is that of the reader's English, if they have one.
const english = navigator.languages.find((tag) => tag.startsWith("en")) ?? "en-GB";

// Storage throws where the reader has forbidden it; then the stamp stays as it is without scripts.
const recall = (name) => { try { return sessionStorage.getItem(name) ?? ""; } catch { return null; } };
const remember = (name, text) => { try { sessionStorage.setItem(name, text); } catch {} };
const element = (tag, parts) => Object.assign(document.createElement(tag), parts);

// crypto.randomUUID is missing on plain http; getRandomValues is not.
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

// What the form says, the best first: pairs of a mark, such as "2nd", and the name of a choice.
function marked(pressed) {
  if (pressed?.name === "blank") return [["", "A blank vote"]];
  const fieldOf = (item) => (item.contains(pressed) ? pressed : item.querySelector("input:checked, select, input:not([type])"));
  const worth = ({ name, value }) => (name.startsWith("score-") ? -Number(value) : Number(value) || 0);
  const textOf = (field) => field.name === "vote" ? "" : (field.selectedOptions?.[0] ?? field.parentElement.querySelector("input + span"))?.textContent ?? field.value;
  return [...form.querySelectorAll("li")].map((item) => [fieldOf(item), item.querySelector(".name bdi")?.textContent])
    .filter(([field]) => field?.value).sort(([a], [b]) => worth(a) - worth(b))
    .map(([field, name]) => [textOf(field), name]);
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
  document.getElementById("counted-at").textContent = `, ${new Intl.DateTimeFormat(english, { hour: "2-digit", minute: "2-digit" }).format(at)}`;
  // Only this once: whoever uses the browser next does not read it, not even by going back.
  const chosen = document.getElementById("chosen");
  for (const [mark, name] of JSON.parse(recall(CHOSEN) || "[]")) {
    const item = element("li");
    if (mark) item.append(element("b", { textContent: mark }), " ");
    item.append(element("bdi", { textContent: name }));
    chosen.lastElementChild.append(item);
  }
  chosen.hidden = !chosen.lastElementChild.children.length;
  remember(CHOSEN, "");
  addEventListener("pagehide", () => { chosen.hidden = true; chosen.lastElementChild.replaceChildren(); });
  stamp.focus({ preventScroll: true });
}

const arrived = () => stamp && location.hash === "#counted";
if (arrived()) showStamp();
else for (const name of isReview ? [MARKER] : [MARKER, CHOSEN]) remember(name, "");
addEventListener("hashchange", () => arrived() && showStamp());

if (form) {
  const given = brought?.value;
  const key = brought ?? element("input", { type: "hidden", name: "key", autocomplete: "off" });
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
    // Of a vote that was sent before and not confirmed, nobody knows here what it chose: only one of the two counts.
    const isRepeated = address && recall(KEY + address) === key.value;
    if (address) remember(KEY + address, key.value);
    // A form that came back with an error does not know where its poll stands.
    remember(MARKER, address ?? ANYWHERE);
    if (!isReview) remember(CHOSEN, isRepeated ? "" : JSON.stringify(marked(event.submitter)));
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

const notation = new Intl.DateTimeFormat(english, { day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" });
const localise = (within) => within.querySelectorAll("time[datetime]:not([data-exact])").forEach((time) => {
  time.title = time.textContent;
  time.textContent = notation.format(new Date(time.dateTime));
  const hours = time.closest("[data-left]") ? (Date.parse(time.dateTime) - Date.now()) / 3_600_000 : 0;
  const [left, unit] = hours < 2 ? [hours * 60, "minute"] : hours < 48 ? [hours, "hour"] : [hours / 24, "day"];
  if (left >= 1) time.after(` (${new Intl.RelativeTimeFormat(english).format(Math.floor(left), unit)})`);
});
localise(document);
document.addEventListener("drawn", ({ detail }) => localise(detail));

// Ways to pass a link on. A browser has a share sheet and a clipboard on https only; elsewhere it copies what is selected.
for (const link of document.querySelectorAll("a[data-share]")) {
  const url = link.dataset.share || link.href;
  const status = element("output");
  const select = ({ target }) => {
    const field = element("textarea", { value: url, ariaLabel: "The link" });
    status.replaceChildren(field); field.select();
    status.textContent = document.execCommand("copy") ? "Copied" : url; target.focus();
  };
  const write = () => navigator.clipboard.writeText(url).then(() => "Copied", () => url).then((text) => { status.textContent = text; });
  const copy = (event) => (navigator.clipboard ? write() : select(event));
  const share = navigator.share && (() => navigator.share({ title: document.title, url }).catch(() => {}));
  const ways = [["Share", share], ["Copy the link", copy]].filter(([, act]) => act);
  const row = element("p", { className: "actions" });
  row.append(...ways.map(([textContent, onclick]) => element("button", { type: "button", className: "quiet", textContent, onclick })), status);
  link.parentElement.after(row);
}
