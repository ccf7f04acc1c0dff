// The Inside room: one unit with what excites it and its arithmetic for the digit on the board; and the way of that
// digit through the network and back, card by card.

import { bytesOf, element, inkPaint, paintPixels, picture, signPaint } from "./dom.js";
import { getJson, postBytes } from "./wire.js";

const number = (value) => (value === 0 || (Math.abs(value) >= 0.01 && Math.abs(value) < 1e6) ? value.toFixed(3) : value.toExponential(2));

export class InsideRoom {
  constructor(lab) {
    this.lab = lab;
    this.layer = element("select", { "aria-label": "Layer", onchange: () => this.go(Number(this.layer.value), 0) });
    this.unit = element("input", { type: "number", min: 0, value: 0, "aria-label": "Unit", onchange: () => this.go(Number(this.layer.value), Number(this.unit.value)) });
    this.facts = element("p", { class: "hint", role: "status" });
    this.own = element("div", { class: "portraits" });
    this.ends = element("div");
    this.truth = element("select", { onchange: () => this.explain() }, element("option", { value: "" }, "what it says"),
      ...[...Array(10).keys()].map((digit) => element("option", {}, digit)));
    this.cards = element("div", { class: "cards" });
    this.element = element("div", { class: "inside" },
      element("section", { class: "panel" },
        element("div", { class: "tools pick" }, element("h2", {}, "One unit"),
          element("span", {}, element("button", { type: "button", "aria-label": "The unit before", onclick: () => this.step(-1) }, "‹"), " ",
            element("button", { type: "button", "aria-label": "The next unit", onclick: () => this.step(1) }, "›"))),
        element("div", { class: "tools" }, element("label", {}, "Layer ", this.layer), element("label", {}, "unit ", this.unit)),
        this.facts, this.own, this.ends),
      element("section", {},
        element("div", { class: "tools pick" }, element("h2", {}, "The digit on the board, there and back"),
          element("label", {}, "it is really ", this.truth)), this.cards));
  }

  command() {
    return `numpen explain ${this.lab.model.command.replace("--model ", "") || "MODEL"} drawing.png`;
  }

  chosen() {
    this.explained = undefined;
    if (this.element.isConnected) this.enter(new URLSearchParams());
  }

  async enter(params) {
    const { layers } = this.lab.own;
    const learning = [...layers.keys()].filter((i) => layers[i].tensors.W);
    this.layer.replaceChildren(...learning.map((i, n) => element("option", { value: i }, `${n + 1}: ${layers[i].layer}, ${layers[i].shape.at(-1)}`)));
    const wanted = Number(params.get("layer") ?? learning[0]);
    this.layer.value = learning.includes(wanted) ? wanted : learning[0];
    await Promise.all([this.show(Number(this.layer.value), Number(params.get("unit") ?? 0)), this.explain()]);
  }

  go(layer, unit) {
    location.hash = `#inside?layer=${layer}&unit=${unit}`;
  }

  step(by) {
    const units = this.lab.own.layers[Number(this.layer.value)].shape.at(-1);
    this.go(Number(this.layer.value), (Number(this.unit.value) + by + units) % units);
  }

  async show(layer, unit) {
    const network = this.lab.own, units = network.layers[layer].shape.at(-1);
    unit = Math.min(Math.max(Math.trunc(unit) || 0, 0), units - 1);
    Object.assign(this.unit, { value: unit, max: units - 1 });
    this.own.replaceChildren(...this.portraits(network, layer, unit));
    this.ends.replaceChildren();
    try {
      const said = await getJson(`/api/models/${this.lab.model.id}/units/${layer}/${unit}`);
      this.facts.textContent = `Of 3,000 test pictures ${Math.round(100 * said.silent)} % leave it at 0 or below; its mean is ${number(said.mean)}, its largest answer ${number(said.largest)}.`;
      this.ends.replaceChildren(...this.gallery("What excites it most", said.most), ...this.gallery("What excites it least", said.least));
    } catch (error) {
      this.facts.textContent = error.message;
    }
  }

