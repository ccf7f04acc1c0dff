// The drawing board: finger, pen, mouse and keyboard; brush, eraser, undo, clear, pictures laid on it.
// Ink is the canvas's opacity, so the board looks right on light and on dark paper.

import { element } from "./dom.js";

export const BOARD = 336;

export class Board {
  // changed(phase): "start", "move" and "end" of a stroke, "set" for everything else.
  constructor(changed) {
    this.changed = changed;
    this.acts = []; // what has been done since the board was last blank
    this.brush = 26;
    this.erasing = false;
    this.canvas = element("canvas", {
      class: "board-canvas", width: BOARD, height: BOARD, tabindex: 0, role: "application",
      "aria-label": "Drawing board. Draw with finger, pen or mouse; or move with the arrow keys, and put the pen "
        + "down and up with the space bar. Backspace takes back, Delete clears.",
    });
    this.cursor = element("div", { class: "board-cursor", hidden: true });
    this.element = element("div", { class: "board" }, this.canvas, this.cursor);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.keys = { x: BOARD / 2, y: BOARD / 4, down: false };
    this.listen();
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.pointer !== undefined) return;
      canvas.setPointerCapture(event.pointerId);
      this.pointer = event.pointerId;
      this.begin(...this.place(event), event.pointerType === "pen" && event.buttons === 32);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length ? events : [event]) this.lineTo(...this.place(each));
      this.changed("move");
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(kind, (event) => {
        if (event.pointerId !== this.pointer) return;
        this.pointer = undefined;
        this.changed("end");
      });
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => { this.cursor.hidden = true; this.keys.down = false; });
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * BOARD) / box.width, ((event.clientY - box.top) * BOARD) / box.height];
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const keys = this.keys;
    if (steps) {
      const length = event.shiftKey ? 4 : 12, clip = (value) => Math.min(Math.max(value, 8), BOARD - 8);
      keys.x = clip(keys.x + steps[0] * length);
      keys.y = clip(keys.y + steps[1] * length);
      if (keys.down) { this.lineTo(keys.x, keys.y); this.changed("move"); }
    } else if (event.key === " ") {
      keys.down = !keys.down;
      if (keys.down) this.begin(keys.x, keys.y, false);
      else this.changed("end");
    } else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) this.undo();
    else if (event.key === "Delete") this.clear();
    else return;
    event.preventDefault();
    this.cursor.hidden = false;
    this.cursor.classList.toggle("down", keys.down);
    this.cursor.style.left = `${(100 * keys.x) / BOARD}%`;
    this.cursor.style.top = `${(100 * keys.y) / BOARD}%`;
  }

  begin(x, y, erasing) {
    this.acts.push({ points: [x, y], width: this.brush, erase: erasing || this.erasing });
    this.stroke(this.acts.at(-1), 0);
    this.changed("start");
  }

  lineTo(x, y) {
    const act = this.acts.at(-1);
    act.points.push(x, y);
    this.stroke(act, act.points.length - 4);
  }

  // The part of a stroke from the point at `from` on.
  stroke({ points, width, erase }, from) {
    const context = this.context;
    context.globalCompositeOperation = erase ? "destination-out" : "source-over";
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = erase ? 1.6 * width : width;
    context.beginPath();
    context.moveTo(points[from], points[from + 1]);
    for (let i = from; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
    context.stroke();
    context.globalCompositeOperation = "source-over";
  }

  draw() {
    this.context.clearRect(0, 0, BOARD, BOARD);
    for (const act of this.acts) {
      if (act.image) this.context.putImageData(act.image, 0, 0);
      else this.stroke(act, 0);
    }
  }

  undo() {
    this.acts.pop();
    this.draw();
    this.changed("set");
  }

  clear() {
    this.acts = [];
    this.draw();
    this.changed("set");
  }

  // Put strokes on a blank board: [[x, y, x, y, ...], ...] in the board's pixels.
  setStrokes(strokes) {
    this.acts = strokes.map((points) => ({ points, width: this.brush, erase: false }));
    this.draw();
    this.changed("set");
  }

  // Put ink on a blank board: 336x336 bytes.
  setInk(bytes, frame) {
    const image = this.context.createImageData(BOARD, BOARD);
    for (let i = 0; i < bytes.length; i++) image.data[4 * i + 3] = bytes[i];
    this.acts = [{ image, frame }];
    this.draw();
    this.changed("set");
  }

  // Put a picture of 28x28 bytes on the board, every pixel a square of twelve. While nothing else is done to it,
  // `frame` is that picture, which needs no preparation.
  setFrame(frame) {
    const bytes = new Uint8Array(BOARD * BOARD), size = BOARD / 28;
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = frame[Math.floor(Math.floor(i / BOARD) / size) * 28 + Math.floor((i % BOARD) / size)];
    }
    this.setInk(bytes, frame);
  }

  get frame() {
    return this.acts.length === 1 ? this.acts[0].frame : undefined;
  }

  // The ink as 336x336 bytes.
  ink() {
    const { data } = this.context.getImageData(0, 0, BOARD, BOARD), bytes = new Uint8Array(BOARD * BOARD);
    for (let i = 0; i < bytes.length; i++) bytes[i] = data[4 * i + 3];
    return bytes;
  }
}
