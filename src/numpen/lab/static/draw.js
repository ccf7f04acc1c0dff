// The Draw room of the lab: the drawing room, with pictures dropped or pasted, and NumPy's answer beside the page's.

import { Camera } from "./camera.js";
import { bytesOf, element } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Why } from "./why.js";
import { postBytes } from "./wire.js";

const LONGEST_SIDE = 1600; // pixels of a picture that is sent to be read

export class DrawRoom {
  constructor(lab) {
    this.lab = lab;
    this.drawing = new Drawing({
      network: lab.network, doubt: lab.doubt, limits: lab.limits,
      settled: (reading) => this.compare(reading),
      picked: (column, unit) => lab.lookInside(column, unit),
    });
    this.element = this.drawing.element;
    this.why = new Why((words) => lab.say(words));
    this.element.querySelector(".answer").append(this.why.element);
    const file = element("input", { type: "file", accept: "image/*", hidden: true, onchange: () => {
      if (file.files[0]) this.open(file.files[0]);
      file.value = "";
    } });
    this.pin = element("button", { type: "button", disabled: true, onclick: () => lab.pin(this.drawing.frame) }, "Pin for training");
    this.camera = new Camera({ taken: (picture) => this.open(picture), say: (words) => lab.say(words) });
    this.drawing.tools.append(file, element("button", { type: "button", onclick: () => file.click() }, "Open a picture"), this.camera.button, this.pin);
    this.drawing.tools.append(element("p", { class: "hint" }, "or drop or paste one on the board"), this.camera.element);
    if (lab.corrections) this.drawing.tools.append(this.correction());
    this.listen();
  }

  // What the drawing really is, kept among one's own digits.
  correction() {
    this.truth = element("select", { disabled: true, onchange: async () => {
      try {
        const { kept } = await postBytes(`/api/corrections/${this.truth.value}`, this.drawing.frame);
        this.lab.say(`Kept as a ${this.truth.value}: ${kept} ${kept === 1 ? "picture" : "pictures"} in all, for numpen train --from model.numpen ${this.lab.corrections}`);
      } catch (error) {
        this.lab.say(error.message);
      }
    } }, element("option", { value: "", disabled: true }, "…"), ...[...Array(10).keys()].map((digit) => element("option", {}, digit)));
    return element("label", { class: "brush" }, "It is really ", this.truth);
  }

  listen() {
    const board = this.drawing.board.element;
    board.addEventListener("dragover", (event) => { event.preventDefault(); board.classList.add("over"); });
    board.addEventListener("dragleave", () => board.classList.remove("over"));
    board.addEventListener("drop", (event) => {
      event.preventDefault();
      board.classList.remove("over");
      if (event.dataTransfer.files[0]) this.open(event.dataTransfer.files[0]);
    });
    addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
      if (file && this.element.isConnected) this.open(file);
    });
  }

  enter() {
    this.drawing.read();
    this.compare(this.drawing.reading);
  }

  leave() {
    this.camera.close();
  }

  command() {
    return `numpen predict drawing.png ${this.lab.model.command}`.trim();
  }

  // NumPy is asked about the same board when a stroke is done; the two must say the same.
  async compare(reading) {
    this.pin.disabled = !reading;
    if (this.truth) Object.assign(this.truth, { disabled: !reading, value: "" });
    const { badge } = this.drawing;
    badge.classList.remove("off");
    badge.textContent = "";
    if (this.lab.watched) badge.textContent = `This is ${this.lab.watched}; choose a network above to leave it.`;
    if (!reading || this.lab.watched) this.why.hide();
    else this.why.show(`/api/models/${this.lab.model.id}/why`, reading, this.drawing.frame);
    if (!reading || this.drawing.stages.skipped.size || this.drawing.board.frame || this.lab.watched) return;
    const said = await postBytes(`/api/models/${this.lab.model.id}/answer`, this.drawing.board.ink());
    if (this.drawing.reading !== reading) return;
    const apart = Math.max(...said.probabilities.map((p, i) => Math.abs(p - reading.probabilities[i])));
    const same = said.digit === reading.digit && apart < 1e-4;
    badge.classList.toggle("off", !same);
    badge.textContent = same ? `NumPy says the same, to ${apart < 1e-6 ? "a millionth" : apart.toExponential(0)}.`
      : `NumPy says ${said.digit ?? "no digit"}: this page and Python differ by ${apart.toExponential(1)}.`;
  }

  // A picture file becomes ink by the reader in Python, and the ink comes onto the board.
  async open(file) {
    try {
      const said = await postBytes(`/api/models/${this.lab.model.id}/read`, await smaller(file));
      if (said.board) this.drawing.board.setInk(bytesOf(said.board), bytesOf(said.frame));
      else this.lab.say(said.reason);
    } catch (error) {
      this.lab.say(error.message);
    }
  }
}

// A photo from a camera is larger than the lab takes, and than a reader needs.
export async function smaller(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return file; // what the browser cannot read, the reader will say what it thinks of
  }
  const scale = LONGEST_SIDE / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1 && file.size < 900_000) return file;
  const canvas = element("canvas", { width: Math.round(bitmap.width * Math.min(scale, 1)), height: Math.round(bitmap.height * Math.min(scale, 1)) });
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.9); });
}
