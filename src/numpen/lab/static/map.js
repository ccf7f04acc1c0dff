// The map of the test pictures: every picture a digit, near to those that a layer takes for alike. Point at one to see
// it, click it to open it on the board; arrow keys go from picture to picture, Enter opens.

import { bytesOf, colour, element, inkPaint, paintPixels, sharpen } from "./dom.js";
import { DIGIT_COLOURS } from "./ribbon.js";
import { getJson } from "./wire.js";

const REACH = 14; // pixels round a point in which it is pointed at
const EDGE = 14;
const CLOSEST = 16;
const DIGITS = [...Array(10).keys()];

export class TestMap {
  // opened(frame): a picture shall go to the board; changed(): what stands in the address has changed
  constructor({ opened, changed }) {
    Object.assign(this, { opened, changed, pictures: new Map(), at: -1 });
    this.layer = element("select", { "aria-label": "Layer of the map", onchange: () => { this.wanted = this.layer.value; this.load(); changed(); } });
    this.wrong = element("input", { type: "checkbox", onchange: () => { this.draw(); changed(); } });
    this.legend = DIGITS.map((digit) => {
      const button = element("button", { type: "button", "aria-pressed": "true", "aria-label": `Show the digit ${digit}`, onclick: () => { this.toggle(digit); changed(); } }, digit);
      button.style.borderBottomColor = DIGIT_COLOURS[digit];
      return button;
    });
    this.canvas = element("canvas", { class: "map-canvas", tabindex: 0, role: "application",
      "aria-label": "Map of the test pictures. Arrow keys go to the next picture that way, Enter opens it on the board, plus and minus go closer and farther." });
    this.small = element("canvas", { width: 28, height: 28, "aria-hidden": "true" });
    this.words = element("p", { role: "status" }, "Point at a digit.");
    this.shares = element("p", { class: "hint" });
    const zoom = (by, words, sign) => element("button", { type: "button", "aria-label": words, onclick: () => this.zoom(by) }, sign);
    this.element = element("section", { class: "panel map", "data-panel": "map" },
      element("div", { class: "tools pick" }, element("h2", {}, "The test pictures as a layer sees them"), element("label", {}, "Layer ", this.layer)),
      element("div", { class: "tools legend" }, ...this.legend, element("label", {}, this.wrong, " only mistakes"), zoom(1.6, "Closer", "+"), zoom(1 / 1.6, "Farther", "−")),
      this.canvas, element("div", { class: "closely" }, this.small, element("div", {}, this.words, this.shares)));
    this.listen();
  }

