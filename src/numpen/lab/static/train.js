// The Train room: a run starts, is watched batch after batch, is paused, stepped, told another rate, scrubbed back and
// forked.

import { Curves } from "./curves.js";
import { element, picture, signPaint } from "./dom.js";
import { Fork } from "./fork.js";
import { Layers } from "./layers.js";
import { Network } from "./network.js";
import { Pins } from "./pins.js";
import { RecipeForm } from "./recipe.js";
import { LIVE, Runs } from "./runs.js";
import { Troubles } from "./troubles.js";
import { getJson, getNumbers, post } from "./wire.js";

const MOST_UNITS = 60;
const BETWEEN_PAINTS = 100; // milliseconds
const BETWEEN_WEIGHTS = 1000;
const ORDERS = [["pause", "Pause"], ["resume", "Go on"], ["step", "One batch"], ["group", "A few batches"], ["epoch", "One epoch"], ["stop", "Stop"]];

export class TrainRoom {
  constructor(lab) {
    this.lab = lab;
    this.runs = new Runs((run, kind) => this.heard(run, kind));
    this.form = new RecipeForm(lab.recipes, () => this.start());
    this.fork = new Fork((changes) => this.setOut(changes));
    this.loss = new Curves("Loss while it learns, and on held-out pictures", [
      ["learning", "--minus", [], (moment) => (moment.ended ? null : moment.loss)], ["held out", "--plus", [6, 4], (moment) => moment.held_loss]], (_, __, top) => [0, Math.min(Math.max(top, 0.1), 3)]);
    this.accuracy = new Curves("Accuracy on 500 held-out pictures", [["right", "--plus", [], (moment) => 100 * moment.accuracy]], (_, low) => [Math.min(Math.max(low - 2, 0), 90), 100]);
    this.pins = new Pins(lab);
    this.buttons = Object.fromEntries(ORDERS.map(([what, label]) => [what, element("button", { type: "button", onclick: () => this.order(what) }, label)]));
    this.rate = element("input", { type: "range", min: -4, max: 1, step: 0.01, value: -0.3, "aria-label": "Learning rate while it runs",
      oninput: () => { this.rateText.textContent = this.rateValue.toPrecision(2); }, onchange: () => this.order("rate", this.rateValue) });
    this.rateText = element("output", {}, "");
    this.which = element("select", { "aria-label": "Run", onchange: () => this.watch(this.which.value) });
    this.beside = element("select", { "aria-label": "Beside it", onchange: () => this.paint() });
    this.status = element("p", { class: "status", role: "status" });
    this.troubles = new Troubles((change) => { this.form.fill({ ...this.run.recipe, ...change }); this.start(); });
    this.scrub = element("input", { type: "range", min: 0, max: 0, value: 0, disabled: true, "aria-label": "Moment of the run", oninput: () => this.scrubTo(Number(this.scrub.value)) });
    this.moment = element("output", { class: "hint" });
    this.units = element("div", { class: "units", role: "img", "aria-label": "Weights of the first layer as pictures" });
    this.layers = new Layers();
    this.keep = element("a", { class: "button", download: true, hidden: true }, "Save the model");
    this.element = this.arranged();
    this.pinned();
  }

  arranged() {
    const controls = element("div", { class: "tools controls" }, ...Object.values(this.buttons), this.keep);
    return element("div", { class: "train" },
      element("div", { class: "train-left" }, this.form.element, this.pins.element),
      element("div", { class: "train-right" },
        element("div", { class: "panel conduct" },
          element("div", { class: "tools pick" }, element("label", {}, "Run ", this.which), element("label", {}, "beside ", this.beside)),
          this.status,
          controls,
          element("label", { class: "rate" }, "Learning rate while it runs ", this.rate, this.rateText),
          element("label", { class: "rate" }, "Scrub ", this.scrub, this.moment),
          this.fork.element),
        this.troubles.element,
        element("div", { class: "curves" }, this.accuracy.element, this.loss.element),
        this.layers.element,
        element("div", { class: "panel" }, element("h2", {}, "What the first layer looks for"), this.units)));
  }

