// A ballot of ranks works without this script. With it the list sorts itself: ranked choices come first, in their order.
// A tap ranks a choice next; rows are dragged or moved by buttons, and a rank that is typed pushes the others down.
// What is sent is what the fields say, and they are written here.

const list = document.querySelector(".lines.ranking");
const lines = [...list.children];
const mayShare = "ties" in list.dataset;
const fieldOf = (line) => line.querySelector("[name^='rank-']");
const nameOf = (line) => line.querySelector("h3").textContent;
const element = (tag, parts, ...children) => {
  const node = Object.assign(document.createElement(tag), parts);
  node.append(...children);
  return node;
};

// 1st, 2nd, 3rd, 11th: as the server writes it.
const rules = new Intl.PluralRules("en", { type: "ordinal" });
const ordinal = (rank) => `${rank}${{ one: "st", two: "nd", few: "rd" }[rules.select(rank)] ?? "th"}`;

const status = element("output", { className: "aside" });
const divider = element("li", { className: "divider" }, element("p", { className: "note", textContent: "Not ranked" }));
list.classList.add("sorting");
list.before(element("p", { className: "note", textContent: "Tap the choices in your order. Drag a choice, or use its buttons, to move it." }));
list.after(status);

const MOVES = [["up", "↑", "Move up"], ["down", "↓", "Move down"], ...(mayShare ? [["share", "=", "Same rank as the one above"]] : []), ["out", "×", "Take out"]];
for (const line of lines) {
  const buttons = MOVES.map(([move, sign, what]) => {
    const button = element("button", { type: "button", className: "quiet", textContent: sign, title: what });
    button.setAttribute("aria-label", `${what}: ${nameOf(line)}`);
    button.dataset.move = move;
    return button;
  });
  const grip = element("span", { className: "grip" });
  const field = fieldOf(line);
  if (field.options) field.options[0].text = "Rank";
  line.prepend(field);
  line.append(element("span", { className: "moves" }, ...buttons, grip));
}

// The ranked lines, the best first; several where they share a rank.
function groups(except) {
  const ranks = new Map();
  for (const line of lines) {
    const rank = Number(fieldOf(line).value.trim());
    if (line !== except && Number.isInteger(rank) && rank > 0) ranks.set(rank, [...(ranks.get(rank) ?? []), line]);
  }
  return [...ranks].sort(([a], [b]) => a - b).map(([, group]) => group);
}

// Writes the ranks, sorts the list, and lets each row slide to its new place.
function write(ranked) {
  const places = new Map(ranked.flatMap((group, i) => group.map((line) => [line, i + 1])));
  for (const line of lines) fieldOf(line).value = places.get(line) ?? "";
  sort(ranked);
}

function sort(ranked) {
  const focused = document.activeElement;
  const before = new Map(lines.map((line) => [line, line.getBoundingClientRect().top]));
  const first = ranked.flat();
  const rest = lines.filter((line) => !first.includes(line));
  list.replaceChildren(...first, ...(rest.length && first.length ? [divider] : []), ...rest);
  for (const line of lines) line.classList.toggle("ranked", first.includes(line));
  ranked.forEach((group, i) => group.forEach((line, n) => {
    const at = { up: i > 0, down: i < ranked.length - 1 || group.length > 1, share: n > 0 || i > 0, out: true };
    for (const button of line.querySelectorAll("[data-move]")) button.disabled = !at[button.dataset.move];
    line.querySelector("[data-move=share]")?.setAttribute("aria-pressed", String(n > 0));
  }));
  if (list.contains(focused)) (focused.disabled ? fieldOf(focused.closest(".line")) : focused).focus({ preventScroll: true });
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const line of lines) {
    const moved = before.get(line) - line.getBoundingClientRect().top;
    if (moved) line.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: 180, easing: "ease-out" });
  }
}

function say(line) {
  const ranked = groups();
  const place = ranked.findIndex((group) => group.includes(line));
  const shared = place < 0 ? 0 : ranked[place].length - 1;
  const where = place < 0 ? "not ranked" : `${ordinal(place + 1)}${shared ? `, shared with ${shared} more` : ""}`;
  status.textContent = `${nameOf(line)}: ${where}.`;
}

// Puts a line at a place among the groups of the others; without one, at none.
function put(line, place) {
  const others = groups(line);
  write(place === undefined ? others : [...others.slice(0, place), [line], ...others.slice(place)]);
  say(line);
}

function share(line) {
  const ranked = groups();
  const at = ranked.findIndex((group) => group.includes(line));
  const n = ranked[at].indexOf(line);
  // A group is split where the line stands in it, or joins the one above.
  write(n > 0
    ? [...ranked.slice(0, at), ranked[at].slice(0, n), ranked[at].slice(n), ...ranked.slice(at + 1)]
    : [...ranked.slice(0, at - 1), [...ranked[at - 1], ...ranked[at]], ...ranked.slice(at + 1)]);
  say(line);
}

