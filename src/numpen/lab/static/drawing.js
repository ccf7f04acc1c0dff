// The room in which one draws: the board, the stages, the network and its answer, all while the stroke runs.
// The page of the lab and the page that is taken home are made of it.

import { Bars, sentence } from "./bars.js";
import { Board, BOARD } from "./board.js";
import { element } from "./dom.js";
import { inkOf, prepare } from "./framing.js";
import { Lit } from "./lit.js";
import { judge } from "./network.js";
import { Ribbon } from "./ribbon.js";
import { Stages } from "./stages.js";

export class Drawing {
  // network and doubt (or null) are Networks, limits those of network.judge.
  // settled(reading): a stroke or something else is done; picked(column, unit): a unit was clicked
  constructor({ network, doubt, limits, settled = () => {}, picked }) {
    Object.assign(this, { network, doubt, limits, settled });
    this.board = new Board((phase) => this.changed(phase));
    this.stages = new Stages(() => this.changed("set"));
    this.lit = new Lit(picked);
    this.bars = new Bars();
    this.ribbon = new Ribbon();
    this.digit = element("output", { class: "digit", "aria-hidden": "true" }, "");
    this.sentence = element("p", { class: "sentence" });
    this.spoken = element("p", { class: "spoken", role: "status" }); // for those who listen: only when a stroke is done
    this.badge = element("p", { class: "badge hint" });
    this.tools = element("div", { class: "tools" });
    this.element = element("div", { class: "drawing" },
      element("div", { class: "drawing-left" }, this.board.element, this.toolbox(), this.tools, this.ribbon.element),
      element("div", { class: "drawing-right" },
        element("div", { class: "answer" }, this.digit, element("div", {}, this.sentence, this.badge, this.spoken)),
        this.stages.element,
        element("div", { class: "brain", "data-panel": "network" }, this.lit.element, this.bars.element)));
    this.read();
  }

  toolbox() {
    const board = this.board;
    const eraser = element("button", { type: "button", "aria-pressed": "false", onclick: () => {
      board.erasing = !board.erasing;
      eraser.setAttribute("aria-pressed", String(board.erasing));
    } }, "Eraser");
    const brush = element("input", { type: "range", min: 10, max: 48, value: board.brush, "aria-label": "Brush",
      oninput: () => { board.brush = Number(brush.value); } });
    return element("div", { class: "tools" },
      element("label", { class: "brush" }, "Brush", brush), eraser,
      element("button", { type: "button", onclick: () => board.undo() }, "Undo"),
      element("button", { type: "button", onclick: () => board.clear() }, "Clear"));
  }

  setNetwork(network) {
    this.network = network;
    this.read();
  }

  changed(phase) {
    if (phase === "set") this.ribbon.clear();
    if (phase === "move") {
      // at most once for every picture the screen shows
      this.waiting ??= requestAnimationFrame(() => this.read({ closely: false }));
      return;
    }
    this.read({ closely: phase !== "start" });
    if (phase === "start") return;
    this.spoken.textContent = this.sentence.textContent;
    this.settled(this.reading);
  }

  // From the board to everything on the page. A doubt is looked at closely when the pen is up: that takes a while.
  read({ closely = true } = {}) {
    if (this.waiting !== undefined) cancelAnimationFrame(this.waiting);
    this.waiting = undefined;
    const { skipped } = this.stages, drawn = inkOf(this.board.ink(), BOARD, BOARD), stages = prepare(drawn, skipped);
    const frame = stages && (skipped.size ? stages.frame : this.board.frame ?? stages.frame);
    this.frame = frame;
    const passed = frame ? this.network.forward(frame) : null;
    if (passed && closely) passed.probabilities = this.network.considered(frame, passed.probabilities, this.limits.look_again);
    this.reading = frame ? this.judged(passed.probabilities, frame, closely) : null;
    if (this.reading) this.ribbon.add(this.reading.probabilities);
    else this.ribbon.clear();
    this.stages.show(drawn, stages, frame);
    this.lit.show(this.network, passed);
    this.bars.show(this.reading);
    this.digit.textContent = this.reading ? (this.reading.digit ?? "?") : "";
    this.sentence.textContent = sentence(this.reading);
    this.badge.textContent = "";
    this.element.dataset.answer = this.reading ? String(this.reading.digit ?? "none") : "blank";
  }

  judged(probabilities, frame, closely) {
    const digitness = this.doubt ? this.doubt.digitness(frame, this.limits, closely) : null;
    return judge(probabilities, digitness, this.limits);
  }
}
