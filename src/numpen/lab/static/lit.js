// The network lit up by one picture: every unit by its activation, the strongest links to the answer, maps as pictures.

import { blend, colour, element, enlarged, inkPaint, paintPixels, palette, sharpen } from "./dom.js";

const HEIGHT = 484; // pixels, where letters have their usual size
const ROWS = 11; // the ten outputs stand where their bars stand; the eleventh row is for "not a digit"
const LINKS = 10; // of the answer to the layer below; below that, LESSER of each unit that has a link
const LESSER = 4;
const PICTURE = 112;

export class Lit {
  // picked(column, unit): somebody clicked a unit; column is one of `columns`
  constructor(picked) {
    this.canvas = element("canvas", { class: "lit-canvas", role: "img", "aria-label": "The network at work" });
    this.tip = element("p", { class: "hint" }, "");
    this.element = element("div", { class: "lit" }, this.canvas, this.tip);
    if (picked) {
      this.canvas.addEventListener("click", (event) => {
        const hit = this.hit(event);
        if (hit) picked(...hit);
      });
    }
    this.canvas.addEventListener("pointermove", (event) => {
      const hit = this.hit(event);
      this.canvas.classList.toggle("over", Boolean(hit && picked));
      if (hit) this.tip.textContent = describe(hit[0], hit[1], picked);
    });
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  show(network, passed) {
    this.network = network;
    this.passed = passed;
    this.draw();
  }

  draw() {
    this.scale = enlarged();
    const width = this.canvas.clientWidth / this.scale;
    if (!this.network || !width) return;
    const context = sharpen(this.canvas, width * this.scale, HEIGHT * this.scale);
    context.scale(this.scale, this.scale);
    this.columns = columnsOf(this.network, this.passed);
    place(this.columns, width);
    const links = strongest(this.network, this.columns);
    drawLinks(context, links);
    for (const column of this.columns) COLUMNS[column.kind](context, column);
    const { length } = links;
    this.canvas.setAttribute("aria-label", length ? `The network at work: ${length} strongest links shown` : "The network at rest");
  }

  hit(event) {
    const box = this.canvas.getBoundingClientRect(), x = (event.clientX - box.left) / this.scale, y = (event.clientY - box.top) / this.scale;
    for (const column of this.columns ?? []) {
      const reach = Math.max(column.size / 2, 4);
      const unit = column.places?.findIndex(([px, py]) => Math.abs(px - x) <= reach && Math.abs(py - y) <= reach) ?? -1;
      if (unit >= 0) return [column, unit];
    }
    return null;
  }
}

function describe(column, unit, picked) {
  const name = column.kind === "maps" ? "map" : "unit";
  const value = column.kind === "maps" ? "" : `: ${column.values[unit].toFixed(3)}`;
  const what = column.kind === "outputs" ? `answer ${unit}` : `${name} ${unit} of layer ${column.number}`;
  return `${what}${value}${picked && column.kind !== "outputs" ? " (click to look inside)" : ""}`;
}

// One column for the picture and for every layer that learns, with what it says behind its activation.
export function columnsOf(network, passed) {
  const pixels = passed ? passed.input : new Uint8Array(784);
  const columns = [{ kind: "picture", values: pixels, shape: [28, 28, 1], number: 0 }];
  network.layers.forEach((layer, i) => {
    if (!layer.tensors.W) return;
    let last = i;
    while (last + 1 < network.layers.length && !network.layers[last + 1].tensors.W && network.layers[last + 1].layer !== "flatten") last++;
    const closing = !network.layers.slice(i + 1).some((each) => each.tensors.W);
    const shape = network.layers[last].shape, size = shape.reduce((a, b) => a * b, 1);
    const values = passed ? (closing ? passed.probabilities : passed.answers[last]) : new Float32Array(size);
    const kind = closing ? "outputs" : shape.length === 3 ? "maps" : "units";
    columns.push({ kind, values, shape, layer: i, number: columns.length });
  });
  return columns;
}

function place(columns, width) {
  const inner = columns.slice(1, -1), edge = width < 320 ? 2 : 16, right = width - 30;
  const side = Math.min(PICTURE, width / 5);
  Object.assign(columns[0], { x: edge + side / 2, size: side, centre: [edge + side / 2, HEIGHT / 2] });
  const room = right - (edge + side);
  for (const column of inner) {
    const n = column.shape.at(-1), most = column.kind === "units" ? 32 : n > 64 ? 16 : 8;
    column.lines = Math.min(n, most);
    column.across = Math.ceil(n / column.lines);
    column.step = Math.min((HEIGHT - 24) / column.lines, column.kind === "maps" ? 52 : 24);
  }
  const wanted = inner.reduce((sum, { across, step }) => sum + across * step, 0), scale = Math.min(1, (0.66 * room) / wanted);
  const gap = (room - scale * wanted) / (inner.length + 1);
  let start = edge + side;
  for (const column of inner) {
    const { lines, across, step } = column, n = column.shape.at(-1);
    column.size = scale * step;
    start += gap;
    column.places = Array.from({ length: n }, (_, unit) => [
      start + ((unit % across) + 0.5) * column.size,
      HEIGHT / 2 + (Math.floor(unit / across) - (lines - 1) / 2) * step,
    ]);
    start += across * column.size;
    if (column.kind === "maps") column.size *= 0.9;
  }
  const outputs = columns.at(-1);
  outputs.size = 26;
  outputs.places = Array.from({ length: 10 }, (_, digit) => [right, ((digit + 0.5) * HEIGHT) / ROWS]);
}

// The links that carried most to the answer, then to the units behind them: {from, to, part}.
function strongest(network, columns) {
  const links = [], outputs = columns.at(-1);
  if (!columns[0].values.some((value) => value > 0)) return links;
  let wanted = [[outputs.values.indexOf(Math.max(...outputs.values)), 1]];
  for (let i = columns.length - 1; i >= 1; i--) {
    const column = columns[i], below = columns[i - 1], next = new Map();
    if (network.layers[column.layer].layer !== "dense") break;
    const { W } = network.tensors[column.layer], width = network.layers[column.layer].shape[0];
    for (const [unit] of wanted) {
      const parts = partsOf(W, width, unit, below, network.divisor);
      const most = i === columns.length - 1 ? LINKS : LESSER;
      const order = [...parts.keys()].filter((each) => parts[each] !== 0).sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a])).slice(0, most);
      for (const each of order) {
        links.push({ from: placeOf(below, each), to: column.places[unit], part: parts[each], depth: columns.length - 1 - i });
        next.set(each, Math.max(next.get(each) ?? 0, Math.abs(parts[each])));
      }
    }
    wanted = [...next].sort((a, b) => b[1] - a[1]).slice(0, 8);
  }
  return links;
}

