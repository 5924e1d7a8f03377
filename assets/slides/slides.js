// One way of showing for all decks: 1280 × 720, scaled to the wall; no movement between slides.
Reveal.initialize({
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 4, center: false, display: "flex",
  hash: true, slideNumber: "c/t", transition: "none", backgroundTransition: "none",
  controlsTutorial: false, autoAnimate: false, pdfMaxPagesPerSlide: 1,
  plugins: [RevealNotes, RevealZoom],
});
