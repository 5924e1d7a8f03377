// The explorers' controls: native elements, so that keyboard, names and screen readers work as everywhere.
// One file; each Python class names its kind. ipywidgets sends the next value only after the kernel has finished
// with the last one, and keeps just the newest in between, so a burst of moves never queues up.

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// A control that Lab's shortcuts leave alone: else the arrows select cells, and "d d" on a slider deletes one
function control(tag, properties) {
  const node = make(tag, properties);
  node.setAttribute("data-lm-suppress-shortcuts", "true");
  return node;
}

// each widget loads this file anew, so a counter would begin at 0 in each
const newId = () => `rnnc-${Math.random().toString(36).slice(2)}`;

// "w_xh" is shown as w with a subscript xh; "h_{t−1}" likewise
function withSubscripts(node, text) {
  node.textContent = "";
  for (const part of text.split(/(\p{L}_(?:\{[^}]*\}|[\p{L}\p{N}]+))/u)) {
    const found = part.match(/^(\p{L})_\{?([^}]*)\}?$/u);
    if (found) node.append(make("i", {}, found[1]), make("sub", {}, found[2]));
    else node.append(part);
  }
}

function nameOf(model, node) {
  withSubscripts(node, model.get("description"));
  if (model.get("colour")) node.prepend(make("span", { className: "rnnc-swatch" }));
}

function listen(model, names, redraw) {
  names.forEach((name) => model.on(`change:${name}`, redraw));
  redraw();
  return () => names.forEach((name) => model.off(`change:${name}`, redraw));
}

