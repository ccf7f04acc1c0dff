// The strip of stages that a drawing goes through on its way to the 28x28 pixels that the network sees.

import { element, inkPaint, palette } from "./dom.js";

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
    const colours = palette(inkPaint());
    const whole = frame && { data: Float32Array.from(frame, (value) => value / 255), width: 28, height: 28 };
    const all = { drawn, digit: stages?.digit, thick: stages?.thick, box: stages?.box, frame: whole };
    for (const [name] of STAGES) {
      const side = name === "box" ? Math.max(20, stages?.box.width ?? 0, stages?.box.height ?? 0) : undefined;
      this.canvases[name].parentElement.classList.toggle("empty", !all[name]);
      paintInk(this.canvases[name], all[name], colours, side);
    }
  }
}

// Ink in the middle of a square of `side` pixels, or of its own longer side.
function paintInk(canvas, ink, colours, side = ink && Math.max(ink.width, ink.height)) {
  const context = canvas.getContext("2d"), image = context.createImageData(SIZE, SIZE);
  const pixels = new Uint32Array(image.data.buffer).fill(colours[0]);
  for (let row = 0; ink && row < SIZE; row++) {
    const y = Math.floor(((row + 0.5) * side) / SIZE - (side - ink.height) / 2);
    for (let column = 0; y >= 0 && y < ink.height && column < SIZE; column++) {
      const x = Math.floor(((column + 0.5) * side) / SIZE - (side - ink.width) / 2);
      if (x >= 0 && x < ink.width) pixels[row * SIZE + column] = colours[Math.round(ink.data[y * ink.width + x] * 255)];
    }
  }
  context.putImageData(image, 0, 0);
}