list.addEventListener("click", (event) => {
  const line = event.target.closest(".line");
  const move = event.target.closest("[data-move]")?.dataset.move;
  if (!line || event.target.closest("select, input, a")) return;
  // A label would take the focus to its field.
  event.preventDefault();
  const ranked = groups();
  const at = ranked.findIndex((group) => group.includes(line));
  const alone = ranked[at]?.length === 1;
  if (move === "up") put(line, alone ? at - 1 : at);
  else if (move === "down") put(line, at + 1);
  else if (move === "share") share(line);
  else if (move === "out") put(line);
  else if (at < 0) put(line, ranked.length);
  // On a narrow screen only this row has all its buttons.
  else for (const other of lines) other.classList.toggle("current", other === line && !line.classList.contains("current"));
});

// A rank that is typed or picked: the one that has it, and those after it, come next.
list.addEventListener("change", ({ target }) => {
  const line = target.closest(".line");
  const rank = Number(target.value.trim());
  put(line, rank >= 1 ? Math.min(Math.round(rank), groups(line).length + 1) - 1 : undefined);
});

// Enter sets the rank that is typed; it does not send the ballot yet.
list.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input")) return;
  event.preventDefault(); event.target.blur(); event.target.focus();
});

// Dragging moves no row in the document before it ends: a row that is moved there loses the pointer that holds it.
const EDGE = 72;
let held = null;

function lift(line, { clientY, pointerId }) {
  // Not those that the voter did not look for.
  const items = [...list.children].filter((item) => item.offsetHeight);
  const middle = (item) => item.getBoundingClientRect().top + item.offsetHeight / 2 + scrollY;
  held = { line, pointerId, items, middles: items.map(middle), from: items.indexOf(line), at: items.indexOf(line), start: clientY + scrollY, lifted: clientY, y: clientY };
  list.setPointerCapture(pointerId);
  line.classList.add("held");
  requestAnimationFrame(scroll);
}

function follow() {
  const { line, items, middles, from } = held;
  const moved = held.y + scrollY - held.start;
  const middle = middles[from] + moved;
  held.at = middles.filter((other, i) => i !== from && other < middle).length;
  items.forEach((item, i) => {
    const shift = i === from ? moved : (i > from && i <= held.at ? -1 : i < from && i >= held.at ? 1 : 0) * line.offsetHeight;
    item.style.transform = shift ? `translateY(${shift}px)` : "";
  });
}

// Near the upper or the lower edge of the window the page scrolls, unless the row was lifted there.
function scroll() {
  if (!held) return;
  const over = Math.min(0, held.y - Math.min(EDGE, held.lifted)) + Math.max(0, held.y - Math.max(innerHeight - EDGE, held.lifted));
  if (over) {
    scrollBy(0, over / 4);
    follow();
  }
  requestAnimationFrame(scroll);
}

function drop(isKept) {
  const { line, items, from, at } = held;
  for (const item of items) item.style.transform = "";
  line.classList.remove("held");
  held = null;
  if (!isKept || from === at) return;
  const old = groups(line);
  const order = items.toSpliced(from, 1).toSpliced(at, 0, line);
  const end = order.indexOf(divider);
  const ranked = [];
  for (const [i, one] of order.entries()) {
    const group = old.find((group) => group.includes(one));
    // Without a divider all are ranked, or none is.
    if (!group && (one !== line || (end >= 0 && i > end))) continue;
    group?.includes(ranked.at(-1)?.at(-1)) ? ranked.at(-1).push(one) : ranked.push([one]);
  }
  write(ranked);
  say(line);
}

// A mouse lifts a row when it moves, a finger at the grip at once and elsewhere after a moment, as it also scrolls.
list.addEventListener("pointerdown", (event) => {
  const line = event.target.closest(".line");
  if (held || !line || event.button !== 0 || event.target.closest("button, select, input, a")) return;
  if (event.target.closest(".grip")) return lift(line, event);
  let { clientX, clientY } = event;
  const far = (other) => Math.hypot(other.clientX - clientX, other.clientY - clientY) > 6;
  const isTouch = event.pointerType === "touch";
  const waiting = new AbortController();
  const timer = isTouch ? setTimeout(() => (end(), lift(line, event)), 300) : undefined;
  const move = (other) => {
    if (other.pointerId !== event.pointerId || !far(other)) return;
    end();
    if (!isTouch) lift(line, event);
  };
  const end = () => { clearTimeout(timer); waiting.abort(); };
  for (const [name, act] of [["pointermove", move], ["pointerup", end], ["pointercancel", end]]) addEventListener(name, act, { signal: waiting.signal });
});
list.addEventListener("pointermove", (event) => {
  if (event.pointerId !== held?.pointerId) return;
  held.y = event.clientY;
  follow();
});
list.addEventListener("lostpointercapture", ({ pointerId }) => { if (pointerId === held?.pointerId) drop(true); });
list.addEventListener("pointercancel", ({ pointerId }) => { if (pointerId === held?.pointerId) drop(false); });
addEventListener("keydown", ({ key }) => { if (key === "Escape" && held) drop(false); });
list.addEventListener("touchmove", (event) => { if (held) event.preventDefault(); }, { passive: false });
list.addEventListener("contextmenu", (event) => { if (held) event.preventDefault(); });

// Browsers restore the fields when the page is opened again from the history.
addEventListener("pageshow", () => sort(groups()));
sort(groups());
