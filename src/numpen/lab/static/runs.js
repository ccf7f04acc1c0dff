// The runs of the lab as this page knows them: as they were when it asked, and every event after that, once each.

import { getJson, listen } from "./wire.js";

const MOST_MOMENTS = 4000;
export const LIVE = ["starting", "running", "paused"];

export class Runs {
  // changed(run, kind): something was heard of a run, of the kind "run", "state" or "moment"
  constructor(changed) {
    this.changed = changed;
    this.byId = new Map();
  }

  async connect() {
    const place = await this.load();
    this.stream = listen(`/api/events?after=${place}`, (event) => this.hear(event), () => this.reload());
  }

  async load() {
    const { place, runs } = await getJson("/api/runs");
    this.byId = new Map(runs.map((run) => [run.id, run]));
    return place;
  }

  // Events were lost: everything is asked for anew. What comes meanwhile is known by its number.
  async reload() {
    await this.load();
    for (const run of this.byId.values()) this.changed(run, "run");
  }

  // A run is told of by an event and by the answer to whoever began it: whichever comes first.
  meet(run) {
    if (!this.byId.has(run.id)) this.byId.set(run.id, run);
    return this.byId.get(run.id);
  }

  hear({ kind, run: id, moment, kept, whole, all, ...about }) {
    if (kind === "run") {
      this.meet(whole);
      for (const each of this.byId.keys()) if (!all.includes(each)) this.byId.delete(each);
    }
    const run = this.byId.get(id);
    if (!run) return;
    if (kind === "moment" && moment.number > (run.moments.at(-1)?.number ?? -1)) run.moments.push(moment);
    if (run.moments.length > MOST_MOMENTS) run.moments = run.moments.filter(({ ended }, i) => ended || i % 2 === 0).slice(-MOST_MOMENTS);
    if (kept > (run.snapshots.at(-1) ?? -1)) run.snapshots.push(kept);
    Object.assign(run, about);
    this.changed(run, kind);
  }

  get all() {
    return [...this.byId.values()];
  }

  // The run that was begun last and still goes on, else the last.
  get latest() {
    return this.all.findLast(({ state }) => LIVE.includes(state)) ?? this.all.at(-1);
  }
}

// Whether a run in this state can be told to do this.
export function possible(what, state) {
  if (what === "pause") return state === "running";
  if (["resume", "step", "group", "epoch"].includes(what)) return state === "paused";
  return LIVE.includes(state);
}

// A run in a list.
export function titled({ id, parent, recipe, state, accuracy }) {
  const from = parent ? ` from ${parent.run} at ${parent.step.toLocaleString("en")}` : "";
  return `${id}${from}: ${recipe.layers}, ${state}${accuracy ? `, ${(100 * accuracy).toFixed(2)} %` : ""}`;
}

// Where a run stands, or stood at a step.
export function told({ id, state, moments, accuracy }, at) {
  const moment = at === null ? moments.at(-1) : moments.findLast(({ step }) => step <= at);
  if (!moment) return at === null ? `${id}: the pictures are being read …` : "";
  const where = `epoch ${moment.epoch}, step ${moment.step.toLocaleString("en")} of ${moment.steps.toLocaleString("en")}`;
  const right = accuracy && at === null ? `${(100 * accuracy).toFixed(2)} % of the test pictures right` : `${(100 * moment.accuracy).toFixed(1)} % of the held-out pictures right`;
  return `${id}, ${at === null ? state : "then"}: ${where}; ${right}.`;
}
