// A ballot of ranks works without this script. What it adds: a tap on a choice gives it the next rank, another takes
// it out, and the order so far can be dragged. What is cast is what the fields say, and these are written here.

const list = document.querySelector(".lines.ranking");
const fields = [...list.querySelectorAll("[name^='rank-']")];
const nameOf = (field) => field.closest(".line").querySelector("h3").textContent;
const element = (tag, parts = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), parts);
  node.append(...children);
  return node;
};

// 1st, 2nd, 3rd, 11th: as the server writes it.
const rules = new Intl.PluralRules("en", { type: "ordinal" });
const ordinal = (rank) => `${rank}${{ one: "st", two: "nd", few: "rd" }[rules.select(rank)] ?? "th"}`;

const order = element("ol");
const status = element("p", { className: "aside" });
status.setAttribute("role", "status");
const part = element("section", { className: "order" }, element("h3", { id: "order-title", textContent: "Your order" }), order);
part.setAttribute("aria-labelledby", "order-title");
list.classList.add("tappable");
list.before(element("p", { className: "note", textContent: "Tap the choices in your order, or pick a rank for each. Another tap takes one out." }));
list.after(part, status);

// The ranked fields, the best first; several where they share a rank.
function groups() {
  const ranks = new Map();
  for (const field of fields) {
    const rank = Number(field.value.trim());
    if (Number.isInteger(rank) && rank > 0) ranks.set(rank, [...(ranks.get(rank) ?? []), field]);
  }
  return [...ranks].sort(([a], [b]) => a - b).map(([, group]) => group);
}

function write(ranked) {
  for (const field of fields) field.value = "";
  ranked.forEach((group, i) => group.forEach((field) => { field.value = String(i + 1); }));
  draw();
}

function draw() {
  const ranked = groups();
  part.hidden = ranked.length === 0;
  order.replaceChildren(...ranked.flatMap((group, i) => group.map((field) => {
    const grip = element("span", { className: "grip", textContent: "⠿", title: "Drag to another place" });
    grip.setAttribute("aria-hidden", "true");
    const item = element("li", {}, element("span", { className: "place", textContent: ordinal(i + 1) }), element("bdi", { textContent: nameOf(field) }), grip);
    grip.addEventListener("pointerdown", (event) => hold(event, item, grip));
    return Object.assign(item, { field, group: i });
  })));
}

function tap(field) {
  const ranked = groups();
  const others = ranked.map((group) => group.filter((other) => other !== field)).filter((group) => group.length);
  const out = field.value.trim() !== "";
  write(out ? others : [...others, [field]]);
  status.textContent = `${nameOf(field)}: ${out ? "taken out" : ordinal(others.length + 1)}.`;
}

function hold(event, item, grip) {
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  item.classList.add("held");
  const move = ({ clientY }) => {
    const after = [...order.children].find((other) => {
      const { top, height } = other.getBoundingClientRect();
      return other !== item && clientY < top + height / 2;
    });
    if (item.nextElementSibling !== (after ?? null)) order.insertBefore(item, after ?? null);
  };
  const drop = () => {
    grip.removeEventListener("pointermove", move);
    const ranked = [];
    [...order.children].forEach((one, i, all) => {
      const before = all[i - 1];
      const shares = before && one !== item && before !== item && one.group === before.group;
      shares ? ranked.at(-1).push(one.field) : ranked.push([one.field]);
    });
    const place = ranked.findIndex(([field]) => field === item.field) + 1;
    write(ranked);
    status.textContent = `${nameOf(item.field)}: ${ordinal(place)}.`;
  };
  grip.addEventListener("pointermove", move);
  grip.addEventListener("lostpointercapture", drop, { once: true });
}

list.addEventListener("click", (event) => {
  const line = event.target.closest(".line");
  if (!line || event.target.closest("select, input, a")) return;
  // A label would take the focus to its field.
  event.preventDefault();
  tap(line.querySelector("[name^='rank-']"));
});
list.addEventListener("input", draw);
// Browsers restore the fields when the page is opened again from the history.
addEventListener("pageshow", draw);
draw();
