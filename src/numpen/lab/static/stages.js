// The strip of stages that a drawing goes through on its way to the 28x28 pixels that the network sees.

import { element, inkPaint } from "./dom.js";

const SIZE = 96;
const STAGES = [
  ["drawn", "what you drew"],
  ["digit", "cut out"],
  ["thick", "as thick as MNIST's"],
  ["box", "in a box of 20 × 20"],
  ["frame", "by its weight in 28 × 28"],
];

export class Stages {
  // changed(): another set of stages is skipped
  constructor(changed) {
    this.canvases = {};
    this.skips = {};
    const pictures = STAGES.map(([name, caption]) => {
      this.canvases[name] = element("canvas", { width: SIZE, height: SIZE, role: "img", "aria-label": caption });
      const item = element("li", {}, this.canvases[name], element("span", { class: "caption" }, caption));
      if (name !== "drawn") {
        this.skips[name] = element("input", { type: "checkbox", "aria-label": `skip this step: ${caption}`, onchange: changed });
        item.append(element("label", { class: "skip", title: "Leave this step out: see why it matters" }, this.skips[name], " skip"));
      }
      return item;
    });
    this.element = element("div", { class: "stages", "data-panel": "stages" }, element("ol", {}, ...pictures));
  }

  // The names of the stages that are left out.
  get skipped() {
    return new Set(Object.keys(this.skips).filter((name) => this.skips[name].checked));
  }

  // stages: what framing.prepare gives, or null; drawn: the ink of the whole board
  show(drawn, stages, frame) {
    const paint = inkPaint(1), palette = Array.from({ length: 256 }, (_, i) => paint(i / 255));
    const whole = frame && { data: Float32Array.from(frame, (value) => value / 255), width: 28, height: 28 };
    const all = { drawn, digit: stages?.digit, thick: stages?.thick, box: stages?.box, frame: whole };
    for (const [name] of STAGES) {
      const side = name === "box" ? Math.max(20, stages?.box.width ?? 0, stages?.box.height ?? 0) : undefined;
      this.canvases[name].parentElement.classList.toggle("empty", !all[name]);
      paintInk(this.canvases[name], all[name], palette, side);
    }
  }
}

// Ink in the middle of a square of `side` pixels, or of its own longer side.
function paintInk(canvas, ink, palette, side = ink && Math.max(ink.width, ink.height)) {
  const context = canvas.getContext("2d"), image = context.createImageData(SIZE, SIZE);
  const left = ink && (side - ink.width) / 2, top = ink && (side - ink.height) / 2;
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      let value = 0;
      if (ink) {
        const x = Math.floor(((column + 0.5) * side) / SIZE - left), y = Math.floor(((row + 0.5) * side) / SIZE - top);
        if (x >= 0 && y >= 0 && x < ink.width && y < ink.height) value = ink.data[y * ink.width + x];
      }
      const [red, green, blue] = palette[Math.round(value * 255)], at = 4 * (row * SIZE + column);
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}
