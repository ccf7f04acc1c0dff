// The Read room: a photo of numbers, with what was read written over it, corrected by hand and taken away as CSV.

import { Camera } from "./camera.js";
import { Correcting } from "./correcting.js";
import { csv, save } from "./csv.js";
import { bytesOf, element } from "./dom.js";
import { smaller } from "./draw.js";
import { Photo } from "./photo.js";
import { postBytes } from "./wire.js";

const HINT = "Choose a digit, in the photo or in the text, to see it closely. If it is wrong, press the key of the right one, "
  + "or Delete if it is no digit. What looks like no digit is left out; a question mark is one that is not sure enough.";

export class ReadRoom {
  constructor(lab) {
    this.lab = lab;
    this.lines = [];
    this.status = element("p", { class: "sentence", role: "status" }, "Drop a photo of numbers.");
    this.correcting = new Correcting({ corrected: (found) => this.corrected(found), opened: (frame) => lab.openOnBoard(frame) });
    this.photo = new Photo({ chosen: (found) => this.choose(found), typed: (found, key) => this.correcting.type(found, key) });
    this.table = element("button", { type: "button", disabled: true, onclick: () => this.save() }, "Save as CSV");
    this.kept = element("p", { class: "hint", role: "status" });
    this.sent = Promise.resolve();
    const file = element("input", { type: "file", accept: "image/*", class: "spoken", "aria-label": "A photo of numbers", onchange: () => {
      if (file.files[0]) this.open(file.files[0]);
      file.value = "";
    } });
    this.camera = new Camera({ taken: (picture) => this.open(picture), say: (words) => lab.say(words) });
    this.drop = element("div", { class: "drop panel", "data-panel": "photo" }, this.status, this.photo.element, this.camera.element,
      element("div", { class: "tools" }, file, element("button", { type: "button", onclick: () => file.click() }, "Open a photo"), this.camera.button));
    this.element = element("div", { class: "read" }, this.drop,
      element("section", { class: "panel", "data-panel": "text" }, element("div", { class: "tools pick" }, element("h2", {}, "Read"), this.table),
        this.photo.text, this.correcting.element, this.kept, element("p", { class: "hint" }, HINT)));
    this.listen();
  }

  listen() {
    this.drop.addEventListener("dragover", (event) => { event.preventDefault(); this.drop.classList.add("over"); });
    this.drop.addEventListener("dragleave", () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.drop.classList.remove("over");
      if (event.dataTransfer.files[0]) this.open(event.dataTransfer.files[0]);
    });
    addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find((each) => each.type.startsWith("image/"));
      if (file && this.element.isConnected) this.open(file);
    });
  }

  enter() {}

  leave() {
    this.camera.close();
  }

  command() {
    const { command } = this.lab.model, photo = this.name ?? "photo.jpg";
    return `numpen read ${/^[\w.-]+$/.test(photo) ? photo : `'${photo.replaceAll("'", "'\\''")}'`} ${command}`.trim();
  }

  async open(file) {
    try {
      this.status.textContent = "Reading …";
      const sent = await smaller(file), { lines } = await postBytes(`/api/models/${this.lab.model.id}/read-page`, sent);
      this.photo.show(await createImageBitmap(sent), lines);
      Object.assign(this, { lines, name: file.name });
      this.choose(null);
      this.table.disabled = lines.length === 0;
      this.tell();
    } catch (error) {
      this.tell();
      this.lab.say(error.message);
    }
  }

  tell() {
    const count = this.lines.reduce((sum, line) => sum + line.length, 0);
    const corrected = this.lines.flat().filter(({ truth }) => truth !== undefined).length;
    if (count) {
      this.status.textContent = `${count} digits in ${this.lines.length} ${this.lines.length === 1 ? "line" : "lines"}`
        + `${corrected ? `, ${corrected} corrected` : ""}.`;
    } else this.status.textContent = this.name ? "I find no digits on it." : "Drop a photo of numbers.";
  }

  choose(found) {
    this.correcting.show(found);
    this.photo.mark(found);
  }

  // A correction changes the text, and is kept if the lab was given a folder for that.
  corrected(found) {
    this.photo.renew(found);
    this.tell();
    const { corrections } = this.lab, truth = found.truth ?? "none";
    if (!corrections) {
      this.kept.textContent = "Corrections stand in the CSV. To learn from them too, open the lab with --corrections FOLDER.";
      return;
    }
    this.sent = this.sent.then(() => this.keep(found, truth, corrections)); // in turn: a second thought may not overtake the first
  }

  async keep(found, truth, corrections) {
    try {
      const { kept } = await postBytes(`/api/corrections/${truth}`, bytesOf(found.frame));
      const { id, command } = this.lab.model, file = command.replace("--model ", "") || "model.numpen";
      this.kept.replaceChildren(...(kept ? [`${kept} ${kept === 1 ? "picture" : "pictures"} kept. To learn from them, `,
        element("a", { href: `/api/models/${id}/model.numpen`, download: true }, "save the model"), " and run ",
        element("code", {}, `numpen train --from ${file} ${corrections} --out my-hand.numpen`)] : []));
    } catch (error) {
      this.lab.say(error.message);
    }
  }

  // A row for each line of digits; what is no digit is left out of it.
  save() {
    const rows = this.lines.map((line, i) => {
      const digits = line.filter(({ truth }) => truth !== null);
      const text = digits.map(({ digit, truth }) => truth ?? digit ?? "?").join("");
      const confidence = digits.reduce((product, each) => product * (each.truth === undefined ? each.confidence : 1), 1);
      return [this.name, i + 1, text, confidence.toFixed(6), line.filter(({ truth }) => truth !== undefined).length];
    });
    save(`${this.name.replace(/\.[^.]*$/, "")}.csv`, csv([["path", "line", "text", "confidence", "corrected"], ...rows]));
  }
}
