// Drawn ink to the MNIST frame: number for number what numpen.pictures.framing and cleaning.thicken do in Python.
// Ink is {data: Float32Array, width, height}, row by row, 0 paper to 1 full ink.

const BOX = 20;
const SIDE = 28;
const MIDDLE = 14.5;
const STROKE = 1 / 10; // of the digit's longer side

// Python rounds halves to the even neighbour
export function roundEven(x) {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

export function inkOf(bytes, width, height) {
  const data = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) data[i] = bytes[i] / 255;
  return { data, width, height };
}

// Every stage from ink to the frame; null for a blank sheet. Stages named in `skipped` are left out, to see what they
// are for: nothing is cut out, no stroke made thicker, no edge kept free, or the middle is that of the box.
export function prepare(ink, skipped = new Set()) {
  const cut = crop(ink);
  if (cut === null) return null;
  const digit = skipped.has("digit") ? ink : cut;
  const thick = skipped.has("thick") ? digit : thicken(digit, STROKE * Math.max(digit.width, digit.height));
  const box = shrink(thick, skipped.has("box") ? SIDE : BOX);
  return { digit, thick, box, frame: skipped.has("frame") ? inTheMiddle(box) : centre(box) };
}

export function crop({ data, width, height }) {
  let top = height, bottom = -1, left = width, right = -1;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (data[row * width + column] === 0) continue;
      if (row < top) top = row;
      bottom = row;
      if (column < left) left = column;
      if (column > right) right = column;
    }
  }
  if (bottom < 0) return null;
  const w = right - left + 1, h = bottom - top + 1;
  const part = new Float32Array(w * h);
  for (let row = 0; row < h; row++) {
    const start = (top + row) * width + left;
    part.set(data.subarray(start, start + w), row * w);
  }
  return { data: part, width: w, height: h };
}

// Twice the area over the length of the outline.
export function strokeWidth({ data, width, height }) {
  let area = 0, outline = 0;
  const inside = (row, column) =>
    row >= 0 && column >= 0 && row < height && column < width && data[row * width + column] > 0.5 ? 1 : 0;
  for (let row = 0; row <= height; row++) {
    for (let column = 0; column <= width; column++) {
      const here = inside(row, column);
      area += here;
      outline += (here ^ inside(row - 1, column)) + (here ^ inside(row, column - 1));
    }
  }
  return (2 * area) / Math.max(outline, 1);
}

export function thicken(ink, wanted) {
  const missing = roundEven((wanted - strokeWidth(ink)) / 2);
  if (missing < 1) return ink;
  const width = ink.width + 2 * missing, height = ink.height + 2 * missing;
  const wide = new Float32Array(width * height);
  for (let row = 0; row < ink.height; row++) {
    wide.set(ink.data.subarray(row * ink.width, (row + 1) * ink.width), (row + missing) * width + missing);
  }
  const along = largestAround(wide, height, width, width, 1, missing);
  return { data: largestAround(along, width, height, 1, width, missing), width, height };
}

// In each of `lines` lines of `length` numbers, the largest within `reach` on both sides.
function largestAround(data, lines, length, lineStep, step, reach) {
  const out = new Float32Array(data.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      let largest = 0;
      const last = Math.min(i + reach, length - 1);
      for (let j = Math.max(i - reach, 0); j <= last; j++) {
        const value = data[line * lineStep + j * step];
        if (value > largest) largest = value;
      }
      out[line * lineStep + i * step] = largest;
    }
  }
  return out;
}

export function shrink(ink, side) {
  const scale = side / Math.max(ink.height, ink.width);
  const width = Math.max(1, roundEven(ink.width * scale)), height = Math.max(1, roundEven(ink.height * scale));
  const small = resample(ink, width, height, scale < 1 ? BOXED : BICUBIC);
  return { width, height, data: small.data.map((v) => Math.min(Math.max(v, 0), 1)) };
}

// Pillow's two filters (its src/libImaging/Resample.c) and how far each reaches.
const BOXED = { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
const BICUBIC = {
  support: 2,
  weight(x) {
    const a = -0.5;
    x = Math.abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  },
};

function resample({ data, width, height }, newWidth, newHeight, filter = BOXED) {
  let now = data;
  if (newWidth !== width) now = stretch(now, height, width, newWidth, width, newWidth, 1, filter);
  if (newHeight !== height) now = stretch(now, newWidth, height, newHeight, 1, 1, newWidth, filter);
  return { data: now, width: newWidth, height: newHeight };
}

// Each of `lines` lines of `from` numbers becomes one of `to`: a line's start is its number times lineIn or lineOut.
function stretch(data, lines, from, to, lineIn, lineOut, step, filter) {
  const out = new Float32Array(lines * to);
  const scale = from / to, filterScale = Math.max(scale, 1), support = filter.support * filterScale;
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - support + 0.5), 0);
    const count = Math.min(Math.trunc(centre + support + 0.5), from) - first;
    const weights = Array.from({ length: count }, (_, x) => filter.weight((x + first - centre + 0.5) / filterScale));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let line = 0; line < lines; line++) {
      let sum = 0;
      for (let x = 0; x < count; x++) sum += data[line * lineIn + (first + x) * step] * (weights[x] / total);
      out[line * lineOut + i * step] = sum;
    }
  }
  return out;
}

// The centre of mass goes to [14, 14]. The sums are added up in NumPy's order, since half a pixel may hang on the
// last bit of a symmetrical drawing.
export function centre({ data, width, height }) {
  const mass = pairwiseSum(data, 0, data.length) || 1;
  let rowMoment = 0, columnMoment = 0;
  const columns = new Float32Array(width);
  for (let row = 0; row < height; row++) {
    rowMoment += pairwiseSum(data, row * width, width) * (row + 0.5);
    for (let column = 0; column < width; column++) columns[column] += data[row * width + column];
  }
  for (let column = 0; column < width; column++) columnMoment += columns[column] * (column + 0.5);
  const place = (moment, size) => Math.min(Math.max(roundEven(MIDDLE - moment / mass), 0), SIDE - size);
  return framed({ data, width, height }, place(rowMoment, height), place(columnMoment, width));
}

function inTheMiddle(box) {
  return framed(box, Math.floor((SIDE - box.height) / 2), Math.floor((SIDE - box.width) / 2));
}

function framed({ data, width, height }, top, left) {
  const frame = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      frame[(top + row) * SIDE + left + column] = roundEven(Math.fround(data[row * width + column] * 255));
    }
  }
  return frame;
}

function pairwiseSum(data, start, count) {
  const add = (a, b) => Math.fround(a + b);
  if (count < 8) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = add(sum, data[start + i]);
    return sum;
  }
  if (count > 128) {
    const half = Math.floor(count / 2), even = half - (half % 8);
    return add(pairwiseSum(data, start, even), pairwiseSum(data, start + even, count - even));
  }
  const r = Array.from(data.subarray(start, start + 8));
  let i = 8;
  for (; i < count - (count % 8); i += 8) for (let j = 0; j < 8; j++) r[j] = add(r[j], data[start + i + j]);
  let sum = add(add(add(r[0], r[1]), add(r[2], r[3])), add(add(r[4], r[5]), add(r[6], r[7])));
  for (; i < count; i++) sum = add(sum, data[start + i]);
  return sum;
}