  listen() {
    const { canvas } = this;
    let from = null;
    canvas.addEventListener("pointerdown", (event) => { from = { x: event.clientX, y: event.clientY, cx: this.view.x, cy: this.view.y, far: false }; });
    canvas.addEventListener("pointermove", (event) => {
      if (from && event.buttons) this.drag(event, from);
      else this.look(this.nearest(event));
    });
    canvas.addEventListener("click", (event) => {
      const dragged = from?.far;
      from = null;
      if (!dragged) this.open(this.nearest(event));
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  drag(event, from) {
    const dx = event.clientX - from.x, dy = event.clientY - from.y, { width, height } = this.size;
    if (Math.hypot(dx, dy) > 5) from.far = true;
    if (!from.far) return;
    this.view.x = from.cx - (2 * dx) / (width * this.view.scale);
    this.view.y = from.cy - (2 * dy) / (height * this.view.scale);
    this.draw();
  }

  get size() {
    return { width: this.canvas.clientWidth - 2 * EDGE, height: this.canvas.clientHeight - 2 * EDGE };
  }

  // Settings from an address, and into one.
  take(params) {
    this.wanted = params.get("layer") ?? this.wanted;
    if (params.has("digits")) DIGITS.forEach((digit) => this.toggle(digit, params.get("digits").includes(digit)));
    if (params.has("only")) this.wrong.checked = params.get("only") === "mistakes";
  }

  get address() {
    const shown = DIGITS.filter((digit) => this.isShown(digit));
    return `layer=${this.layer.value}${shown.length < 10 ? `&digits=${shown.join("")}` : ""}${this.wrong.checked ? "&only=mistakes" : ""}`;
  }

  isShown(digit) {
    return this.legend[digit].getAttribute("aria-pressed") === "true";
  }

  toggle(digit, shown = !this.isShown(digit)) {
    this.legend[digit].setAttribute("aria-pressed", String(shown));
    this.draw();
  }

  // Another network: its layers, and the last hidden one, unless another is wanted; and a picture to begin with.
  async show(id, network, row) {
    this.id = id;
    const learning = [...network.layers.keys()].filter((i) => network.layers[i].tensors.W);
    this.layer.replaceChildren(element("option", { value: "pixels" }, "the pixels themselves"),
      ...learning.map((i, n) => element("option", { value: i }, `${n + 1}: ${network.layers[i].layer}, ${network.layers[i].shape.at(-1)}`)));
    this.layer.value = this.wanted ?? learning.at(-2) ?? "pixels";
    if (!this.layer.value) this.layer.value = "pixels";
    await this.load();
    this.look(this.points.rows.indexOf(row));
  }

  async load() {
    const asked = `${this.id}/map/${this.layer.value}`;
    this.asked = asked;
    const points = await getJson(`/api/models/${asked}`);
    if (this.asked !== asked) return;
    const [first, second] = points.shares.map((share) => Math.round(100 * share));
    this.shares.textContent = `The first ${points.rows.filter((row) => row < 2000).length.toLocaleString("en")} test pictures and every mistake, which is ringed, `
      + `along the two directions in which this layer tells them apart most: ${first} % and ${second} % of all differences.`;
    Object.assign(this, { points, view: { x: 0, y: 0, scale: 1 }, at: -1 });
    this.draw();
    this.canvas.dataset.layer = this.layer.value;
  }

  zoom(by) {
    if (!this.points) return;
    const scale = Math.min(Math.max(this.view.scale * by, 1), CLOSEST);
    const middle = this.at >= 0 ? { x: this.points.x[this.at], y: -this.points.y[this.at] } : this.view;
    this.view = scale === 1 ? { x: 0, y: 0, scale } : { x: middle.x, y: middle.y, scale };
    this.draw();
  }

  isVisible(i) {
    return this.isShown(this.points.truth[i]) && (!this.wrong.checked || this.points.truth[i] !== this.points.answer[i]);
  }

  place(i) {
    const { width, height } = this.size, { x, y, scale } = this.view;
    return [EDGE + (width * (1 + (this.points.x[i] - x) * scale)) / 2, EDGE + (height * (1 + (-this.points.y[i] - y) * scale)) / 2];
  }

  draw() {
    const { canvas, points } = this, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!points || !width) return;
    const small = width < 500 ? 0.75 : 1, context = sharpen(canvas, width, height), text = `rgb(${colour("--text").join(" ")})`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const wrong = (i) => points.truth[i] !== points.answer[i], all = [...points.rows.keys()].filter((i) => this.isVisible(i));
    for (const i of [...all.filter((i) => !wrong(i)), ...all.filter(wrong)]) {
      const [x, y] = this.place(i);
      context.font = `${wrong(i) ? 700 : 600} ${(wrong(i) ? 13 : 10) * small}px system-ui, sans-serif`;
      context.fillStyle = DIGIT_COLOURS[points.truth[i]];
      context.fillText(points.truth[i], x, y);
      if (wrong(i)) this.ring(context, x, y, 8.5 * small, text, 1.2);
    }
    if (this.at >= 0) this.ring(context, ...this.place(this.at), 12, `rgb(${colour("--lit").join(" ")})`, 3);
  }

  ring(context, x, y, radius, style, width) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }

  nearest(event) {
    if (!this.points) return -1;
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    return this.best((px, py) => { const far = Math.hypot(px - x, py - y); return far <= REACH ? far : Infinity; });
  }

  // The picture that lies best by a measure of its place; -1 if all lie at infinity.
  best(measure) {
    let best = -1, least = Infinity;
    for (let i = 0; i < this.points.rows.length; i++) {
      if (!this.isVisible(i)) continue;
      const far = measure(...this.place(i), i);
      if (far < least) [best, least] = [i, far];
    }
    return best;
  }

  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way && this.points) this.look(this.next(...way));
    else if (event.key === "Enter") this.open(this.at);
    else if (event.key === "+" || event.key === "-") this.zoom(event.key === "+" ? 1.6 : 1 / 1.6);
    else return;
    event.preventDefault();
  }

  // The nearest picture in a direction, at most 45° off it; the first one is that in the middle.
  next(dx, dy) {
    const [x, y] = this.at >= 0 ? this.place(this.at) : [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2];
    const found = this.best((px, py, i) => {
      const along = (px - x) * dx + (py - y) * dy, across = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (i === this.at || (this.at >= 0 && (along <= 0 || across > along))) return Infinity;
      return Math.hypot(px - x, py - y);
    });
    return found < 0 ? this.at : found;
  }

  async look(i) {
    this.canvas.classList.toggle("over", i >= 0);
    if (i < 0 || i === this.at) return;
    this.at = i;
    this.draw();
    const { truth, frame, doubt, row } = await this.picture(i);
    if (this.at !== i) return;
    paintPixels(this.small, bytesOf(frame), inkPaint());
    const read = this.points.answer[i];
    this.words.textContent = `Test picture ${row.toLocaleString("en")}: a ${truth}, ${read === truth ? "read right" : `read as ${read}`}${doubt ? `; its label is doubted: ${doubt}` : ""}.`;
  }

  async open(i) {
    if (i >= 0) this.opened(bytesOf((await this.picture(i)).frame));
  }

  async picture(i) {
    const row = this.points.rows[i];
    if (!this.pictures.has(row)) this.pictures.set(row, await getJson(`/api/test/${row}`));
    return this.pictures.get(row);
  }
}
