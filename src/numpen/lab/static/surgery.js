// Operations on the chosen network: a unit is switched off, its bias is moved, and the test pictures say what it was
// good for. All happens to a copy; the trained network stays as it is.

import { element } from "./dom.js";
import { getJson } from "./wire.js";
import { number } from "./unit.js";

const SAMPLE = 1000; // test pictures that are asked at once; all of them follow
const CALM = 300; // milliseconds without another edit before all are asked
const NONE = { off: [], bias: [] };
const share = (value) => `${(100 * value).toFixed(2)} %`;

// Edits as they stand in an address, off=2:17,6:3&bias=2:5:-0.25, and back; null if there are none in it.
export function editsFrom(params) {
  if (!params.has("off") && !params.has("bias")) return null;
  const listed = (name) => (params.get(name) ?? "").split(",").filter(Boolean).map((each) => each.split(":").map(Number));
  return { off: listed("off"), bias: listed("bias") };
}

export function addressOf({ off, bias }) {
  const told = [["off", off], ["bias", bias]].filter(([, all]) => all.length);
  return told.map(([name, all]) => `&${name}=${all.map((each) => each.join(":")).join(",")}`).join("");
}

export class Surgery {
  // changed(): the edits are others now
  constructor(lab, changed) {
    Object.assign(this, { lab, changed, before: new Map() });
    this.off = element("button", { type: "button", "aria-pressed": "false", onclick: () => this.toggle() }, "Switch it off");
    const moved = (input) => () => this.move(Number(input.value));
    this.slider = element("input", { type: "range", step: "any", "aria-label": "Its bias, as a slider" });
    this.exact = element("input", { type: "number", step: "any", "aria-label": "Its bias" });
    this.slider.addEventListener("input", moved(this.slider));
    this.exact.addEventListener("change", moved(this.exact));
    this.effect = element("p", { class: "effect", role: "status" });
    this.digits = element("table", { class: "digits", hidden: true });
    this.list = element("ul", { class: "edits" });
    this.back = element("button", { type: "button", hidden: true, onclick: () => this.want(NONE) }, "Back to the trained network");
    this.keep = element("a", { class: "button", download: true, hidden: true }, "Save the copy");
    this.element = element("div", { class: "surgery" }, element("h3", {}, "What is it good for?"),
      element("div", { class: "tools" }, this.off, element("label", {}, "bias ", this.slider, this.exact)),
      this.effect, this.digits, this.list, element("div", { class: "tools" }, this.back, this.keep));
  }

  get edits() {
    return this.lab.model.edits ?? NONE;
  }

  isOff(layer, unit) {
    return this.edits.off.some(([l, u]) => l === layer && u === unit);
  }

  // The unit that is looked at is another, or the network is.
  show(network, layer, unit) {
    Object.assign(this, { layer, unit });
    const { b } = network.tensors[layer], off = this.isOff(layer, unit), span = Math.max(2 * b.reduce((most, each) => Math.max(most, Math.abs(each)), 0), 1);
    this.off.setAttribute("aria-pressed", String(off));
    this.off.textContent = off ? "Switch it on again" : "Switch it off";
    if (document.activeElement !== this.slider) Object.assign(this.slider, { min: -span, max: span, value: b[unit] });
    this.exact.value = Number(b[unit].toPrecision(4));
    this.slider.disabled = this.exact.disabled = off;
    this.showEdits();
    this.measure();
  }

  showEdits() {
    const { off, bias } = this.edits, all = [...off.map((each) => ["off", each]), ...bias.map((each) => ["bias", each])];
    const undo = (kind, place) => this.want({ ...this.edits, [kind]: this.edits[kind].filter((each) => each !== place) });
    this.list.replaceChildren(...all.map(([kind, place]) => element("li", {},
      `unit ${place[1]} of layer ${this.numbered(place[0])}: ${kind === "off" ? "off" : `bias ${number(place[2])}`} `,
      element("button", { type: "button", "aria-label": `Take back: unit ${place[1]} of layer ${this.numbered(place[0])}`, onclick: () => undo(kind, place) }, "×"))));
    this.back.hidden = this.keep.hidden = all.length === 0;
    this.keep.href = `/api/models/${this.lab.model.id}/model.numpen`;
    if (!all.length) {
      this.effect.textContent = "Switch it off, or move its bias: the test pictures say what changes.";
      this.digits.hidden = true;
    }
  }