// What every unit below (or map, or pixel) adds to a unit's sum.
function partsOf(W, width, unit, below, divisor) {
  const { values } = below, maps = below.kind === "maps" ? below.shape[2] : values.length;
  const parts = new Float64Array(maps), factor = below.kind === "picture" ? 1 / divisor : 1;
  for (let j = 0; j < values.length; j++) parts[j % maps] += values[j] * factor * W[j * width + unit];
  return parts;
}

function placeOf(column, unit) {
  if (column.kind !== "picture") return column.places[unit];
  const [x, y] = column.centre, pixel = column.size / 28;
  return [x + ((unit % 28) - 13.5) * pixel, y + (Math.floor(unit / 28) - 13.5) * pixel];
}

function drawLinks(context, links) {
  const largest = [0, 0, 0, 0, 0, 0, 0, 0].map((_, depth) => Math.max(...links.filter((each) => each.depth === depth).map(({ part }) => Math.abs(part)), 1e-9));
  const signs = { plus: `rgb(${colour("--plus").join(" ")})`, minus: `rgb(${colour("--minus").join(" ")})` };
  context.lineCap = "round";
  for (const { from, to, part, depth } of [...links].reverse()) {
    const share = Math.abs(part) / (largest[depth] ?? 1), bend = (to[0] - from[0]) * 0.45;
    context.globalAlpha = (0.18 + 0.72 * share) / (1 + 0.6 * depth);
    context.strokeStyle = part > 0 ? signs.plus : signs.minus;
    context.setLineDash(part > 0 ? [] : [5, 3]);
    context.lineWidth = 0.6 + (3.4 * share) / (1 + depth);
    context.beginPath();
    context.moveTo(...from);
    context.bezierCurveTo(from[0] + bend, from[1], to[0] - bend, to[1], ...to);
    context.stroke();
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

const seen = element("canvas", { width: 28, height: 28 }); // what the network sees, for every frame the same canvas

const COLUMNS = {
  picture(context, { values, centre: [x, y], size }) {
    context.imageSmoothingEnabled = false;
    paintPixels(seen, values, inkPaint());
    context.drawImage(seen, x - size / 2, y - size / 2, size, size);
    context.strokeStyle = `rgb(${colour("--line").join(" ")})`;
    context.lineWidth = 1;
    context.strokeRect(x - size / 2, y - size / 2, size, size);
  },
  units(context, { values, places, size }) {
    const rest = colour("--rest"), lit = colour("--lit"), cold = colour("--minus");
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9), radius = Math.max(size * 0.4, 1.2);
    places.forEach(([x, y], unit) => {
      context.fillStyle = blend(rest, values[unit] < 0 ? cold : lit, Math.abs(values[unit]) / largest);
      context.beginPath();
      context.arc(x, y, Math.min(radius, 9), 0, 2 * Math.PI);
      context.fill();
    });
  },
  maps(context, { values, places, shape: [rows, columns, maps], size }) {
    const sheet = sheetOf(values, rows, columns, maps);
    context.imageSmoothingEnabled = false;
    places.forEach(([x, y], map) => {
      context.drawImage(sheet, map * columns, 0, columns, rows, x - size / 2, y - size / 2, size, size);
    });
  },
  outputs(context, { values, places, size }) {
    const rest = colour("--rest"), lit = colour("--lit");
    context.font = "600 14px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    places.forEach(([x, y], digit) => {
      context.fillStyle = blend(rest, lit, values[digit]);
      context.beginPath();
      context.arc(x, y, size / 2, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = `rgb(${colour(values[digit] > 0.5 ? "--on-lit" : "--text").join(" ")})`;
      context.fillText(digit, x, y + 0.5);
    });
  },
};

// All maps of a layer side by side on one canvas: a canvas for each would take longer than the network does.
const sheet = document.createElement("canvas");

function sheetOf(values, rows, columns, maps) {
  const rest = colour("--rest"), largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
  const [glow, chill] = ["--lit", "--minus"].map((name) => palette((value) => colour(name).map((to, i) => rest[i] + ((to - rest[i]) * value) / 255)));
  sheet.width = columns * maps;
  sheet.height = rows;
  const context = sheet.getContext("2d"), image = context.createImageData(sheet.width, rows), pixels = new Uint32Array(image.data.buffer);
  for (let place = 0, i = 0; place < rows * columns; place++) {
    const to = Math.floor(place / columns) * sheet.width + (place % columns);
    for (let map = 0; map < maps; map++, i++) {
      const value = values[i];
      pixels[to + map * columns] = (value < 0 ? chill : glow)[Math.round((255 * Math.abs(value)) / largest)];
    }
  }
  context.putImageData(image, 0, 0);
  return sheet;
}
