// What the network says: a sentence, ten bars, and an eleventh for "not a digit".

import { element } from "./dom.js";

export const percent = (share) => `${(100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 0 : 1)} %`;

export class Bars {
  constructor() {
    this.rows = Array.from({ length: 11 }, (_, i) => {
      const fill = element("span", { class: "fill" }), value = element("span", { class: "value" }, "");
      const name = i < 10 ? String(i) : "not a digit";
      const row = element("li", { class: i < 10 ? "" : "none" },
        element("span", { class: "name" }, name), element("span", { class: "track" }, fill), value);
      return { row, fill, value };
    });
    this.element = element("ol", { class: "bars", "aria-label": "How likely each digit is" },
      ...this.rows.map(({ row }) => row));
  }

  show(reading) {
    const shares = reading ? [...reading.probabilities.slice(0, 10), doubtOf(reading)] : new Array(11).fill(0);
    this.rows.forEach(({ row, fill, value }, i) => {
      fill.style.width = `${100 * shares[i]}%`;
      value.textContent = reading && (i < 10 || reading.digitness !== null) ? percent(shares[i]) : "";
      const chosen = reading && (reading.digit === null ? i === 10 && isNone(reading) : i === reading.digit);
      row.classList.toggle("chosen", Boolean(chosen));
    });
  }
}

const doubtOf = (reading) => (reading.digitness === null ? 0 : 1 - reading.digitness);
const isNone = (reading) => reading.reason.startsWith("it does not");

// One sentence for a reading; null is a blank board.
export function sentence(reading) {
  if (!reading) return "The board is blank: draw a digit.";
  const { digit, first, second, probabilities } = reading;
  if (digit === null && isNone(reading)) return `Not a digit, I think; if it is one, a ${first}.`;
  if (digit === null) return `I am not sure: ${first} (${percent(probabilities[first])}) or ${second} (${percent(probabilities[second])}).`;
  if (probabilities[second] > 0.1) return `${digit}, but ${second} is close.`;
  if (probabilities[second] > 0.02) return `${digit}; a little of it says ${second}.`;
  return probabilities[digit] > 0.995 ? `${digit}, without a doubt.` : `${digit}, quite sure.`;
}
