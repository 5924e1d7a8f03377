// One way of showing for all decks: 1280 × 720, scaled to the wall; no movement between slides.
Reveal.initialize({
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 4, center: false, display: "flex",
  hash: true, slideNumber: "c/t", transition: "none", backgroundTransition: "none",
  controlsTutorial: false, autoAnimate: false, pdfMaxPagesPerSlide: 1,
  plugins: [RevealNotes, RevealZoom],
});

// Z: the slide's picture piece by piece over the whole wall, for the back row; after the last piece the slide again.
const OVERLAP = 1.08;
const loupe = document.createElement("div");
loupe.className = "loupe";
loupe.setAttribute("role", "img");
let shown = 0;

function enlarge() {
  const picture = Reveal.getCurrentSlide().querySelector(".body img");
  if (!picture) return;
  const { naturalWidth: wide, naturalHeight: high } = picture, rows = wide / high < 1.9 ? 2 : 1, pieces = 2 * rows;
  if (shown === pieces) return whole();
  const column = shown % 2, row = Math.floor(shown / 2);
  const part = [wide / 2 * OVERLAP, high / rows * (rows > 1 ? OVERLAP : 1)];
  const scale = Math.min(1280 / part[0], 720 / part[1]);
  const left = column * (wide - part[0]) * scale, top = row * (high - part[1]) * scale;
  const size = part.map((side) => side * scale);
  loupe.style.cssText = `width: ${size[0]}px; height: ${size[1]}px; left: ${(1280 - size[0]) / 2}px;`
    + `top: ${(720 - size[1]) / 2}px; background: url("${picture.src}") ${-left}px ${-top}px / ${wide * scale}px;`;
  loupe.setAttribute("aria-label", `piece ${shown + 1} of ${pieces} of: ${picture.alt}`);
  picture.closest("section").append(loupe);
  shown += 1;
}

function whole() {
  loupe.remove();
  shown = 0;
}

Reveal.addKeyBinding({ keyCode: 90, key: "Z", description: "The picture, larger, piece by piece" }, enlarge);
Reveal.on("slidechanged", whole);
