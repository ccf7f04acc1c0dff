// What goes on in each layer at a moment of a run: how its answers and its gradients are spread, and the units it lost.

import { element } from "./dom.js";

const WIDTH = 240, HEIGHT = 56;
const MOST_NAMED = 12;
const POWERS = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];

function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const percent = (share) => `${share > 0 && share < 0.01 ? "under 1" : Math.round(100 * share)} %`;
const short = (value) => (value !== 0 && (Math.abs(value) < 0.01 || Math.abs(value) >= 1000) ? value.toExponential(1) : value.toFixed(2).replace(/\.?0+$/, ""));
const power = (exponent) => `10${exponent < 0 ? "⁻" : ""}${POWERS[Math.abs(exponent)]}`;

// Bars from low to high; `mark` is a share of the way, drawn as a line.
function bars({ counts }, words, mark) {
  const most = Math.max(...counts, 1), width = WIDTH / counts.length;
  const each = counts.map((count, i) => {
    const height = count ? Math.max((HEIGHT * count) / most, 1) : 0;
    return svg("rect", { x: i * width + 0.5, y: HEIGHT - height, width: width - 1, height });
  });
  const line = mark === undefined ? [] : [svg("line", { class: "median", x1: mark * WIDTH, x2: mark * WIDTH, y1: 0, y2: HEIGHT })];
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": words }, ...each, ...line);
}

function histogram(title, drawn, low, high, words) {
  return element("figure", { class: "histogram" }, element("figcaption", {}, title), drawn,
    element("p", { class: "ends", "aria-hidden": "true" }, element("span", {}, low), element("span", {}, high)),
    element("p", { class: "hint" }, words));
}

function activations({ activations: spread }) {
  const low = short(spread.low), high = short(spread.high), zero = spread.zero ? `${percent(spread.zero)} are exactly 0` : "none is exactly 0";
  return histogram("Answers", bars(spread, `Answers from ${low} to ${high}; ${zero}`), low, high, zero);
}

function gradients({ gradients: sizes }) {
  if (sizes.median === null) return histogram("Gradients", bars(sizes, "No gradients yet"), "", "", "no step has been taken yet");
  const typical = sizes.median.toExponential(1), zero = sizes.zero ? `; ${percent(sizes.zero)} are exactly 0` : "";
  const mark = Math.min(Math.max((Math.log10(sizes.median) - sizes.low) / (sizes.high - sizes.low), 0), 1);
  const words = `half are above ${typical}${zero}`;
  return histogram("Sizes of gradients", bars(sizes, `Sizes of gradients: ${words}`, mark), power(sizes.low), power(sizes.high), words);
}

function named(units, of, what) {
  if (!units.length) return [];
  const words = `units ${units.length === 1 ? "is" : "are"} ${what}`;
  const shown = units.slice(0, MOST_NAMED), more = units.length - shown.length;
  const list = `${shown.join(", ")}${more ? ` and ${more.toLocaleString("en")} more` : ""}`;
  return [element("p", { class: "lost" }, element("strong", {}, `${units.length} of ${of} ${words}: `), `unit${units.length > 1 ? "s" : ""} ${list}`)];
}

export class Layers {
  constructor() {
    this.rows = element("div", { class: "layers" });
    this.element = element("section", { class: "panel" }, element("h2", {}, "What goes on in each layer"),
      element("p", { class: "hint" }, "Answers to 500 held-out pictures, and the gradient of the last step in powers of ten. Gradients that shrink from the last layer to the first vanish; those that grow explode."),
      this.rows);
  }

  show(layers) {
    this.rows.replaceChildren(...layers.map((layer, i) => element("div", { class: "layer" },
      element("h3", {}, i === layers.length - 1 ? "The ten answers" : `Hidden layer ${i + 1}`,
        element("span", {}, ` ${layer.units} × ${layer.activation}`)),
      activations(layer), gradients(layer),
      element("div", { class: "gone" },
        ...named(layer.dead, layer.units, "dead (0 to every picture)"),
        ...named(i < layers.length - 1 ? layer.stuck : [], layer.units, "stuck at an end")))));
  }
}
