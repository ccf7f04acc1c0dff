// Elements of the page in a line: element("p", {class: "hint"}, "Draw a digit.").

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// A canvas as sharp as the screen: its context measures in CSS pixels.
export function sharpen(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// A colour of the style sheet as [red, green, blue]; asked for once, since it is wanted for every unit of every frame.
const colours = new Map();
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colours.clear());

export function colour(name) {
  if (!colours.has(name)) {
    const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    colours.set(name, [1, 3, 5].map((start) => parseInt(value.slice(start, start + 2), 16)));
  }
  return colours.get(name);
}

export function blend(from, to, share) {
  const mixed = from.map((value, i) => Math.round(value + (to[i] - value) * Math.min(Math.max(share, 0), 1)));
  return `rgb(${mixed.join(" ")})`;
}

// Numbers, row by row, as pixels of a canvas of their own: `paint` gives [red, green, blue] for each.
export function picture(values, width, height, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  paintPixels(canvas, values, paint);
  return canvas;
}

export function paintPixels(canvas, values, paint) {
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) {
    const [red, green, blue] = paint(values[i]);
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// Ink from 0 to `full` on paper, in the colours of the page.
export function inkPaint(full = 255) {
  const paper = colour("--paper"), ink = colour("--ink");
  return (value) => paper.map((each, i) => each + (ink[i] - each) * Math.min(value / full, 1));
}

// What `paint` gives for 0 to 255, each colour as one number that a pixel is set to at once.
export function palette(paint) {
  const bytes = new Uint8ClampedArray(4 * 256);
  for (let value = 0; value < 256; value++) bytes.set([...paint(value), 255], 4 * value);
  return new Uint32Array(bytes.buffer);
}

// Weights: orange for, blue against, the page's ground for nothing.
export function signPaint(largest) {
  const ground = colour("--paper"), plus = colour("--plus"), minus = colour("--minus");
  return (value) => {
    const share = Math.min(Math.abs(value) / (largest || 1), 1), to = value > 0 ? plus : minus;
    return ground.map((each, i) => each + (to[i] - each) * share);
  };
}

// How much larger letters are than usual, on a large screen or for somebody who wants them so: canvases grow with them.
export const enlarged = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

export const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
