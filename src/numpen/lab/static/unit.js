// One unit on the page: its weights as pictures, its sum for the digit on the board, where its answer goes.

import { below, said, taken, weightPictures } from "./arithmetic.js";
import { blend, colour, element, inkPaint, picture, signPaint } from "./dom.js";

export const number = (value) => (value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1e6) ? value.toFixed(3) : value.toExponential(2));
const signed = (value) => `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
const MOST_PICTURES = 8;
const MOST_PARTS = 6;
const largestOf = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

// goTo(layer, unit) is the address of another unit; passed is what network.forward gives, or null for a blank board.
export function unitOf(network, layer, unit, passed, goTo) {
  const parts = [weightsOf(network, layer, unit, goTo)];
  if (passed) parts.push(...heard(network, layer, unit, passed, goTo));
  else parts.push(element("p", { class: "hint" }, "Draw a digit to see what this unit makes of it."));
  parts.push(...leaving(network, layer, unit, goTo));
  return parts;
}

function figure(values, rows, columns, caption, paint = signPaint(largestOf(values))) {
  return element("figure", {}, Object.assign(picture(values, columns, rows, paint), { ariaHidden: "true" }), element("figcaption", {}, caption));
}

function weightsOf(network, layer, unit, goTo) {
  const all = weightPictures(network, layer, unit), bias = number(network.tensors[layer].b[unit]);
  if (!all) return element("div", {}, element("h3", {}, "Its strongest links to the layer below"), strongest(network, layer, unit, goTo));
  const title = element("h3", {}, all.length === 1 ? `Its weights; bias ${bias}` : `Its weights on the ${MOST_PICTURES} maps that it looks at most, of ${all.length}; bias ${bias}`);
  const most = Math.max(...all.map(({ values }) => largestOf(values))), lower = below(network, layer);
  const norm = ({ values }) => values.reduce((sum, value) => sum + value * value, 0);
  const shown = all.toSorted((one, other) => norm(other) - norm(one)).slice(0, MOST_PICTURES);
  return element("div", {}, title, element("div", { class: all.length === 1 ? "portraits" : "portraits many" }, ...shown.map(({ map, rows, columns, values }) => {
    const caption = all.length === 1 ? "orange for, blue against" : element("a", { href: goTo(lower, map) }, `map ${map}`);
    return figure(values, rows, columns, caption, signPaint(most));
  })));
}

function strongest(network, layer, unit, goTo) {
  const { W, b } = network.tensors[layer], units = b.length, rows = network.layers[layer].tensors.W[0], lower = below(network, layer);
  const order = [...Array(rows).keys()].sort((i, j) => Math.abs(W[j * units + unit]) - Math.abs(W[i * units + unit])).slice(0, MOST_PICTURES);
  return links(order.map((i) => [goTo(lower, i), `unit ${i}`, W[i * units + unit]]));
}

function links(all) {
  return element("ul", { class: "links" }, ...all.map(([href, name, value]) => element("li", {},
    href ? element("a", { class: value < 0 ? "minus" : "plus", href }, `${name}: ${signed(value)}`)
      : element("span", { class: value < 0 ? "minus" : "plus" }, `${name}: ${signed(value)}`))));
}

// Its sum for the digit on the board; of a map also what it says everywhere.
function heard(network, layer, unit, passed, goTo) {
  const sum = taken(network, layer, unit, passed), shown = [];
  const all = weightPictures(network, layer, unit);
  if (sum.place) shown.push(mapOf(network, layer, unit, passed));
  if (all?.length === 1 && !sum.place) {
    shown.push(figure(Float32Array.from(sum.parts, ({ product }) => product), 28, 28, "weight × ink"));
  } else if (all?.length === 1) {
    const { kernel } = network.layers[layer];
    shown.push(figure(Float32Array.from(sum.parts, ({ x }) => x), kernel, kernel, "the ink there", inkPaint(1)),
      figure(Float32Array.from(sum.parts, ({ product }) => product), kernel, kernel, "weight × ink"));
  }
  const where = sum.place ? `, at (${sum.place.row}, ${sum.place.column}) where it is loudest` : "";
  return [element("h3", {}, `Its sum for the digit on the board${where}`),
    ...(shown.length ? [element("div", { class: "portraits" }, ...shown)] : []), tableOf(sum, network, layer, goTo)];
}

function mapOf(network, layer, unit, passed) {
  const [rows, columns, maps] = network.layers[layer].shape, rest = colour("--rest"), lit = colour("--lit"), cold = colour("--minus");
  const values = Float32Array.from({ length: rows * columns }, (_, place) => passed.answers[layer][place * maps + unit]), most = largestOf(values) || 1;
  return figure(values, rows, columns, "what it says, place by place", (value) => mixed(rest, value < 0 ? cold : lit, Math.abs(value) / most));
}

const mixed = (from, to, share) => from.map((each, i) => each + (to[i] - each) * share);

function tableOf({ parts, bias, z, a, activation }, network, layer, goTo) {
  const order = parts.filter(({ product }) => product !== 0).sort((one, other) => Math.abs(other.product) - Math.abs(one.product));
  const lower = below(network, layer), first = order.slice(0, MOST_PARTS), rest = order.slice(MOST_PARTS);
  const row = (name, value) => element("tr", {}, element("td", {}, name), element("td", {}, number(value)));
  const named = ({ name, map, x, w }) => [map === null || lower < 0 ? name : element("a", { href: goTo(lower, map) }, name),
    x === undefined ? "" : ` · ${number(x)} × ${number(w)}`];
  const rows = first.map((part) => element("tr", {}, element("td", {}, ...named(part)), element("td", {}, number(part.product))));
  if (rest.length) rows.push(row(`${rest.length.toLocaleString("en")} others together`, rest.reduce((total, { product }) => total + product, 0)));
  rows.push(row("bias", bias), row("z, the sum", z));
  const table = element("table", { class: "sum" }, element("tbody", {}, ...rows));
  return a === null ? table : element("div", {}, table, element("p", { class: "fact" }, `behind ${activation}: a = ${number(a)}`));
}

// What it adds to each answer, where the answers are the layer above; of other layers the strongest links.
function leaving(network, layer, unit, goTo) {
  const upper = network.layers.findIndex(({ tensors }, i) => i > layer && tensors.W);
  if (upper < 0 || network.layers[upper].layer !== "dense" || network.layers[said(network, layer)].shape.length === 3) return [];
  const { W, b } = network.tensors[upper], weights = [...W.subarray(unit * b.length, (unit + 1) * b.length)];
  const last = !network.layers.slice(upper + 1).some(({ tensors }) => tensors.W);
  const order = [...weights.keys()].sort((i, j) => Math.abs(weights[j]) - Math.abs(weights[i]));
  const shown = last ? [...weights.keys()] : order.slice(0, MOST_PICTURES);
  return [element("h3", {}, last ? "What it says to each answer" : "Whom it tells most"), links(shown.map((i) => [goTo(upper, i), last ? String(i) : `unit ${i}`, weights[i]]))];
}

// All units of a layer as a sheet of buttons: pictures of weights, else how loud each is for the digit on the board.
export class Sheet {
  constructor(chosen) {
    this.chosen = chosen;
    this.element = element("div", { class: "sheet", role: "group", "aria-label": "All units of this layer" });
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  show(network, layer, unit, passed, off) {
    const { shape } = network.layers[layer], units = shape.at(-1), last = said(network, layer);
    const loud = passed ? loudness(passed.answers[last], units) : new Float32Array(units), most = largestOf(loud) || 1;
    const rest = colour("--rest"), lit = colour("--lit"), cold = colour("--minus"), first = below(network, layer) < 0;
    this.buttons = Array.from({ length: units }, (_, i) => {
      const button = element("button", { type: "button", tabindex: i === unit ? 0 : -1, "aria-pressed": String(i === unit), class: off(i) ? "off" : "",
        "aria-label": `${shape.length === 3 ? "map" : "unit"} ${i}${off(i) ? ", switched off" : ""}`, title: String(i), onclick: () => this.chosen(i) });
      if (first) {
        const [{ values, rows, columns }] = weightPictures(network, layer, i);
        button.append(picture(values, columns, rows, signPaint(largestOf(values))));
      } else button.style.background = blend(rest, loud[i] < 0 ? cold : lit, Math.abs(loud[i]) / most);
      return button;
    });
    this.element.replaceChildren(...this.buttons);
    this.element.classList.toggle("plain", !first);
  }

  key(event) {
    const at = this.buttons.indexOf(document.activeElement), step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step || at < 0) return;
    event.preventDefault();
    this.buttons[(at + step + this.buttons.length) % this.buttons.length].focus();
  }
}

// The largest answer of each unit, or of each map wherever it is.
function loudness(answer, units) {
  const loud = new Float32Array(units);
  for (let i = 0; i < answer.length; i++) if (Math.abs(answer[i]) > Math.abs(loud[i % units])) loud[i % units] = answer[i];
  return loud;
}
