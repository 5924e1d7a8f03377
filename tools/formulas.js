// Reads [[tex, display], …] as JSON, writes [[svg, mathml], …]: formulas drawn by the MathJax in the folder named.
const folder = process.argv[2];
const settings = {
  loader: {load: ["input/tex", "output/svg", "[tex]/color"]},
  tex: {packages: {"[+]": ["color"]}},
  svg: {fontCache: "none"},
};
const read = () => JSON.parse(require("fs").readFileSync(0, "utf8"));

require(folder + "/node-main.js").init(settings).then((MathJax) => {
  const html = MathJax.startup.adaptor;
  const draw = (tex, display) => html.innerHTML(MathJax.tex2svg(tex, {display, em: 16, ex: 8}));
  const speak = (tex, display) => MathJax.tex2mml(tex, {display});
  const drawn = read().map(([tex, display]) => [draw(tex, display), speak(tex, display)]);
  process.stdout.write(JSON.stringify(drawn));
}).catch((error) => { console.error(String(error)); process.exit(1); });
