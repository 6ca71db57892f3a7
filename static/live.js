// A page without this script shows the result as of its request. What it adds: the result changes in place whenever votes come,
// and a note says when the rest of the page is old. The page is never loaded anew: a ballot stays as it is filled in.
const [ASK_MS, SPREAD_MS, SPEAK_MS, SLIDE_MS, LOST_MS] = [5000, 5000, 10000, 400, 3000];
const [section, result] = [document.querySelector("[data-live]"), document.getElementById("result")];
const { live: events, page: address, rest } = section.dataset;
const element = (tag, parts) => Object.assign(document.createElement(tag), parts);
const mark = element("button", { type: "button", hidden: true, title: "Stop or start the updates", onclick: () => { held = !held; held ? (stop(), say("stopped")) : start(); } });
const spoken = element("p", { className: "aside", role: "status" });
section.prepend(mark, spoken);
const say = (word) => Object.assign(mark, { textContent: word, className: `live ${word}`, hidden: false });
// Changes one node into another and keeps what is the same, so that focus, a click and a reading position stay.
function morph(old, next) {
  if (old.nodeName !== next.nodeName) return old.replaceWith(next);
  if (old.data !== next.data) old.data = next.data;
  for (const { name } of [...(old.attributes ?? [])]) if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of next.attributes ?? []) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [olds, nexts] = [[...old.childNodes], [...next.childNodes]];
  nexts.forEach((node, place) => (olds[place] ? morph(olds[place], node) : old.append(node)));
  olds.slice(nexts.length).forEach((node) => node.remove());
}
// Where rows stand and how long their bars are, by choice; those that are folded away stand nowhere.
const rows = () => new Map([...result.querySelectorAll("tr[data-place]")].map((row) => {
  const [{ top, height }, rect] = [row.getBoundingClientRect(), row.nextElementSibling.querySelector("rect")];
  return [row.dataset.place, { parts: [row, row.nextElementSibling], rect, top, height, width: `${rect.getAttribute("width")}px` }];
}));
function slide(before) {
  const timing = { duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : SLIDE_MS, easing: "ease-out" };
  for (const [place, { parts, rect, top, height, width }] of rows()) {
    const was = before.get(place);
    if (!was?.height || !height) continue;
    for (const part of parts) part.animate([{ transform: `translateY(${was.top - top}px)` }, {}], timing);
    rect.animate([{ width: was.width }, { width }], timing);
  }
}
// Who hears the page is told what it says, once in a while.
const summary = () => [...result.querySelectorAll(".leader, .why, .total")].map((line) => line.innerText).join(". ");
let [speech, said] = [null, summary()];
const speak = () => { speech = null; if (said !== summary()) spoken.textContent = said = summary(); };
const live = () => { lost = clearTimeout(lost); say("live"); };
function show(id, html, isOld) {
  live();
  if (isOld && "reload" in section.dataset) return location.reload();
  if (isOld && !document.getElementById("changed")) {
    const note = element("p", { id: "changed", textContent: spoken.textContent = "This page is no longer up to date. " });
    note.append(element("a", { href: location.pathname + location.search, textContent: "Load it again" }));
    document.getElementById("main").append(note);
  }
  if (id === result.dataset.id) return;
  const next = element("div", { id: "result", innerHTML: html });
  next.dataset.id = id;
  document.dispatchEvent(new CustomEvent("drawn", { detail: next }));
  slide(rows(), morph(result, next));
  speech ??= setTimeout(speak, SPEAK_MS);
}
// Where there is no stream, the page asks for itself, and for a stream again.
let [source, timer, lost, held] = [null, null, null, false];
async function ask(mine) {
  try {
    const page = new DOMParser().parseFromString(await (await fetch(address, { cache: "no-cache" })).text(), "text/html");
    const { dataset, innerHTML } = page.getElementById("result");
    if (mine === source) show(dataset.id, innerHTML, !page.querySelector(`[data-rest="${rest}"]`));
  } catch { if (mine === source) say("paused"); }
}
function start() {
  if (source || held || document.hidden) return;
  const mine = source = new EventSource(`${events}${events.includes("?") ? "&" : "?"}have=${result.dataset.id}.${rest}`);
  mine.onopen = live;
  mine.onmessage = ({ data, lastEventId }) => show(lastEventId.split(".")[0], data, !lastEventId.endsWith(`.${rest}`));
  mine.addEventListener("paused", () => say("paused"));
  mine.onerror = () => {
    if (mine.readyState !== EventSource.CLOSED) return void (lost ??= setTimeout(say, LOST_MS, "paused"));
    ask(mine);
    timer = setTimeout(() => { stop(); start(); }, ASK_MS + Math.random() * SPREAD_MS);
  };
}
function stop() { clearTimeout(timer); lost = clearTimeout(lost); source?.close(); source = null; }
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
addEventListener("pageshow", start);
