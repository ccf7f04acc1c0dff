// What was read at one place of a photo, looked at closely, and corrected.

import { bytesOf, element, inkPaint, paintPixels } from "./dom.js";
import { percent } from "./bars.js";

export class Correcting {
  // corrected(found): its `truth` has changed: a digit, null for no digit at all, undefined for as it was read
  constructor({ corrected, opened }) {
    Object.assign(this, { corrected });
    this.canvas = element("canvas", { width: 28, height: 28, role: "img", "aria-label": "As the network sees it" });
    this.said = element("p", {});
    const digits = [...Array(10).keys()].map((digit) => [digit, String(digit)]);
    this.choices = new Map([...digits, [null, "not a digit"]].map(([truth, words]) => [truth,
      element("button", { type: "button", "aria-pressed": "false", onclick: () => this.correct(truth) }, words)]));
    this.back = element("button", { type: "button", onclick: () => this.correct(undefined) }, "As it was read");
    this.element = element("section", { class: "correcting", hidden: true, "aria-label": "The digit that is chosen" },
      element("div", { class: "closely" }, this.canvas, this.said),
      element("div", { class: "choices", role: "group", "aria-label": "It is really" }, ...this.choices.values()),
      element("div", { class: "tools" }, this.back,
        element("button", { type: "button", onclick: () => opened(bytesOf(this.found.frame)) }, "Open on the board")));
  }

  show(found) {
    this.found = found;
    this.element.hidden = !found;
    if (!found) return;
    paintPixels(this.canvas, bytesOf(found.frame), inkPaint());
    const p = found.probabilities, [first, second] = [...p.keys()].sort((a, b) => p[b] - p[a]);
    this.said.textContent = found.digit === null
      ? `Not sure: ${first} (${percent(p[first])}) or ${second} (${percent(p[second])}).`
      : `Read as ${first} (${percent(p[first])})${p[second] < 0.0005 ? "" : `; then ${second} (${percent(p[second])})`}.`;
    const truth = found.truth === undefined ? (found.digit ?? undefined) : found.truth;
    for (const [choice, button] of this.choices) button.setAttribute("aria-pressed", String(choice === truth));
    this.back.disabled = found.truth === undefined;
  }

  correct(truth) {
    this.found.truth = truth;
    this.show(this.found);
    this.corrected(this.found);
  }

  // A digit says what it is; Delete that it is none; Backspace takes the correction back.
  type(found, key) {
    const truth = /^[0-9]$/.test(key) ? Number(key) : { Delete: null, Backspace: undefined }[key];
    if (truth === undefined && key !== "Backspace") return false;
    this.show(found);
    this.correct(truth);
    return true;
  }
}
