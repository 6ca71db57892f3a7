// The picture of the result is an SVG without this script. With it there is a PNG too, which more programs show.
for (const link of document.querySelectorAll("a[data-png]")) {
  const save = async () => {
    const image = Object.assign(new Image(), { src: link.href });
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 2 * image.naturalWidth, height: 2 * image.naturalHeight });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    Object.assign(document.createElement("a"), { href: canvas.toDataURL("image/png"), download: link.dataset.png }).click();
  };
  link.after(" ", Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "as PNG", onclick: save }));
}
