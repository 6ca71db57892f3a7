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
const by = (id) => document.getElementById(id);

async function answered(address, body) {
  const answer = await fetch(address, { method: "POST", body });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Puts parts of an answered page in the place of this page's. A page that lacks one of them is an error.
function replace(ids, page) {
  const parts = ids.map((id) => [by(id), page.getElementById(id)]);
  if (parts.some(([old, part]) => !old || !part)) throw new Error(page.title);
  for (const [old, part] of parts) {
    // The fields of pictures stay as they are, with a file that was picked and not yet sent.
    for (const fields of old.querySelectorAll(".picture-fields")) part.querySelector(`#${fields.id}`)?.replaceWith(fields);
    const { scrollTop } = old;
    old.replaceWith(part);
    part.scrollTop = scrollTop;
  }
  // What was the target of the address is no longer, once it has moved.
  const { hash } = location;
  if (hash.startsWith("#picture-") && parts.some(([, part]) => part.matches(hash) || part.querySelector(hash))) location.replace(hash);
  parts.map(([, part]) => part.querySelector("[autofocus], [aria-invalid]")).find(Boolean)?.focus();
}

// A poll's form without its revision and its pictures.
const fields = (of) => [...new FormData(of)].filter(([name, value]) => typeof value === "string" && name !== "revision");
const written = (of) => new URLSearchParams(fields(of)).toString();

function edit([list, preview]) {
  const FAILED = "That did not work. Check that you are online and signed in, and try again.";
  const saved = written(form);
  const asked = (button) => answered(form.action, new URLSearchParams([...new FormData(form), ["edit", button]]));
  let [previews, timer, busy, held] = [0, 0, false, null];
  async function draw() {
    const turn = ++previews;
    const page = await asked("live");
    if (turn === previews) replace([preview], page);
  }
  const drawSoon = () => { clearTimeout(timer); timer = setTimeout(() => draw().catch(() => {}), PAUSE_MS); };
  form.addEventListener("input", ({ target }) => target.form === form && drawSoon());

  // One at a time, and nothing is typed that the answer would not have.
  const wait = (is) => { busy = by(list).inert = is; };
  async function press(button) {
    wait(true);
    by("list-status").textContent = "";
    try {
      const page = await asked(button.value);
      previews += 1;
      replace([list, preview], page);
    } catch (error) {
      // A TypeError is a network that failed; an answer that is another page is shown.
      if (error instanceof TypeError) [by("list-status").textContent, held] = [FAILED, null];
      else { form.dataset.plain = ""; form.requestSubmit(button); }
    }
    wait(false);
    if (held) form.requestSubmit(held);
    held = null;
  }

  const say = (picture, sentence) => { picture.querySelector("output").textContent = sentence; };
  const waits = (picture) => picture.querySelector("[type=file]").files.length || (picture.querySelector("img") && [...picture.querySelectorAll("[name=alt]")].some(({ value, defaultValue }) => value !== defaultValue));
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if ("plain" in form.dataset || button?.value.startsWith("template-")) return;
    const picture = button?.name !== "edit" && [...form.querySelectorAll(".picture-fields")].find(waits);
    if (picture || busy || button?.name === "edit") event.preventDefault();
    if (picture) { location.replace(`#${picture.id}`); say(picture, "Save this picture first."); }
    else if (button?.name !== "edit") held = busy ? button : null;
    else if (!busy) press(button);
  });

  // The fields of a picture open without saving what was typed, and are sent without the page being loaded anew.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.show-picture");
    if (!button) return;
    event.preventDefault();
    location.replace(`#picture-${button.value}`);
  });
  document.addEventListener("submit", async (event) => {
    const { action, dataset: { choice } } = event.target;
    if (!choice || "plain" in form.dataset) return;
    event.preventDefault();
    const id = `picture-${choice}`;
    const sent = new FormData(event.target);
    say(by(id), "Saving …");
    try {
      const page = await answered(action, sent.has("picture") ? sent : new URLSearchParams(sent));
      const [wrong] = page.querySelectorAll(`#${id} [aria-invalid]`);
      const file = by(`file-${choice}`);
      replace([id, `show-${choice}`], page);
      if (wrong?.name === "alt") by(`file-${choice}`).files = file.files;
      // Where another page has changed the poll meanwhile, the revision stays, and saving says so.
      if (written(page.getElementById("poll")) === saved) replace(["revision"], page);
      if (!wrong) say(by(id), sent.has("picture") ? "The picture is saved." : "The picture is removed.");
      drawSoon();
    } catch {
      say(by(id), FAILED);
    }
  });
}

if (form) edit(form.dataset.parts.split(" "));