  // Layers with weights are counted from 1, as the list of layers does.
  numbered(layer) {
    return this.lab.own.layers.slice(0, layer + 1).filter(({ tensors }) => tensors.W).length;
  }

  toggle() {
    const { layer, unit } = this, others = this.edits.off.filter(([l, u]) => l !== layer || u !== unit);
    this.want({ ...this.edits, off: this.isOff(layer, unit) ? others : [...others, [layer, unit]] });
  }

  move(value) {
    if (!Number.isFinite(value)) return;
    const { layer, unit } = this, others = this.edits.bias.filter(([l, u]) => l !== layer || u !== unit);
    this.want({ ...this.edits, bias: [...others, [layer, unit, Number(value.toPrecision(4))]] });
  }

  // While one change is made the next may be wanted already; those between are left out.
  want(edits) {
    this.wanted = edits;
    this.working ??= this.work();
    return this.working;
  }

  async work() {
    try {
      while (this.wanted) {
        const edits = this.wanted;
        this.wanted = null;
        await this.lab.edit(edits);
        this.changed();
      }
    } catch (error) {
      this.lab.say(error.message);
    } finally {
      this.working = undefined;
    }
  }

  // The accuracy before and after, on a sample at once and then on all test pictures.
  async measure() {
    const { id, of } = this.lab.model;
    if (!of || this.measured === id) return;
    this.measured = id;
    try {
      for (const [part, words] of [[`score/${SAMPLE}`, `${SAMPLE.toLocaleString("en")} of the`], ["score", "all 10,000"]]) {
        if (this.lab.model.id !== id) return;
        const [before, after] = await Promise.all([this.scoreBefore(of, part), getJson(`/api/models/${id}/${part}`)]);
        if (this.lab.model.id !== id) return;
        this.effect.textContent = `On ${words} test pictures: ${share(before.accuracy)} → ${share(after.accuracy)}`;
        this.effect.dataset.count = after.count;
        this.showDigits(before.errors, after.errors);
        await new Promise((done) => setTimeout(done, CALM));
      }
    } catch (error) {
      this.measured = undefined;
      this.lab.say(error.message);
    }
  }

  async scoreBefore(id, part) {
    const key = `${id}/${part}`;
    if (!this.before.has(key)) this.before.set(key, await getJson(`/api/models/${key}`));
    return this.before.get(key);
  }

  // Whose mistakes have become more.
  showDigits(before, after) {
    const most = Math.max(...after.map((errors, digit) => Math.abs(errors - before[digit])), 1);
    const cells = after.map((errors, digit) => {
      const more = errors - before[digit], cell = element("td", {}, more === 0 ? "0" : `${more < 0 ? "−" : "+"}${Math.abs(more)}`);
      cell.style.setProperty("--share", `${Math.round((70 * Math.max(more, 0)) / most)}%`);
      return cell;
    });
    this.digits.replaceChildren(element("caption", {}, "mistakes more, for each digit"),
      element("thead", {}, element("tr", {}, ...after.map((_, digit) => element("th", { scope: "col" }, digit)))), element("tbody", {}, element("tr", {}, ...cells)));
    this.digits.hidden = false;
  }

  // The lines of Python that do the same.
  program() {
    const { off, bias } = this.edits, { command } = this.lab.trained;
    const load = command ? ["from numpen import Model, evaluate, load_mnist"] : ["from numpen import Reader, evaluate, load_mnist"];
    const file = command.replace("--model ", "");
    return [...load, "from numpen.nn.surgery import set_bias, switch_off", "", `model = ${command ? `Model.load(${JSON.stringify(file)})` : "Reader().model"}`,
      ...bias.map((each) => `set_bias(model.network, ${each.join(", ")})`), ...off.map((each) => `switch_off(model.network, ${each.join(", ")})`),
      'print(evaluate(model, load_mnist("test")).accuracy)', ""].join("\n");
  }
}
