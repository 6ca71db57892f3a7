// The organiser's pages work without this script. What it adds: the browser's time zone where none was picked yet.
const zone = document.querySelector("select[data-guess]");
if (zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Some browsers report old names of zones.
  const is = (option) => option.value === own || (option.dataset.also ?? "").split(" ").includes(own);
  zone.value = [...zone.options].find(is)?.value ?? zone.value;
}
