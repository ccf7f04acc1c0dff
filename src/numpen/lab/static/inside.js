// The Inside room: one unit, what excites it, what it does with the digit on the board and what becomes of the network
// without it; and the way of that digit through the network and back, card by card.

import { cardOf } from "./cards.js";
import { bytesOf, element, inkPaint, paintPixels } from "./dom.js";
import { addressOf, editsFrom, Surgery } from "./surgery.js";
import { number, Sheet, unitOf } from "./unit.js";
import { getJson, postBytes } from "./wire.js";

const CALM = 300; // milliseconds without another edit before the server is asked what it means

export class InsideRoom {
  constructor(lab) {
    this.lab = lab;
    this.layer = element("select", { "aria-label": "Layer", onchange: () => this.go(Number(this.layer.value), 0) });
    this.unit = element("input", { type: "number", min: 0, value: 0, "aria-label": "Unit", onchange: () => this.go(Number(this.layer.value), Number(this.unit.value)) });
    this.sheet = new Sheet((unit) => this.go(Number(this.layer.value), unit));
    this.surgery = new Surgery(lab, () => this.renew(CALM));
    this.facts = element("p", { class: "hint", role: "status" });
    this.own = element("div", { class: "own" });
    this.ends = element("div");
    this.truth = element("select", { onchange: () => this.explain() }, element("option", { value: "" }, "what it says"),
      ...[...Array(10).keys()].map((digit) => element("option", {}, digit)));
    this.cards = element("div", { class: "cards" });
    this.element = element("div", { class: "inside" }, this.picking(),
      element("section", { class: "panel", "data-panel": "sum" }, this.own, this.ends),
      element("section", { "data-panel": "way" },
        element("div", { class: "tools pick" }, element("h2", {}, "The digit on the board, there and back"),
          element("label", {}, "it is really ", this.truth)), this.cards));
  }

  picking() {
    return element("section", { class: "panel", "data-panel": "unit" },
      element("div", { class: "tools pick" }, element("h2", {}, "One unit"),
        element("span", {}, element("button", { type: "button", "aria-label": "The unit before", onclick: () => this.step(-1) }, "‹"), " ",
          element("button", { type: "button", "aria-label": "The next unit", onclick: () => this.step(1) }, "›"))),
      element("div", { class: "tools" }, element("label", {}, "Layer ", this.layer), element("label", {}, "unit ", this.unit)),
      this.sheet.element, this.facts, this.surgery.element);
  }

  command() {
    if (this.lab.model.of) return this.surgery.program();
    return `numpen explain ${this.lab.model.command.replace("--model ", "") || "MODEL"} drawing.png`;
  }

  chosen() {
    if (this.element.isConnected && !this.surgery.working) this.renew();
  }

  async enter(params) {
    this.at = { layer: Number(params.get("layer") ?? this.at?.layer), unit: Number(params.get("unit") ?? this.at?.unit ?? 0) };
    const edits = editsFrom(params);
    if (edits && addressOf(edits) !== addressOf(this.surgery.edits)) await this.surgery.want(edits);
    this.renew();
  }

  addressOf(layer, unit) {
    return `#inside?layer=${layer}&unit=${unit}${addressOf(this.surgery.edits)}${this.lab.lesson}`;
  }

  go(layer, unit) {
    location.hash = this.addressOf(layer, unit);
  }

  step(by) {
    const units = this.lab.own.layers[Number(this.layer.value)].shape.at(-1);
    this.go(Number(this.layer.value), (Number(this.unit.value) + by + units) % units);
  }

  // The unit that stands in the address, in the network that is chosen now.
  async renew(wait = 0) {
    if (!this.element.isConnected) return;
    const network = this.lab.own, { layers } = network;
    const learning = [...layers.keys()].filter((i) => layers[i].tensors.W);
    const layer = learning.includes(this.at.layer) ? this.at.layer : learning[0], units = layers[layer].shape.at(-1);
    const unit = Math.min(Math.max(Math.trunc(this.at.unit) || 0, 0), units - 1);
    this.at = { layer, unit };
    this.layer.replaceChildren(...learning.map((i, n) => element("option", { value: i }, `${n + 1}: ${layers[i].layer}, ${layers[i].shape.at(-1)}`)));
    this.layer.value = layer;
    Object.assign(this.unit, { value: unit, max: units - 1 });
    history.replaceState(null, "", this.addressOf(layer, unit));
    const { frame } = this.lab, passed = frame ? network.forward(frame) : null;
    this.sheet.show(network, layer, unit, passed, (each) => this.surgery.isOff(layer, each));
    this.surgery.show(network, layer, unit);
    // of a unit that is switched off nothing is left to see: it is shown as it was
    const { id, network: whole } = this.surgery.isOff(layer, unit) ? this.lab.unedited : { id: this.lab.model.id, network };
    const heard = whole === network || !frame ? passed : whole.forward(frame);
    this.own.replaceChildren(...unitOf(whole, layer, unit, heard, (l, u) => this.addressOf(l, u)));
    clearTimeout(this.asking);
    this.asking = setTimeout(() => { this.excite(id, layer, unit); this.explain(); }, wait);
  }

  async excite(id, layer, unit) {
    const asked = `${id} ${layer} ${unit}`;
    if (this.excited === asked) return;
    this.excited = asked;
    try {
      const said = await getJson(`/api/models/${id}/units/${layer}/${unit}`);
      if (this.excited !== asked) return;
      this.facts.textContent = `Of 3,000 test pictures ${Math.round(100 * said.silent)} % leave it at 0 or below; its mean is ${number(said.mean)}, its largest answer ${number(said.largest)}.`;
      this.ends.replaceChildren(...this.gallery("What excites it most", said.most), ...this.gallery("What excites it least", said.least));
    } catch (error) {
      this.facts.textContent = error.message;
    }
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
      if (this.explained === key) this.cards.replaceChildren(...said.cards.map((card) => cardOf(card, said)));
    } catch (error) {
      this.cards.replaceChildren(element("p", { class: "hint" }, error.message));
    }
  }
}