function send(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

function prepare(model, el, kind) {
  el.classList.add("rnnc", `rnnc-${kind}`);
  if (model.get("colour")) el.style.setProperty("--rnnc-colour", model.get("colour"));
}

function decimals(step) {
  const text = String(step);
  if (text.includes("e-")) return Math.min(12, Number(text.split("e-")[1]));
  return text.includes(".") ? text.split(".")[1].length : 0;
}

function slider({ model, el }) {
  const id = newId();
  const name = make("label", { className: "rnnc-name", htmlFor: id });
  const number = make("span"), unit = make("span", { className: "rnnc-unit" });
  const value = make("span", { className: "rnnc-value", ariaHidden: "true" }, number, unit);
  const input = control("input", { type: "range", id });
  el.append(name, value, input);
  const words = (v) => v.toFixed(decimals(model.get("step"))).replace("-", "−");
  function show(v) {
    const [low, high] = [model.get("min"), model.get("max")];
    number.textContent = words(v);
    input.setAttribute("aria-valuetext", `${words(v)} ${model.get("unit")}`.trim());
    const share = high > low ? (v - low) / (high - low) : 0;
    input.style.setProperty("--rnnc-fill", `calc(8px + (100% - 16px) * ${share})`);
  }
  const stop = listen(model, ["value", "min", "max", "step", "unit", "description", "disabled"], () => {
    nameOf(model, name);
    const [low, high] = [model.get("min"), model.get("max")];
    const widest = Math.max(words(low).length, words(high).length);
    number.style.cssText = `display:inline-block;text-align:right;min-width:${widest}ch`;
    Object.assign(input, { min: low, max: high, step: model.get("step"), disabled: model.get("disabled") });
    input.value = model.get("value");
    unit.textContent = model.get("unit");
    show(model.get("value"));
  });
  input.addEventListener("input", () => {
    show(input.valueAsNumber);
    send(model, "value", input.valueAsNumber);
  });
  return stop;
}

function choice({ model, el }) {
  const id = newId();
  const name = make("label", { className: "rnnc-name", htmlFor: id });
  const select = control("select", { id });
  el.append(name, select);
  const stop = listen(model, ["value", "options", "description", "disabled"], () => {
    nameOf(model, name);
    select.replaceChildren(...model.get("options").map((text) => make("option", { value: text }, text)));
    select.value = model.get("value");
    select.disabled = model.get("disabled");
  });
  select.addEventListener("change", () => send(model, "value", select.value));
  return stop;
}

function toggle({ model, el }) {
  const id = newId();
  const name = make("label", { className: "rnnc-name", htmlFor: id });
  const box = control("input", { type: "checkbox", id });
  el.append(box, name);
  const stop = listen(model, ["value", "description", "disabled"], () => {
    nameOf(model, name);
    box.checked = model.get("value");
    box.disabled = model.get("disabled");
  });
  box.addEventListener("change", () => send(model, "value", box.checked));
  return stop;
}

// Each key is sent; while the kernel is busy with one text, ipywidgets keeps the newest of those that follow. Letters
// put together from several keys (é, 你) are sent once they are whole. With more than one line it is a box, in which
// Enter makes a newline; the kernel always gets ⏎ for it.
function entry({ model, el }) {
  const id = newId(), box = model.get("lines") > 1;
  const name = make("label", { className: "rnnc-name", htmlFor: id });
  const kind = box ? { rows: model.get("lines") } : { type: "text" };
  const input = control(box ? "textarea" : "input", { ...kind, id, autocomplete: "off", spellcheck: false });
  const [shown, sent] = box ? [["⏎", "\n"], ["\n", "⏎"]].map(([a, b]) => (t) => t.replaceAll(a, b)) : [(t) => t, (t) => t];
  input.setAttribute("autocapitalize", "off");
  el.append(name, input);
  const stop = listen(model, ["value", "longest", "description", "disabled"], () => {
    nameOf(model, name);
    Object.assign(input, { maxLength: model.get("longest"), disabled: model.get("disabled") });
    const text = shown(model.get("value"));
    if (input.value !== text) input.value = text; // else the caret would jump to the end
  });
  input.addEventListener("input", (event) => event.isComposing || send(model, "value", sent(input.value)));
  input.addEventListener("compositionend", () => send(model, "value", sent(input.value)));
  if (!box) input.addEventListener("paste", (event) => { // a line cannot hold a newline, and would lose it
    const text = event.clipboardData.getData("text").replace(/\r?\n/g, "⏎");
    if (!text.includes("⏎")) return;
    event.preventDefault();
    const [start, end] = [input.selectionStart, input.selectionEnd];
    const room = model.get("longest") - input.value.length + end - start;
    input.setRangeText(text.slice(0, Math.max(0, room)), start, end, "end");
    send(model, "value", input.value);
  });
  return stop;
}

function button({ model, el }) {
  const native = control("button", { type: "button" });
  el.append(native);
  const stop = listen(model, ["description", "disabled"], () => {
    native.textContent = model.get("description");
    native.disabled = model.get("disabled");
  });
  native.addEventListener("click", () => send(model, "clicks", model.get("clicks") + 1));
  return stop;
}

function heading({ model, el }) {
  const name = make("div", { className: "rnnc-name" });
  el.append(name);
  return listen(model, ["description"], () => nameOf(model, name));
}

// Two images take turns: the hidden one loads and decodes the new picture, then they change places between two frames.
// (A new src on an image in view leaves it blank for a frame now and then.) While one loads, only the newest of those
// that come after it is kept.
function picture({ model, el }) {
  let [shown, next] = [0, 1].map((hidden) => make("img", { decoding: "sync", hidden }));
  const words = make("p", { className: "rnnc-words" });
  words.setAttribute("role", "status");
  const problem = make("p", { className: "rnnc-problem" });
  problem.setAttribute("role", "alert");
  const inside = make("div", {}, make("figure", {}, shown, next), words, problem); // Lab sets el's own widths from `layout`
  el.append(inside);
  let busy = false, waiting = false;
  async function swap() {
    waiting = busy;
    if (busy || !model.get("png").byteLength) return;
    busy = true;
    const alt = model.get("alt");
    const url = URL.createObjectURL(new Blob([model.get("png")], { type: "image/png" }));
    next.src = url;
    await next.decode().catch(() => {});
    URL.revokeObjectURL(url);
    [shown, next] = [next, shown];
    [shown.hidden, next.hidden, busy] = [false, true, false];
    say(alt);
    if (waiting) swap();
  }
  function say(alt) {
    shown.alt = next.alt = alt;
    if (words.textContent !== alt) words.textContent = alt;
  }
  // words that come with a picture wait for it; those that come alone are said at once
  const sayAlone = () => queueMicrotask(() => busy || say(model.get("alt")));
  function redraw() {
    if (problem.textContent !== model.get("problem")) problem.textContent = model.get("problem");
    el.classList.toggle("rnnc-stale", model.get("problem") !== "");
    if (model.get("width")) inside.style.maxWidth = `${model.get("width")}px`;
  }
  const stops = [listen(model, ["problem", "width"], redraw), listen(model, ["png"], swap), listen(model, ["alt"], sayAlone)];
  const sharper = Math.min(2, window.devicePixelRatio || 1);
  if (sharper !== model.get("pixel_ratio")) send(model, "pixel_ratio", sharper);
  return () => stops.forEach((stop) => stop());
}

// A text that grows. It stays at its end while it does, unless the reader has scrolled up to read.
function page({ model, el }) {
  const name = make("div", { className: "rnnc-name", id: newId() });
  const [given, text] = [make("b"), make("span")];
  const paper = control("pre", { tabIndex: 0 });
  paper.append(given, text);
  for (const [key, value] of [["role", "log"], ["aria-live", "polite"], ["aria-labelledby", name.id]]) {
    paper.setAttribute(key, value);
  }
  const problem = make("p", { className: "rnnc-problem" });
  problem.setAttribute("role", "alert");
  el.append(name, paper, problem);
  return listen(model, ["given", "text", "busy", "problem", "description"], () => {
    nameOf(model, name);
    const atEnd = paper.scrollHeight - paper.scrollTop - paper.clientHeight < 30;
    paper.setAttribute("aria-busy", model.get("busy"));
    given.textContent = model.get("given");
    text.textContent = model.get("text");
    if (problem.textContent !== model.get("problem")) problem.textContent = model.get("problem");
    if (atEnd) paper.scrollTop = paper.scrollHeight;
  });
}

const kinds = { slider, choice, toggle, entry, button, heading, picture, page };

export default {
  render({ model, el }) {
    const kind = model.get("_kind");
    prepare(model, el, kind);
    return kinds[kind]({ model, el });
  },
};
