// The organiser's pages work without this script. What it adds: the browser's time zone where none was picked yet, and,
// while a poll is edited, buttons that change its list of choices without loading the page anew, and a live preview.
const zone = document.querySelector("select[data-guess]");
if (zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Some browsers report old names of zones.
  const is = (option) => option.value === own || (option.dataset.also ?? "").split(" ").includes(own);
  zone.value = [...zone.options].find(is)?.value ?? zone.value;
}

const form = document.querySelector("form[data-parts]");
const PAUSE_MS = 300;

async function answered(address, body) {
  const answer = await fetch(address, { method: "POST", body });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Puts parts of an answered page in the place of this page's. A page that lacks one of them is an error.
function replace(ids, page) {
  const parts = ids.map((id) => [document.getElementById(id), page.getElementById(id)]);
  if (parts.some(([, part]) => !part)) throw new Error(page.title);
  for (const [old, part] of parts) {
    // The fields of pictures stay as they are, with a file that was picked and not yet sent.
    for (const fields of old.querySelectorAll(".picture-fields")) part.querySelector(`#${fields.id}`)?.replaceWith(fields);
    old.replaceWith(part);
  }
  // Those that were open are opened again.
  if (location.hash.startsWith("#picture-")) location.replace(location.hash);
  parts.map(([, part]) => part.querySelector("[autofocus]")).find(Boolean)?.focus();
}

function edit(parts) {
  const [, preview] = parts;
  const asked = (button) => answered(form.action, new URLSearchParams([...new FormData(form), ["edit", button]].filter(([, value]) => typeof value === "string")));
  let [previews, timer] = [0, 0];
  async function draw() {
    const turn = ++previews;
    const page = await asked("preview");
    if (turn === previews) replace([preview], page);
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    // A preview that does not come changes nothing: the next one will.
    timer = setTimeout(() => draw().catch(() => {}), PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.name !== "edit" || "plain" in form.dataset) return;
    event.preventDefault();
    asked(button.value).then((page) => { previews += 1; replace(parts, page); }).catch(() => {
      // Without the script the browser shows what is wrong.
      form.dataset.plain = "";
      form.requestSubmit(button);
    });
  });
  // The fields of a picture open without saving what was typed, and are sent without the page being loaded anew.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.show-picture");
    if (!button) return;
    event.preventDefault();
    location.replace(`#picture-${button.value}`);
  });
  document.addEventListener("submit", (event) => {
    const { id, action, dataset: { choice } } = event.target;
    if (!choice || "plain" in form.dataset) return;
    event.preventDefault();
    const fields = new FormData(event.target);
    const body = fields.has("picture") ? fields : new URLSearchParams(fields);
    const parts = [`picture-${choice}`, `show-${choice}`, "revision"];
    answered(action, body).then((page) => { replace(parts, page); return draw(); }).catch(() => { form.dataset.plain = ""; document.getElementById(id).requestSubmit(); });
  });
}

if (form) edit(form.dataset.parts.split(" "));
