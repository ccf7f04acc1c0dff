// A photo with a box round everything that was read; every box is a button, and so is every digit of the text.

import { element } from "./dom.js";

export class Photo {
  // chosen(found): somebody wants to look at a digit; typed(found, key): a key was pressed on it
  constructor({ chosen, typed }) {
    Object.assign(this, { chosen, typed });
    this.canvas = element("canvas", { class: "photo", width: 0, height: 0, role: "img", "aria-label": "The photo" });
    this.boxes = element("div", { class: "boxes" });
    this.element = element("div", { class: "photo-frame", hidden: true }, this.canvas, this.boxes);
    this.text = element("ol", { class: "numbers", "aria-label": "What was read" });
    this.all = [];
    for (const place of [this.boxes, this.text]) place.addEventListener("keydown", (event) => this.key(event));
  }

  // lines: of things that were found, {digit, box, ...}; `bitmap` is what they were found on.
  show(bitmap, lines) {
    const { canvas } = this;
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    this.all = lines.flat();
    for (const found of this.all) this.dress(found, bitmap);
    this.boxes.replaceChildren(...this.all.map(({ inPhoto }) => inPhoto));
    this.text.replaceChildren(...lines.map((line) => element("li", {}, ...line.map(({ inText }) => inText))));
    this.element.hidden = false;
  }

  // The two buttons of what was found.
  dress(found, { width, height }) {
    const [x, y, w, h] = found.box, onclick = () => this.chosen(found), onfocus = () => this.chosen(found);
    found.inPhoto = element("button", { type: "button", class: "box", onclick, onfocus }, element("span", {}));
    found.inText = element("button", { type: "button", onclick, onfocus });
    const places = { left: x / width, top: y / height, width: w / width, height: h / height };
    for (const [name, share] of Object.entries(places)) found.inPhoto.style[name] = `${100 * share}%`;
    this.renew(found);
  }

  // What stands on the buttons, when it has been corrected.
  renew(found) {
    const shown = found.truth === undefined ? (found.digit ?? "?") : (found.truth ?? "×");
    const words = `${shown === "×" ? "not a digit" : shown === "?" ? "not sure" : shown}${found.truth === undefined ? "" : ", corrected"}`;
    found.inPhoto.firstChild.textContent = found.inText.textContent = shown;
    for (const button of [found.inPhoto, found.inText]) {
      button.setAttribute("aria-label", words);
      button.classList.toggle("unsure", shown === "?");
      button.classList.toggle("corrected", found.truth !== undefined);
    }
  }

  mark(chosen) {
    for (const found of this.all) {
      for (const button of [found.inPhoto, found.inText]) {
        if (found === chosen) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      }
    }
  }

  // Arrows go from digit to digit; what else is typed is about the one that has the focus.
  key(event) {
    const at = this.all.findIndex(({ inPhoto, inText }) => [inPhoto, inText].includes(event.target));
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step) {
      const next = this.all[Math.min(Math.max(at + step, 0), this.all.length - 1)];
      (event.currentTarget === this.boxes ? next.inPhoto : next.inText).focus();
    } else if (!this.typed(this.all[at], event.key)) return;
    event.preventDefault();
  }
}
