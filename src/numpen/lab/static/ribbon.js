// The ribbon: how the ten probabilities changed along the strokes, from the first touch to now.

import { element, sharpen } from "./dom.js";
import { percent } from "./bars.js";

// Ten colours that differ in lightness as well, after Okabe and Ito; the bands carry their digit besides.
export const DIGIT_COLOURS = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#7a5ccc", "#b5a800", "#8a8f98", "#8c564b"];
const HEIGHT = 64;
const MOST = 600; // moments that are kept

export class Ribbon {
  constructor() {
    this.moments = [];
    this.canvas = element("canvas", { role: "img", "aria-label": "The probabilities along the strokes" });
    this.caption = element("p", { class: "hint" }, "Along the strokes");
    this.element = element("div", { class: "ribbon", "data-panel": "ribbon" }, this.canvas, this.caption);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => { this.caption.textContent = "Along the strokes"; });
  }

  clear() {
    this.moments = [];
    this.draw();
  }

  add(probabilities) {
    this.moments.push(probabilities);
    if (this.moments.length > MOST) this.moments = this.moments.filter((_, i) => i % 2 === 0);
    this.draw();
  }

  point(event) {
    if (!this.moments.length) return;
    const box = this.canvas.getBoundingClientRect(), share = (event.clientX - box.left) / box.width;
    const at = Math.min(Math.floor(share * this.moments.length), this.moments.length - 1), p = this.moments[at];
    const order = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, 3);
    this.caption.textContent = `at ${Math.round(100 * share)} % of the way: `
      + order.map((digit) => `${digit} ${percent(p[digit])}`).join(" · ");
  }

  draw() {
    const width = this.canvas.clientWidth || 300, context = sharpen(this.canvas, width, HEIGHT);
    const n = this.moments.length;
    if (n === 0) return;
    const x = (i) => (n === 1 ? width * i : (width * i) / (n - 1));
    const shown = n === 1 ? [this.moments[0], this.moments[0]] : this.moments;
    let below = new Float32Array(shown.length);
    for (let digit = 0; digit < 10; digit++) {
      const above = below.map((value, i) => value + shown[i][digit]);
      context.fillStyle = DIGIT_COLOURS[digit];
      context.beginPath();
      above.forEach((value, i) => context.lineTo(x(i), HEIGHT * (1 - value)));
      for (let i = shown.length - 1; i >= 0; i--) context.lineTo(x(i), HEIGHT * (1 - below[i]));
      context.fill();
      this.label(context, digit, shown, below, x);
      below = above;
    }
  }

  // The digit is written where its band is widest.
  label(context, digit, shown, below, x) {
    let best = -1;
    shown.forEach((moment, i) => {
      if (x(i) > 8 && x(i) < x(shown.length - 1) - 8 && (best < 0 || moment[digit] > shown[best][digit])) best = i;
    });
    if (best < 0 || shown[best][digit] * HEIGHT < 16) return;
    context.fillStyle = "#ffffff";
    context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(digit, x(best), HEIGHT * (1 - below[best] - shown[best][digit] / 2));
  }
}
