// The Read room: a photo of numbers, with what was read written over it.

import { bytesOf, element } from "./dom.js";
import { smaller } from "./draw.js";
import { percent } from "./bars.js";
import { postBytes } from "./wire.js";

export class ReadRoom {
  constructor(lab) {
    this.lab = lab;
    this.canvas = element("canvas", { class: "photo", width: 0, height: 0, role: "img", "aria-label": "The photo" });
    this.text = element("ol", { class: "numbers", "aria-label": "What was read" });
    this.status = element("p", { class: "sentence", role: "status" }, "Drop a photo of numbers.");
    const file = element("input", { type: "file", accept: "image/*", class: "spoken", "aria-label": "A photo of numbers", onchange: () => {
      if (file.files[0]) this.open(file.files[0]);
      file.value = "";
    } });
    this.drop = element("div", { class: "drop panel" }, this.status, this.canvas,
      element("div", { class: "tools" }, file, element("button", { type: "button", onclick: () => file.click() }, "Open a photo")));
    this.element = element("div", { class: "read" }, this.drop,
      element("section", { class: "panel" }, element("h2", {}, "Read"), this.text,
        element("p", { class: "hint" }, "A digit opens on the board. What looks like no digit is left out; a question mark is one that is not sure enough.")));
    this.drop.addEventListener("dragover", (event) => { event.preventDefault(); this.drop.classList.add("over"); });
    this.drop.addEventListener("dragleave", () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.drop.classList.remove("over");
      if (event.dataTransfer.files[0]) this.open(event.dataTransfer.files[0]);
    });
  }

  enter() {}

  command() {
    return `numpen read photo.jpg ${this.lab.model.command}`.trim();
  }

  async open(file) {
    try {
      this.status.textContent = "Reading …";
      const sent = await smaller(file), { lines } = await postBytes(`/api/models/${this.lab.model.id}/read-page`, sent);
      const photo = await createImageBitmap(sent);
      this.paint(photo, lines);
      this.list(lines);
      const count = lines.reduce((sum, line) => sum + line.length, 0);
      this.status.textContent = count ? `${count} digits in ${lines.length} ${lines.length === 1 ? "line" : "lines"}.` : "I find no digits on it.";
    } catch (error) {
      this.status.textContent = "Drop a photo of numbers.";
      this.lab.say(error.message);
    }
  }

  paint(photo, lines) {
    const { canvas } = this, context = canvas.getContext("2d");
    canvas.width = photo.width;
    canvas.height = photo.height;
    context.drawImage(photo, 0, 0);
    const thick = Math.max(photo.width / 500, 1);
    for (const { digit, box: [x, y, width, height] } of lines.flat()) {
      context.lineWidth = thick;
      context.strokeStyle = digit === null ? "#1f6fc4" : "#d86a00";
      context.setLineDash(digit === null ? [4 * thick, 3 * thick] : []);
      context.strokeRect(x, y, width, height);
      const size = Math.max(Math.min(height * 0.5, photo.width / 25), 11);
      context.font = `700 ${size}px system-ui, sans-serif`;
      context.fillStyle = context.strokeStyle;
      context.fillRect(x, y - size * 1.1, size * 0.8, size * 1.1);
      context.fillStyle = "#ffffff";
      context.fillText(digit ?? "?", x + size * 0.12, y - size * 0.18);
    }
  }

  list(lines) {
    this.text.replaceChildren(...lines.map((line) => element("li", {}, ...line.map(({ digit, confidence, frame }) => element("button",
      { type: "button", title: `${percent(confidence)}: open on the board`, onclick: () => this.lab.openOnBoard(bytesOf(frame)) }, digit ?? "?")))));
  }
}
