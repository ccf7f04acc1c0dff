// Up to six drawings whose answers are followed through training.

import { element, inkPaint, paintPixels } from "./dom.js";
import { Ribbon } from "./ribbon.js";

export class Pins {
  constructor(lab) {
    this.lab = lab;
    this.rows = element("ol", { class: "pins" });
    this.hint = element("p", { class: "hint" }, "Draw a digit and press “Pin for training”: what the network says to it is followed here.");
    this.element = element("section", { class: "panel" }, element("h2", {}, "Pinned drawings"), this.hint, this.rows);
  }

  coded() {
    return this.lab.pins.map((frame) => btoa(String.fromCharCode(...frame)));
  }

  list() {
    this.hint.hidden = this.lab.pins.length > 0;
    this.all = this.lab.pins.map((frame, i) => {
      const canvas = element("canvas", { width: 28, height: 28, role: "img", "aria-label": `Pinned drawing ${i + 1}` });
      paintPixels(canvas, frame, inkPaint());
      const ribbon = new Ribbon(), said = element("output", {}, "");
      return { frame, ribbon, said, row: element("li", {}, canvas, ribbon.canvas, said) };
    });
    this.rows.replaceChildren(...this.all.map(({ row }) => row));
  }

  // The answers along a run, or what one network says.
  show(moments, network) {
    this.all.forEach(({ frame, ribbon, said }, i) => {
      ribbon.moments = moments.filter(({ pins }) => pins.length > i).map(({ pins }) => pins[i]);
      ribbon.draw();
      const now = network ? [...network.probabilities(frame)] : ribbon.moments.at(-1);
      said.textContent = now ? String(now.indexOf(Math.max(...now))) : "";
    });
  }
}
