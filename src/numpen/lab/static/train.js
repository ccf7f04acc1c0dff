// The Train room: a run starts, is watched batch after batch, is paused, stepped, told another rate, and scrubbed back.

import { Curves } from "./curves.js";
import { element, picture, signPaint } from "./dom.js";
import { Network } from "./network.js";
import { Pins } from "./pins.js";
import { RecipeForm } from "./recipe.js";
import { getJson, getNumbers, listen, post } from "./wire.js";

const MOST_UNITS = 60;
const BETWEEN_PAINTS = 100; // milliseconds
const BETWEEN_WEIGHTS = 1000;
const LIVE = ["starting", "running", "paused"];
const ORDERS = [["pause", "Pause"], ["resume", "Go on"], ["step", "A few batches"], ["epoch", "One epoch"], ["stop", "Stop"]];

export class TrainRoom {
  constructor(lab) {
    this.lab = lab;
    this.runs = new Map();
    this.form = new RecipeForm(lab.recipes, () => this.start());
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
    this.troubles = element("div", { class: "troubles" });
    this.scrub = element("input", { type: "range", min: 0, max: 0, value: 0, disabled: true, "aria-label": "Moment of the run", oninput: () => this.scrubTo(Number(this.scrub.value)) });
    this.moment = element("output", { class: "hint" });
    this.units = element("div", { class: "units", role: "img", "aria-label": "Weights of the first layer as pictures" });
    this.dead = element("p", { class: "hint" });
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
          element("label", { class: "rate" }, "Scrub ", this.scrub, this.moment)),
        this.troubles,
        element("div", { class: "curves" }, this.accuracy.element, this.loss.element),
        element("div", { class: "panel" }, element("h2", {}, "What the first layer looks for"), this.dead, this.units)));
  }

  async enter(params) {
    this.form.take(params);
    if (!this.stream) await this.connect();
    this.paint();
  }

  command() {
    return this.form.command;
  }

  // All runs as they are, then every event after that, once each.
  async connect() {
    const { place, runs } = await getJson("/api/runs");
    for (const run of runs) this.runs.set(run.id, run);
    this.stream = listen(`/api/events?after=${place}`, (event) => this.hear(event));
    this.list();
    if (runs.length) this.watch((runs.findLast(({ state }) => LIVE.includes(state)) ?? runs.at(-1)).id);
  }

  hear({ kind, run: id, moment, ...about }) {
    const run = this.runs.get(id);
    if (!run) return;
    if (kind === "moment" && run.moments.at(-1) !== moment) run.moments.push(moment);
    Object.assign(run, about);
    if (kind === "state") {
      this.list();
      if (!LIVE.includes(run.state)) this.lab.refresh();
    }
    this.waiting ??= setTimeout(() => { this.waiting = undefined; this.paint(); }, BETWEEN_PAINTS);
  }

  async start() {
    try {
      const pins = this.pins.coded();
      const run = await post("/api/runs", { recipe: this.form.name.value, changes: this.form.changes, pins });
      // its first events may have come before this answer; what they said is in it or comes again
      this.runs.set(run.id, run);
      history.replaceState(null, "", this.form.address);
      this.list();
      this.watch(run.id);
    } catch (error) {
      this.lab.say(error.message);
    }
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
    return this.runs.get(this.which.value);
  }

  list() {
    const chosen = this.which.value, beside = this.beside.value;
    const options = () => [...this.runs.values()].map(({ id, recipe, state, accuracy }) => element("option", { value: id },
      `${id}: ${recipe.layers}, ${state}${accuracy ? `, ${(100 * accuracy).toFixed(2)} %` : ""}`));
    this.which.replaceChildren(...options());
    this.beside.replaceChildren(element("option", { value: "" }, "no other"), ...options());
    this.which.value = this.runs.has(chosen) ? chosen : ([...this.runs.keys()].at(-1) ?? "");
    this.beside.value = this.runs.has(beside) ? beside : "";
  }

  watch(id) {
    this.which.value = id;
    this.at = null; // the latest
    this.network = undefined;
    this.rate.value = Math.log10(this.run.recipe.learning_rate);
    this.rateText.textContent = this.rateValue.toPrecision(2);
    this.paint();
  }

  // Everything that shows the run, as it is now.
  async paint() {
    const { run } = this;
    for (const [what, button] of Object.entries(this.buttons)) button.disabled = !run || !possible(what, run.state);
    this.rate.disabled = !run || !LIVE.includes(run.state);
    if (!run || !this.element.isConnected) return;
    const last = run.moments.at(-1);
    this.status.textContent = run.message || told(run, last);
    this.keep.hidden = !run.snapshots?.length;
    this.keep.href = `/api/runs/${run.id}/model.numpen`;
    this.showTroubles(run);
    const shown = [run, this.runs.get(this.beside.value)].filter((each, i, all) => each && all.indexOf(each) === i);
    await Promise.all([this.loss.show(shown), this.accuracy.show(shown)]);
    this.element.dataset.moments = run.moments.length;
    this.element.dataset.state = run.state;
    const steps = run.snapshots ?? [];
    this.scrub.disabled = steps.length < 2;
    this.scrub.max = Math.max(steps.length - 1, 0);
    if (this.at === null) {
      this.scrub.value = this.scrub.max;
      this.pins.show(run.moments, null);
      this.dead.textContent = (last?.dead ?? []).map(({ dead, units }, i) => `hidden layer ${i + 1}: ${dead} of ${units} units say 0 to everything`).join("; ");
      if (steps.length) this.follow(run, steps.at(-1));
    } else this.scrub.value = steps.findLastIndex((step) => step <= this.at);
  }

  showTroubles(run) {
    const key = JSON.stringify([run.id, run.troubles.map(({ title }) => title)]);
    if (key === this.troubleKey) return;
    this.troubleKey = key;
    this.troubles.replaceChildren(...run.troubles.map(({ title, words, change }) => element("div", { class: "trouble panel", role: "alert" },
      element("h2", {}, title), element("p", {}, words),
      element("button", { type: "button", onclick: () => { this.form.fill({ ...run.recipe, ...change }); this.start(); } },
        `Try ${Object.entries(change).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ")}`))));
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
    this.moment.textContent = this.at === null ? "the latest" : `step ${step.toLocaleString("en")}`;
    this.loss.mark(this.at);
    this.accuracy.mark(this.at);
    this.shownStep = `${run.id}-${step}`;
    await this.fetchWeights(run, step);
    this.pins.show(run.moments, this.network);
  }

  async fetchWeights(run, step) {
    try {
      const numbers = await getNumbers(`/api/runs/${run.id}/weights/${step}`);
      if (this.shownStep !== `${run.id}-${step}`) return; // another moment was asked for meanwhile
      if (this.words?.id !== run.id) this.words = { id: run.id, ...(await getJson(`/api/runs/${run.id}`)) };
      this.network = new Network(this.words, numbers);
      this.lab.show(this.network, `${run.id} at step ${step.toLocaleString("en")}`);
      this.showUnits();
      this.element.dataset.step = step;
    } catch (error) {
      if (this.at !== null) this.lab.say(error.message);
    }
  }

  showUnits() {
    const first = this.network.layers.findIndex(({ tensors }) => tensors.W), layer = this.network.layers[first];
    const { W } = this.network.tensors[first], units = layer.tensors.b[0], shape = layer.tensors.W;
    const side = shape.length === 4 ? shape[0] : 28, step = shape.length === 4 ? shape[2] * shape[3] : units;
    this.units.replaceChildren(...Array.from({ length: Math.min(units, MOST_UNITS) }, (_, unit) => {
      const own = Float32Array.from({ length: side * side }, (__, i) => W[i * step + unit]);
      return picture(own, side, side, signPaint(own.reduce((a, b) => Math.max(a, Math.abs(b)), 0)));
    }));
  }

  // Another drawing was pinned: the runs that go on are told.
  pinned() {
    this.pins.list();
    for (const run of this.runs.values()) {
      if (LIVE.includes(run.state)) post(`/api/runs/${run.id}/order`, { what: "pins", value: this.pins.coded() }).catch((error) => this.lab.say(error.message));
    }
  }
}

function possible(what, state) {
  if (what === "pause") return state === "running";
  if (what === "resume" || what === "step" || what === "epoch") return state === "paused";
  return LIVE.includes(state);
}

function told(run, last) {
  if (!last) return "The pictures are being read …";
  const where = `epoch ${last.epoch}, step ${last.step.toLocaleString("en")} of ${last.steps.toLocaleString("en")}`;
  const right = run.accuracy ? `${(100 * run.accuracy).toFixed(2)} % of the test pictures right` : `${(100 * last.accuracy).toFixed(1)} % of the held-out pictures right`;
  return `${run.state}: ${where}; ${right}.`;
}
