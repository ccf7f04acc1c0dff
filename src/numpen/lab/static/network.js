// A network in the browser: the forward formulas of numpen.nn, one picture at a time, keeping every layer's answer.

export class Network {
  // words: what numpen.lab.weights.words says; numbers: all W and b, one after the other.
  constructor(words, numbers) {
    this.words = words;
    this.layers = words.layers;
    this.divisor = words.pixel_divisor;
    this.fill(numbers);
  }

  fill(numbers) {
    let start = 0;
    this.tensors = this.layers.map((layer) => {
      const own = {};
      for (const [symbol, shape] of Object.entries(layer.tensors)) {
        const size = shape.reduce((product, each) => product * each, 1);
        own[symbol] = numbers.subarray(start, start + size);
        start += size;
      }
      return own;
    });
  }

  // pixels: 784 numbers of ink, 0 to 255. Returns every layer's answer; the last are the probabilities.
  forward(pixels) {
    let x = Float32Array.from(pixels, (pixel) => pixel / this.divisor);
    let shape = [x.length];
    const answers = this.layers.map((layer, i) => {
      x = FORMULAS[layer.layer](x, layer, this.tensors[i], shape);
      shape = layer.shape;
      return x;
    });
    if (this.layers.at(-1).layer !== "softmax") answers.push(shared(x));
    return { input: pixels, answers, probabilities: answers.at(-1) };
  }

  probabilities(pixels) {
    return this.forward(pixels).probabilities;
  }

  // What a reader makes of a picture of which one look says `probabilities`: unless that is sure, the mean of nine
  // looks, moved by up to a pixel each way, as numpen.reading.reader has it.
  considered(pixels, probabilities, sure) {
    if (Math.max(...probabilities) >= sure) return probabilities;
    const looks = this.looks(pixels);
    return Float32Array.from(probabilities, (_, i) => mean(looks.map((look) => look[i])));
  }

  // What a network that knows what is none says of a picture: how much it looks like a digit. Of a doubt, looked at
  // `closely`, the best looks count, as numpen.reading.digitness has it.
  digitness(pixels, { no_digit: none, look_again: sure, best }, closely) {
    const once = 1 - this.probabilities(pixels)[none];
    if (once >= sure || !closely) return once;
    const looks = this.looks(pixels).map((look) => 1 - look[none]);
    return mean(looks.sort((a, b) => b - a).slice(0, best));
  }

  // The probabilities of a picture moved by up to a pixel each way, nine times.
  looks(pixels) {
    const ways = [-1, 0, 1];
    return ways.flatMap((down) => ways.map((right) => this.probabilities(moved(pixels, down, right))));
  }
}

const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

// The 28x28 pixels moved; what leaves on one side does not come back on the other.
function moved(pixels, down, right) {
  const there = new Uint8Array(pixels.length);
  for (let row = Math.max(down, 0); row < 28 + Math.min(down, 0); row++) {
    for (let column = Math.max(right, 0); column < 28 + Math.min(right, 0); column++) {
      there[28 * row + column] = pixels[28 * (row - down) + column - right];
    }
  }
  return there;
}

// What is read when the answers are these: the rules of numpen.reading.answers. `digitness` is null without the
// second network, which then has no say.
export function judge(probabilities, digitness, limits) {
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a] || a - b);
  const [first, second] = order;
  const percent = (digit) => `${Math.round(100 * probabilities[digit])} %`;
  let reason = null;
  if (digitness !== null && digitness < limits.digitness) reason = "it does not look like a digit";
  else if (probabilities[first] < limits.threshold) {
    reason = `not sure: ${first} (${percent(first)}) or ${second} (${percent(second)})`;
  }
  return { digit: reason === null ? first : null, first, second, reason, digitness, probabilities };
}

const each = (f) => (x, layer) => x.map((z) => f(z, layer));

const FORMULAS = {
  dense(x, layer, { W, b }) {
    const z = Float64Array.from(b), units = b.length;
    for (let i = 0; i < x.length; i++) {
      const xi = x[i];
      if (xi === 0) continue; // most pixels are paper, and most units of a ReLU are silent
      for (let j = 0, w = i * units; j < units; j++, w++) z[j] += xi * W[w];
    }
    return Float32Array.from(z);
  },
  convolution(x, { channels, maps, kernel, stride, padding, shape: [rows, columns] }, { W, b }, [height, width]) {
    const out = new Float32Array(rows * columns * maps), z = new Float64Array(maps);
    for (let p = 0; p < rows; p++) {
      for (let q = 0; q < columns; q++) {
        z.set(b);
        for (let i = 0; i < kernel; i++) {
          const row = p * stride + i - padding;
          if (row < 0 || row >= height) continue;
          for (let j = 0; j < kernel; j++) {
            const column = q * stride + j - padding;
            if (column < 0 || column >= width) continue;
            for (let c = 0; c < channels; c++) {
              const xi = x[(row * width + column) * channels + c];
              if (xi === 0) continue;
              for (let m = 0, w = ((i * kernel + j) * channels + c) * maps; m < maps; m++, w++) z[m] += xi * W[w];
            }
          }
        }
        out.set(z, (p * columns + q) * maps);
      }
    }
    return out;
  },
  "max-pooling"(x, { size, shape: [rows, columns, channels] }, _, [, width]) {
    const out = new Float32Array(rows * columns * channels).fill(-Infinity);
    for (let p = 0; p < rows * size; p++) {
      for (let q = 0; q < columns * size; q++) {
        const to = (Math.floor(p / size) * columns + Math.floor(q / size)) * channels, from = (p * width + q) * channels;
        for (let c = 0; c < channels; c++) out[to + c] = Math.max(out[to + c], x[from + c]);
      }
    }
    return out;
  },
  unflatten: (x) => x,
  flatten: (x) => x,
  sigmoid: each((z) => 1 / (1 + Math.exp(-z))),
  tanh: each((z) => Math.tanh(z)),
  relu: each((z) => Math.max(z, 0)),
  "leaky-relu": each((z, { slope }) => Math.max(z, slope * z)),
  elu: each((z, { alpha }) => (z > 0 ? z : alpha * Math.expm1(z))),
  softmax(x) {
    const largest = x.reduce((a, b) => Math.max(a, b));
    const e = Float64Array.from(x, (z) => Math.exp(z - largest));
    const total = e.reduce((a, b) => a + b, 0);
    return Float32Array.from(e, (value) => value / total);
  },
};

// Ten sigmoids do not add up to one; their shares do. Ten zeros are ten equal answers.
function shared(x) {
  const tiny = 1.1754943508222875e-38;
  const total = x.reduce((a, b) => a + b + tiny, 0);
  return x.map((a) => (a + tiny) / total);
}
