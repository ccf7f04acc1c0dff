// The Mistakes room: what is taken for what; every cell opens its pictures, every picture opens on the board.

import { bytesOf, element, inkPaint, paintPixels } from "./dom.js";
import { percent } from "./bars.js";
import { getJson } from "./wire.js";

export class MistakesRoom {
  constructor(lab) {
    this.lab = lab;
    this.summary = element("p", { class: "sentence" });
    this.table = element("table", { class: "confusion" });
    this.title = element("h2");
    this.pictures = element("ol", { class: "gallery" });
    this.surest = element("button", { type: "button", onclick: () => this.showSurest() }, "The surest mistakes");
    this.element = element("div", { class: "mistakes" },
      element("section", {}, this.summary,
        element("p", { class: "hint" }, "Rows are what was written, columns what was read. A cell opens its pictures."), this.table),
      element("section", {}, element("div", { class: "tools pick" }, this.title, this.surest), this.pictures));
  }

  command() {
    return `numpen evaluate ${this.lab.model.command.replace("--model ", "") || "MODEL"} --mistakes 60`;
  }

  chosen() {
    this.shown = undefined;
    if (this.element.isConnected) this.enter();
  }

  async enter() {
    if (this.shown === this.lab.model.id) return;
    this.summary.textContent = "Asking about 10,000 test pictures …";
    const { id } = this.lab.model, said = await getJson(`/api/models/${id}/mistakes`);
    Object.assign(this, { shown: id, said });
    this.summary.textContent = `${said.errors.toLocaleString("en")} of ${said.count.toLocaleString("en")} test pictures wrong: ${(100 * said.accuracy).toFixed(2)} % right.`;
    this.fill(said.confusion);
    this.showSurest();
  }

  fill(confusion) {
    const most = Math.max(...confusion.flatMap((row, truth) => row.filter((_, answer) => answer !== truth)), 1);
    const digits = [...Array(10).keys()];
    const head = element("tr", {}, element("td"), ...digits.map((digit) => element("th", { scope: "col" }, digit)));
    const rows = confusion.map((row, truth) => element("tr", {}, element("th", { scope: "row" }, truth), ...row.map((count, answer) => {
      const right = truth === answer, label = `${truth} read as ${answer}: ${count} pictures`;
      const button = element("button", { type: "button", "aria-label": label, title: label, disabled: count === 0, onclick: () => this.showCell(truth, answer) }, count || "");
      const share = right ? 0 : Math.sqrt(count / most);
      button.style.setProperty("--share", `${Math.round(100 * share)}%`);
      return element("td", { class: right ? "right" : share > 0.5 ? "strong" : "" }, button);
    })));
    this.table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  }

  showSurest() {
    this.title.textContent = "The surest mistakes";
    this.surest.hidden = true;
    this.show(this.said.surest);
  }

  async showCell(truth, answer) {
    const { count, pictures } = await getJson(`/api/models/${this.shown}/cell/${truth}/${answer}`);
    this.surest.hidden = false;
    this.title.textContent = `${truth} read as ${answer}: ${count}`;
    this.show(pictures);
  }

  show(pictures) {
    const paint = inkPaint();
    this.pictures.replaceChildren(...pictures.map(({ row, truth, answer, confidence, frame }) => {
      const canvas = element("canvas", { width: 28, height: 28 }), pixels = bytesOf(frame);
      paintPixels(canvas, pixels, paint);
      const words = truth === answer ? `${answer}, ${percent(confidence)}` : `${truth}, read as ${answer}, ${percent(confidence)}`;
      return element("li", {}, element("button", { type: "button", title: `Test picture ${row}: open on the board`, onclick: () => this.lab.openOnBoard(pixels, truth) },
        canvas, element("span", {}, words)));
    }));
  }
}
