// A long ballot works without this script. With it, a field above the list leaves only the choices that have the words.

const list = document.querySelector("[data-filter]");
const plain = (text) => text.toLowerCase().replaceAll("ß", "ss").normalize("NFD").replace(/\p{M}/gu, "");
// A list of ranks has a divider too.
const items = [...list.children].filter((item) => item.querySelector(".name")).map((item) => [item, plain(item.querySelector(".name").textContent)]);

const field = Object.assign(document.createElement("input"), { type: "search", id: "filter", autocomplete: "off" });
const label = Object.assign(document.createElement("label"), { htmlFor: "filter", textContent: "Find a choice" });
const found = Object.assign(document.createElement("output"), { className: "note" });
const part = Object.assign(document.createElement("div"), { className: "field filter" });
part.append(label, field, found);
list.before(part);

let timer;
field.addEventListener("input", () => {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const [item, text] of items) {
    const fits = words.every((word) => text.includes(word));
    item.classList.toggle("left-out", !fits);
    count += fits;
  }
  // Said once the typing pauses.
  clearTimeout(timer);
  timer = setTimeout(() => { found.textContent = words.length ? `${count} of ${items.length} choices` : ""; }, 400);
});
// Enter must not send the ballot.
field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
