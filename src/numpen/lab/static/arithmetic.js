// What one unit does with the digit on the board: its weights, what it multiplies them with, and the sum.

// The layer with weights below a layer, or -1: then the unit looks at pixels.
export function below(network, layer) {
  return network.layers.findLastIndex(({ tensors }, i) => i < layer && tensors.W);
}

// The layer whose answer is what the units of this one say: behind its activation and its pooling.
export function said(network, layer) {
  let last = layer;
  const more = (next) => next && !next.tensors.W && next.layer !== "flatten" && next.layer !== "unflatten";
  while (more(network.layers[last + 1])) last++;
  return last;
}

// The weights of a unit as pictures, one for each map it looks at, or one of pixels; null where it looks at units.
export function weightPictures(network, layer, unit) {
  const { W } = network.tensors[layer], shape = network.layers[layer].tensors.W, units = shape.at(-1);
  const lower = below(network, layer);
  let rows, columns, maps;
  if (shape.length === 4) [rows, columns, maps] = shape;
  else if (lower < 0) [rows, columns, maps] = [28, 28, 1];
  else {
    const { shape: seen } = network.layers[said(network, lower)];
    if (seen.length < 3) return null;
    [rows, columns, maps] = seen;
  }
  return Array.from({ length: maps }, (_, map) => ({ map, rows, columns,
    values: Float32Array.from({ length: rows * columns }, (__, place) => W[(place * maps + map) * units + unit]) }));
}

// z = Σ x w + b, taken apart: {parts: [{name, map, x, w, product}], bias, z, a, place}. Of a map it is the sum at the
// place where it is loudest; parts that come from one map there are taken together.
export function taken(network, layer, unit, passed) {
  const x = layer > 0 ? passed.answers[layer - 1] : passed.input.map((value) => value / network.divisor);
  const about = network.layers[layer], { b } = network.tensors[layer], answers = passed.answers;
  const place = about.layer === "convolution" ? loudest(about, unit, answers[layer]) : null;
  const parts = place ? partsAt(network, layer, unit, x, place) : partsOf(network, layer, unit, x);
  const z = parts.reduce((sum, { product }) => sum + product, 0) + b[unit];
  const last = said(network, layer), pooled = network.layers[last].shape.length === 3 && network.layers[last].shape[1] !== about.shape[1];
  const at = place ? (place.row * about.shape[1] + place.column) * b.length + unit : unit;
  return { parts, bias: b[unit], z, a: last > layer && !pooled ? answers[last][at] : null, activation: network.layers[layer + 1]?.layer, place };
}

function loudest({ shape: [rows, columns, maps] }, unit, answer) {
  let best = 0;
  for (let at = 1; at < rows * columns; at++) if (answer[at * maps + unit] > answer[best * maps + unit]) best = at;
  return { row: Math.floor(best / columns), column: best % columns };
}

function partsOf(network, layer, unit, x) {
  const { W } = network.tensors[layer], units = network.layers[layer].tensors.W[1], lower = below(network, layer);
  const seen = lower < 0 ? [28, 28, 1] : network.layers[said(network, lower)].shape;
  return Array.from(x, (value, i) => ({ ...named(i, seen, lower < 0), x: value, w: W[i * units + unit], product: value * W[i * units + unit] }));
}

function named(i, [, columns, maps], ofPixels) {
  if (columns === undefined) return { name: `unit ${i}`, map: i };
  const map = i % maps, at = Math.floor(i / maps), where = `(${Math.floor(at / columns)}, ${at % columns})`;
  return ofPixels ? { name: `pixel ${where}`, map: null } : { name: `map ${map} at ${where}`, map };
}

// What a map multiplies at one place: each pixel of the patch, or each map below with all of its patch.
function partsAt(network, layer, unit, x, { row, column }) {
  const { channels, kernel, stride, padding } = network.layers[layer], { W } = network.tensors[layer];
  const maps = network.layers[layer].tensors.W[3], lower = below(network, layer);
  const [height, width] = lower < 0 ? [28, 28] : network.layers[said(network, lower)].shape;
  const parts = [];
  for (let i = 0; i < kernel; i++) {
    for (let j = 0; j < kernel; j++) {
      const r = row * stride + i - padding, c = column * stride + j - padding, inside = r >= 0 && c >= 0 && r < height && c < width;
      for (let channel = 0; channel < channels; channel++) {
        const value = inside ? x[(r * width + c) * channels + channel] : 0, w = W[((i * kernel + j) * channels + channel) * maps + unit];
        parts.push({ name: channels === 1 ? `pixel (${r}, ${c})` : `map ${channel}`, map: lower < 0 ? null : channel, x: value, w, product: value * w });
      }
    }
  }
  return channels === 1 ? parts : together(parts, channels);
}

function together(parts, channels) {
  const sums = Array.from({ length: channels }, (_, map) => ({ name: `map ${map}`, map, product: 0 }));
  for (const { map, product } of parts) sums[map].product += product;
  return sums;
}
