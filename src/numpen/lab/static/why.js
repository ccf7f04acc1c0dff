// Why this digit rather than another: which ink speaks for the one and which for the other, adding up to the score.

import { element, paintPixels, signPaint } from "./dom.js";
import { postBytes } from "./wire.js";

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const ROWS = ["top", "middle", "bottom"], COLUMNS = ["left", "middle", "right"];

export class Why {
  constructor(say) {
    this.say = say;
    this.canvas = element("canvas", { width: 28, height: 28, role: "img" });
    this.rival = element("select", { "aria-label": "rather than", onchange: () => this.ask(Number(this.rival.value)) });
    this.question = element("span");
    this.words = element("p", { class: "hint" });
    this.element = element("figure", { class: "why-not", hidden: true }, this.canvas,
      element("figcaption", {}, element("p", {}, this.question, this.rival, "?"), this.words));
  }

  hide() {
    this.reading = null;
    this.element.hidden = true;
  }

  // reading and frame are those of the board. What stands here stays, question and all, until its successor has been
  // worked out, since an answer under another question would be wrong; `aria-busy` says that it is of an earlier board.
  show(path, reading, frame) {
    const { first, probabilities } = reading;
    Object.assign(this, { path, reading, frame });
    this.others = [...probabilities.keys()].filter((digit) => digit !== first).sort((a, b) => probabilities[b] - probabilities[a]);
    return this.ask(this.others[0]);
  }

  async ask(other) {
    const { reading } = this, { first } = reading, asked = (this.asked = {});
    if (other === first) return; // the digit that was chosen before the board changed
    this.element.setAttribute("aria-busy", "true");
    try {
      const { pixels, constant, remainder, difference } = await postBytes(this.path, Uint8Array.of(...this.frame, first, other));
      if (this.asked !== asked || this.reading !== reading) return;
      this.question.textContent = `Why ${first} rather than `;
      this.rival.replaceChildren(...this.others.map((digit) => element("option", { value: digit, selected: digit === other }, digit)));
      const parts = pixels.flat(), ink = parts.reduce((sum, part) => sum + part, 0);
      paintPixels(this.canvas, parts, signPaint(Math.max(...parts.map(Math.abs))));
      const where = decider(parts);
      this.canvas.setAttribute("aria-label", `Which ink speaks for ${first}, and which for ${other}: ${where} says most`);
      this.words.textContent = `Orange ink speaks for ${first}, blue for ${other}; the ${where} says most. Ink ${signed(ink)}, what no ink has ${signed(constant)}`
        + `${Math.abs(remainder) < 0.005 ? "" : `, missed ${signed(remainder)}`}: together ${signed(difference)}, the score of ${first} less that of ${other}.`;
      this.element.hidden = false;
      this.element.setAttribute("aria-busy", "false");
      this.element.dataset.parts = JSON.stringify([ink, constant, remainder, difference]);
    } catch (error) {
      this.say(error.message);
    }
  }
}

// Which ninth of the ink's box has the largest part.
function decider(parts) {
  const inked = [...parts.keys()].filter((i) => parts[i] !== 0), rows = inked.map((i) => Math.floor(i / 28)), columns = inked.map((i) => i % 28);
  const third = (all, value) => { const low = Math.min(...all); return Math.min(Math.floor((3 * (value - low)) / (Math.max(...all) - low + 1)), 2); };
  const sums = new Float64Array(9);
  inked.forEach((i, n) => { sums[3 * third(rows, rows[n]) + third(columns, columns[n])] += parts[i]; });
  const most = sums.reduce((best, value, ninth) => (Math.abs(value) > Math.abs(sums[best]) ? ninth : best), 0);
  const row = ROWS[Math.floor(most / 3)], column = COLUMNS[most % 3];
  return row === column ? "middle" : column === "middle" ? row : row === "middle" ? column : `${row} ${column}`;
}
