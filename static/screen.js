// The screen works without this script. What it adds: keys, and a button for the full screen.
const controls = document.querySelector(".controls");
const whole = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Full screen" });
whole.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
if (document.fullscreenEnabled) controls.append(whole);

const follow = (css) => () => controls.querySelector(css)?.click();
const keys = { r: follow("#switch"), f: () => whole.click(), ArrowLeft: follow("[rel=prev]"), ArrowRight: follow("[rel=next]"), PageUp: follow("[rel=prev]"), PageDown: follow("[rel=next]") };
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
for (const [css, key] of [["#switch", "R"], ["[rel=prev]", "←"], ["[rel=next]", "→"]]) controls.querySelector(css)?.append(Object.assign(document.createElement("kbd"), { textContent: key }));
whole.append(Object.assign(document.createElement("kbd"), { textContent: "F" }));
