// The Mistakes room: what is taken for what, the surest mistakes, labels that people doubt, and a map of the test
// pictures. Every cell opens its pictures, every picture opens on the board.

import { bytesOf, element, inkPaint, paintPixels } from "./dom.js";
import { percent } from "./bars.js";
import { TestMap } from "./map.js";
import { getJson } from "./wire.js";

const PILES = { surest: "The surest mistakes", doubtful: "Labels that people doubt" };

export class MistakesRoom {
  constructor(lab) {
    this.lab = lab;
    this.summary = element("p", { class: "sentence", role: "status" });
    this.table = element("table", { class: "confusion" });
    this.title = element("h2");
    this.hint = element("p", { class: "hint", hidden: true }, "cleanlab asked five people about each (Northcutt and others 2021): fewer than three of them saw the digit that the label names.");
    this.pictures = element("ol", { class: "gallery" });
    this.piles = Object.fromEntries(Object.entries(PILES).map(([name, words]) => [name,
      element("button", { type: "button", "aria-pressed": "false", onclick: () => this.go(`show=${name}`) }, words)]));
    this.map = new TestMap({ opened: (frame) => lab.openOnBoard(frame), changed: () => this.keepAddress() });
    this.element = element("div", { class: "mistakes" },
      element("section", { "data-panel": "confusion" }, this.summary,
        element("p", { class: "hint" }, "Rows are what was written, columns what was read. A cell opens its pictures."), this.table),
      element("section", { "data-panel": "pictures" }, element("div", { class: "tools pick" }, this.title, element("div", { class: "tools" }, ...Object.values(this.piles))), this.hint, this.pictures),
      this.map.element);
  }

  command() {
    return `numpen evaluate ${this.lab.model.command.replace("--model ", "") || "MODEL"} --mistakes 60`;
  }

  chosen() {
    this.shown = undefined;
    if (this.element.isConnected) this.enter(new URLSearchParams(this.pile));
  }

  // The address: show=surest, show=doubtful or cell=4:9, and what the map is of.
  go(pile) {
    this.pile = pile;
    this.keepAddress();
    return this.showPile();
  }

  keepAddress() {
    history.replaceState(null, "", `#mistakes?${this.pile}&${this.map.address}${this.lab.lesson}`);
  }

  async enter(params) {
    const said = ["cell", "show"].find((name) => params.has(name));
    this.pile = said ? `${said}=${params.get(said)}` : (this.pile ?? "show=surest");
    this.map.take(params);
    const { id } = this.lab.model;
    if (this.shown !== id) {
      this.summary.textContent = "Asking about 10,000 test pictures …";
      this.said = await getJson(`/api/models/${id}/mistakes`);
      this.shown = id;
      const { errors, count, accuracy, confusion } = this.said;
      this.summary.textContent = `${errors.toLocaleString("en")} of ${count.toLocaleString("en")} test pictures wrong: ${(100 * accuracy).toFixed(2)} % right.`;
      this.fill(confusion);
    }
    await Promise.all([this.showPile(), this.map.show(id, this.lab.own, this.said.surest[0]?.row)]);
  }

  fill(confusion) {
    const most = Math.max(...confusion.flatMap((row, truth) => row.filter((_, answer) => answer !== truth)), 1);
    const digits = [...Array(10).keys()];
    const head = element("tr", {}, element("td"), ...digits.map((digit) => element("th", { scope: "col" }, digit)));
    const rows = confusion.map((row, truth) => element("tr", {}, element("th", { scope: "row" }, truth), ...row.map((count, answer) => {
      const right = truth === answer, label = `${truth} read as ${answer}: ${count} pictures`;
      const button = element("button", { type: "button", "aria-label": label, title: label, disabled: count === 0, onclick: () => this.go(`cell=${truth}:${answer}`) }, count || "");
      const share = right ? 0 : Math.sqrt(count / most);
      button.style.setProperty("--share", `${Math.round(100 * share)}%`);
      return element("td", { class: right ? "right" : share > 0.5 ? "strong" : "" }, button);
    })));
    this.table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  }

  async showPile() {
    const [kind, what] = this.pile.split("="), name = what in PILES ? what : "surest";
    for (const [each, button] of Object.entries(this.piles)) button.setAttribute("aria-pressed", String(kind === "show" && each === name));
    this.hint.hidden = kind !== "show" || name !== "doubtful";
    if (this.shown === undefined) return; // `enter` shows it as soon as the answers are here
    if (kind === "cell") {
      await this.showCell(...what.split(":").map(Number));
    } else {
      this.title.textContent = PILES[name];
      this.show(this.said[name]);
    }
  }

  async showCell(truth, answer) {
    try {
      const { count, pictures } = await getJson(`/api/models/${this.shown}/cell/${truth}/${answer}`);
      this.title.textContent = `${truth} read as ${answer}: ${count}`;
      this.show(pictures);
    } catch (error) {
      this.lab.say(error.message);
    }
  }

  show(pictures) {
    const paint = inkPaint();
    this.pictures.replaceChildren(...pictures.map(({ row, truth, answer, confidence, doubt, frame }) => {
      const canvas = element("canvas", { width: 28, height: 28, "aria-hidden": "true" }), pixels = bytesOf(frame);
      paintPixels(canvas, pixels, paint);
      const words = truth === answer ? `${answer}, ${percent(confidence)}` : `${truth}, read as ${answer}, ${percent(confidence)}`;
      const doubted = doubt ? [element("span", { class: "doubted" }, `label doubted: ${doubt}`)] : [];
      return element("li", {}, element("button", { type: "button", title: `Test picture ${row}: open on the board`, onclick: () => this.lab.openOnBoard(pixels, truth) },
        canvas, element("span", {}, words), ...doubted));
    }));
  }
}