  async enter(params) {
    this.form.take(params);
    await (this.connected ??= this.connect());
    this.paint();
  }

  async connect() {
    await this.runs.connect();
    this.list();
    if (this.runs.latest) this.watch(this.runs.latest.id);
  }

  command() {
    return this.form.command;
  }

  heard(run, kind) {
    if (kind !== "moment") {
      this.list();
      if (!LIVE.includes(run.state)) this.lab.refresh();
    }
    this.waiting ??= setTimeout(() => { this.waiting = undefined; this.paint(); }, BETWEEN_PAINTS);
  }

  // A run begins, on its own or as a fork; it is watched from then on.
  async begin(path, body) {
    try {
      const run = this.runs.meet(await post(path, { ...body, pins: this.pins.coded() }));
      this.list();
      this.watch(run.id);
      return run;
    } catch (error) {
      this.lab.say(error.message);
      return null;
    }
  }

  async start() {
    const run = await this.begin("/api/runs", { recipe: this.form.name.value, changes: this.form.changes });
    if (run) history.replaceState(null, "", this.form.address);
  }

  async setOut(changes) {
    const parent = this.run, step = this.at ?? parent.snapshots.at(-1);
    const run = await this.begin(`/api/runs/${parent.id}/fork`, { step, changes });
    if (!run) return;
    this.beside.value = parent.id;
    this.paint();
  }

  async order(what, value) {
    try {
      await post(`/api/runs/${this.run.id}/order`, { what, value });
    } catch (error) {
      this.lab.say(error.message);
    }
  }

  get rateValue() {
    return 10 ** Number(this.rate.value);
  }

  get run() {
    return this.runs.byId.get(this.which.value);
  }

  list() {
    const chosen = this.which.value, beside = this.beside.value;
    const options = () => this.runs.all.map((run) => element("option", { value: run.id }, titled(run)));
    this.which.replaceChildren(...options());
    this.beside.replaceChildren(element("option", { value: "" }, "no other"), ...options());
    const { byId } = this.runs;
    this.which.value = byId.has(chosen) ? chosen : ([...byId.keys()].at(-1) ?? "");
    this.beside.value = byId.has(beside) ? beside : "";
  }

  watch(id) {
    this.which.value = id;
    this.at = null; // the latest
    this.network = undefined;
    this.rate.value = Math.log10(this.run.recipe.learning_rate);
    this.rateText.textContent = this.rateValue.toPrecision(2);
    this.fork.fill(this.run.recipe);
    this.showMark();
    this.paint();
  }

  // Everything that shows the run, as it is now.
  async paint() {
    const { run } = this;
    for (const [what, button] of Object.entries(this.buttons)) button.disabled = !run || !possible(what, run.state);
    this.rate.disabled = !run || !LIVE.includes(run.state);
    if (!run || !this.element.isConnected) return;
    this.keep.hidden = !run.snapshots?.length;
    this.keep.href = `/api/runs/${run.id}/model.numpen`;
    this.troubles.show(run);
    const shown = [run, this.runs.byId.get(this.beside.value)].filter((each, i, all) => each && all.indexOf(each) === i);
    this.status.textContent = run.message || shown.map((each) => told(each, this.at)).join("\n");
    await Promise.all([this.loss.show(shown), this.accuracy.show(shown)]);
    this.element.dataset.moments = run.moments.length;
    this.element.dataset.state = run.state;
    this.element.dataset.run = run.id;
    const steps = run.snapshots ?? [];
    this.scrub.disabled = steps.length < 2;
    this.scrub.max = Math.max(steps.length - 1, 0);
    const looked = this.at ?? steps.at(-1);
    this.fork.at(looked, run.moments.findLast(({ step }) => step <= looked));
    if (this.at === null) {
      this.scrub.value = this.scrub.max;
      this.pins.show(run.moments, null);
      if (steps.length) this.follow(run, steps.at(-1));
    } else this.scrub.value = steps.findLastIndex((step) => step <= this.at);
  }

  // The latest weights, now and then.
  async follow(run, step) {
    const now = performance.now();
    if (this.shownStep === `${run.id}-${step}` || (now - (this.followed ?? -1e9) < BETWEEN_WEIGHTS && LIVE.includes(run.state) && run.state !== "paused")) return;
    this.followed = now;
    this.shownStep = `${run.id}-${step}`;
    await this.fetchWeights(run, step);
  }

