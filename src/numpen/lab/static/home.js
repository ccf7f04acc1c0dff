// The page that is taken home: the drawing room with the weights that lie in this very file.

import { bytesOf, element } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Network } from "./network.js";

// Weights as floats again; every tensor starts at a multiple of four bytes.
function unpacked({ words, kind, weights }) {
  const bytes = bytesOf(weights), parts = [];
  let start = 0;
  for (const layer of words.layers) {
    for (const shape of Object.values(layer.tensors)) {
      const size = shape.reduce((a, b) => a * b, 1), units = shape.at(-1);
      if (kind === "int8" && shape.length > 1) {
        const scales = new Float32Array(bytes.buffer, start, units);
        const steps = new Int8Array(bytes.buffer, start + 4 * units, size);
        parts.push(Float32Array.from(steps, (step, i) => step * scales[i % units]));
        start += 4 * units + Math.ceil(size / 4) * 4;
      } else if (kind === "float16") {
        parts.push(Float32Array.from(new Uint16Array(bytes.buffer, start, size), fromHalf));
        start += Math.ceil(size / 2) * 4;
      } else {
        parts.push(new Float32Array(bytes.buffer, start, size));
        start += 4 * size;
      }
    }
  }
  const numbers = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  parts.reduce((at, part) => { numbers.set(part, at); return at + part.length; }, 0);
  return new Network(words, numbers);
}

// IEEE 754 binary16: a sign, five bits of exponent, ten of fraction.
function fromHalf(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const drawing = new Drawing({ network: unpacked(DATA.network), doubt: unpacked(DATA.doubt), limits: DATA.limits });
document.querySelector("#main").append(drawing.element);
document.querySelector("#footer").append(...DATA.footer.map((line) => element("p", {}, line)));
window.numpen = drawing; // for whoever wants to ask it from the console
