// A page without this script shows the result as of its request. What it adds: the result is replaced whenever it changes, and
// a note says when the rest of the page has changed. The page is never loaded anew: a ballot stays as it is filled in.
const section = document.querySelector("[data-live]");
const [ASK_MS, SPREAD_MS, SPEAK_MS, SLIDE_MS] = [5000, 5000, 10000, 400];
const { live: events, rest } = section.dataset;
const shown = () => document.getElementById("result");
const element = (tag, parts) => Object.assign(document.createElement(tag), parts);
const [mark, spoken] = [element("p", { hidden: true }), element("p", { className: "aside", role: "status" })];
section.prepend(mark, spoken);
const say = (word) => Object.assign(mark, { textContent: word, className: `live ${word}`, hidden: false });

// Rows slide from where they were, and bars grow or shrink from the length that they had.
function slide(before, after) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return () => {};
  const places = (within) => new Map([...within.querySelectorAll("tr[data-place]")].map((row) => {
    const rect = row.nextElementSibling.querySelector("rect");
    return [row.dataset.place, { row, rect, top: row.getBoundingClientRect().top, width: `${rect.getAttribute("width")}px` }];
  }));
  const [old, timing] = [places(before), { duration: SLIDE_MS, easing: "ease-out" }];
  return () => places(after).forEach(({ row, rect, top, width }, place) => {
    const was = old.get(place);
    if (!was) return;
    for (const part of [row, row.nextElementSibling]) part.animate([{ transform: `translateY(${was.top - top}px)` }, {}], timing);
    rect.animate([{ width: was.width }, { width }], timing);
  });
}

// Who hears the page is told what it says, once in a while.
const summary = () => [...shown().querySelectorAll(".leader, .why, .total")].map((line) => line.innerText).join(". ");
let [speech, said] = [null, summary()];
const speak = () => { speech = null; if (said !== summary()) spoken.textContent = said = summary(); };

function show(id, html, changed) {
  say("live");
  if (changed && !document.getElementById("changed")) {
    const note = element("p", { id: "changed", role: "status", textContent: "This poll was changed, opened or closed. " });
    note.append(element("a", { href: location.pathname + location.search, textContent: "Load the page again" }));
    document.getElementById("main").append(note);
  }
  const [old, next] = [shown(), element("div", { id: "result", className: "moved", innerHTML: html })];
  if (id === old.dataset.id) return;
  next.dataset.id = id;
  const parts = (of) => [...of.querySelectorAll("a, summary")];
  const [move, focus, opened] = [slide(old, next), parts(old).indexOf(document.activeElement), old.querySelector("details")?.open];
  if (opened) next.querySelector("details")?.setAttribute("open", "");
  old.replaceWith(next);
  next.dispatchEvent(new Event("drawn", { bubbles: true }));
  parts(next)[focus]?.focus({ preventScroll: true });
  move();
  speech ??= setTimeout(speak, SPEAK_MS);
}

// Where there is no stream, the page asks for itself, and for a stream again.
let [source, timer] = [null, null];
async function ask(mine) {
  try {
    const answer = await fetch(events.replace(/.events$/, ""), { cache: "no-cache" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [{ dataset, innerHTML }, part] = [page.getElementById("result"), page.querySelector("[data-rest]")];
    if (mine === source) show(dataset.id, innerHTML, part?.dataset.rest !== rest);
  } catch { if (mine === source) say("paused"); }
}
function start() {
  if (source || document.hidden) return;
  const mine = source = new EventSource(`${events}?have=${shown().dataset.id}.${rest}`);
  mine.onopen = () => say("live");
  mine.onmessage = ({ data, lastEventId }) => show(lastEventId.split(".")[0], data, !lastEventId.endsWith(`.${rest}`));
  mine.addEventListener("paused", () => say("paused"));
  mine.onerror = () => {
    say("paused");
    if (mine.readyState !== EventSource.CLOSED) return;
    ask(mine);
    timer = setTimeout(() => { stop(); start(); }, ASK_MS + Math.random() * SPREAD_MS);
  };
}
function stop() { clearTimeout(timer); source?.close(); source = null; }
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
addEventListener("pagehide", stop);
addEventListener("pageshow", start);