  async scrubTo(index) {
    const { run } = this, step = run.snapshots[index];
    this.at = index === run.snapshots.length - 1 ? null : step;
    this.showMark();
    this.shownStep = `${run.id}-${step}`;
    this.paint();
    await this.fetchWeights(run, step);
    this.pins.show(run.moments, this.network);
  }

  // The moment that is looked at, in words and across the curves.
  showMark() {
    const words = this.at === null ? "the latest" : `step ${this.at.toLocaleString("en")}`;
    this.moment.textContent = words;
    this.scrub.setAttribute("aria-valuetext", words);
    this.loss.mark(this.at);
    this.accuracy.mark(this.at);
  }

  async fetchWeights(run, step) {
    try {
      const [numbers, { layers }] = await Promise.all([
        getNumbers(`/api/runs/${run.id}/weights/${step}`), getJson(`/api/runs/${run.id}/layers/${step}`)]);
      if (this.words?.id !== run.id) this.words = { id: run.id, ...(await getJson(`/api/runs/${run.id}`)) };
      if (this.shownStep !== `${run.id}-${step}`) return; // another moment was asked for meanwhile
      this.network = new Network(this.words, numbers);
      this.lab.show(this.network, `${run.id} at step ${step.toLocaleString("en")}`);
      this.layers.show(layers);
      this.showUnits(layers[0].dead);
      this.element.dataset.step = step;
    } catch (error) {
      if (this.at !== null) this.lab.say(error.message);
    }
  }

  showUnits(dead) {
    const first = this.network.layers.findIndex(({ tensors }) => tensors.W), layer = this.network.layers[first];
    const { W } = this.network.tensors[first], units = layer.tensors.b[0], shape = layer.tensors.W;
    const side = shape.length === 4 ? shape[0] : 28, step = shape.length === 4 ? shape[2] * shape[3] : units;
    this.units.replaceChildren(...Array.from({ length: Math.min(units, MOST_UNITS) }, (_, unit) => {
      const own = Float32Array.from({ length: side * side }, (__, i) => W[i * step + unit]);
      const drawn = picture(own, side, side, signPaint(own.reduce((a, b) => Math.max(a, Math.abs(b)), 0)));
      drawn.title = `unit ${unit}${dead.includes(unit) ? ", dead" : ""}`;
      drawn.classList.toggle("dead", dead.includes(unit));
      return drawn;
    }));
  }

  // Another drawing was pinned: the runs that go on are told.
  pinned() {
    this.pins.list();
    for (const run of this.runs.all) {
      if (LIVE.includes(run.state)) post(`/api/runs/${run.id}/order`, { what: "pins", value: this.pins.coded() }).catch((error) => this.lab.say(error.message));
    }
  }
}

function possible(what, state) {
  if (what === "pause") return state === "running";
  if (["resume", "step", "group", "epoch"].includes(what)) return state === "paused";
  return LIVE.includes(state);
}

function titled({ id, parent, recipe, state, accuracy }) {
  const from = parent ? ` from ${parent.run} at ${parent.step.toLocaleString("en")}` : "";
  return `${id}${from}: ${recipe.layers}, ${state}${accuracy ? `, ${(100 * accuracy).toFixed(2)} %` : ""}`;
}

// Where a run stands, or stood at a step.
function told({ id, state, moments, accuracy }, at) {
  const moment = at === null ? moments.at(-1) : moments.findLast(({ step }) => step <= at);
  if (!moment) return at === null ? `${id}: the pictures are being read …` : "";
  const where = `epoch ${moment.epoch}, step ${moment.step.toLocaleString("en")} of ${moment.steps.toLocaleString("en")}`;
  const right = accuracy && at === null ? `${(100 * accuracy).toFixed(2)} % of the test pictures right` : `${(100 * moment.accuracy).toFixed(1)} % of the held-out pictures right`;
  return `${id}, ${at === null ? state : "then"}: ${where}; ${right}.`;
}