  // Weights as a picture, and weight times ink for the digit on the board, where the unit looks at pixels.
  portraits(network, layer, unit) {
    const { W, b } = network.tensors[layer], shape = network.layers[layer].tensors.W, units = shape.at(-1);
    const first = network.layers.findIndex(({ tensors }) => tensors.W) === layer;
    const frame = this.lab.frame;
    if (!first) return [this.strongestBelow(network, layer, unit)];
    const side = shape.length === 4 ? shape[0] : 28;
    const own = Float32Array.from({ length: side * side }, (_, i) => W[i * units * (shape.length === 4 ? shape[2] : 1) + unit]);
    const shown = (values, caption) => element("figure", {}, picture(values, side, side, signPaint(values.reduce((a, v) => Math.max(a, Math.abs(v)), 0))), element("figcaption", {}, caption));
    const all = [shown(own, `its weights; bias ${number(b[unit])}`)];
    if (frame && side === 28) {
      const parts = own.map((weight, i) => (weight * frame[i]) / network.divisor);
      all.push(shown(parts, `weight × ink: Σ = ${number(parts.reduce((a, v) => a + v, 0))}, with the bias z = ${number(parts.reduce((a, v) => a + v, 0) + b[unit])}`));
    }
    return all;
  }

  strongestBelow(network, layer, unit) {
    const { W, b } = network.tensors[layer], units = b.length, rows = network.layers[layer].tensors.W[0];
    const order = [...Array(rows).keys()].sort((i, j) => Math.abs(W[j * units + unit]) - Math.abs(W[i * units + unit])).slice(0, 8);
    const below = [...network.layers.keys()].filter((i) => i < layer && network.layers[i].tensors.W).at(-1);
    const width = network.layers[below].shape.at(-1);
    return element("div", {}, element("p", { class: "hint" }, `Its strongest links to the layer below; bias ${number(b[unit])}.`),
      element("ul", { class: "links" }, ...order.map((i) => {
        const weight = W[i * units + unit];
        return element("li", {}, element("a", { class: weight > 0 ? "plus" : "minus", href: `#inside?layer=${below}&unit=${i % width}` }, `unit ${i % width}: ${weight > 0 ? "+" : "−"}${number(Math.abs(weight))}`));
      })));
  }

  gallery(title, pictures) {
    const paint = inkPaint();
    return [element("h3", {}, title), element("ol", { class: "gallery small" }, ...pictures.map(({ truth, value, frame }) => {
      const canvas = element("canvas", { width: 28, height: 28 }), pixels = bytesOf(frame);
      paintPixels(canvas, pixels, paint);
      return element("li", {}, element("button", { type: "button", title: `a ${truth}: open on the board`, onclick: () => this.lab.openOnBoard(pixels) }, canvas, element("span", {}, number(value))));
    }))];
  }

  async explain() {
    const { frame } = this.lab;
    if (!frame) {
      this.cards.replaceChildren(element("p", { class: "hint" }, "The board is blank: draw a digit, and come back to see its way through the network and what it would teach it."));
      return;
    }
    const key = `${this.lab.model.id} ${this.truth.value} ${frame.join()}`;
    if (key === this.explained) return;
    this.explained = key;
    try {
      const bytes = this.truth.value === "" ? frame : Uint8Array.of(...frame, Number(this.truth.value));
      const said = await postBytes(`/api/models/${this.lab.model.id}/explain`, bytes);
      this.cards.replaceChildren(...said.cards.map((card) => cardOf(card, said)));
    } catch (error) {
      this.cards.replaceChildren(element("p", { class: "hint" }, error.message));
    }
  }
}

function cardOf(card, { attribution }) {
  const why = card.title.startsWith("Why");
  const shown = why ? [element("figure", { class: "why" }, picture(attribution.pixels.flat(), 28, 28, signPaint(Math.max(...attribution.pixels.flat().map(Math.abs)))),
    element("figcaption", {}, `orange for ${attribution.digit}, blue for ${attribution.other}`))] : [];
  return element("details", { class: `panel card ${card.part}`, open: why },
    element("summary", {}, element("span", { class: "part" }, card.part), card.title),
    element("p", {}, card.meaning), ...card.formulas.map((formula) => element("code", {}, formula)), ...shown,
    ...Object.entries(card.facts).map(([name, value]) => element("p", { class: "fact" }, `${name} = ${number(value)}`)),
    ...card.sums.map(sumOf),
    ...card.checks.map(({ label, gradient, difference }) => element("p", { class: "fact" }, `${label}: by the rule ${gradient.toExponential(6)}, by a tiny step ${difference.toExponential(6)}`)));
}

function sumOf({ symbol, terms, others, n_others: count, rest, total }) {
  const row = (name, value) => element("tr", {}, element("td", {}, name), element("td", {}, number(value)));
  return element("table", { class: "sum" }, element("caption", {}, `${symbol}, taken apart`),
    ...terms.map(({ label, factors: [one, other], value }) => row(`${label} = ${number(one)} · ${number(other)}`, value)),
    row(`${count} others together`, others), ...rest.map(([name, value]) => row(name, value)), row(symbol, total));
}
