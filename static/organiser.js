// The organiser's pages work without this script. What it adds: a button that copies
// the link to share, and the browser's time zone where none was picked yet.

const copied = (ok) => (ok ? "Copied" : "Select the link to copy it");

// Without https there is no clipboard, and so no button.
for (const link of navigator.clipboard ? document.querySelectorAll("a[data-copy]") : []) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Copy the link" });
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(link.textContent).then(() => true, () => false);
    status.textContent = copied(done);
    setTimeout(() => { status.textContent = ""; }, 4000);
  });
  const row = document.createElement("p");
  row.className = "actions";
  row.append(button, status);
  link.parentElement.after(row);
}

const zone = document.querySelector("select[data-guess]");
if (zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Some browsers report old names of zones.
  const is = (option) => option.value === own || (option.dataset.also ?? "").split(" ").includes(own);
  const found = [...zone.options].find(is);
  if (found) zone.value = found.value;
}
