// The cards of an explanation: a digit's way through the network and back, with formulas, numbers and checks.

import { element, picture, signPaint } from "./dom.js";
import { number } from "./unit.js";

export function cardOf(card, { attribution }) {
  const why = card.title.startsWith("Why");
  const shown = why ? [element("figure", { class: "why" }, picture(attribution.pixels.flat(), 28, 28, signPaint(Math.max(...attribution.pixels.flat().map(Math.abs)))),
    element("figcaption", {}, `orange for ${attribution.digit}, blue for ${attribution.other}`))] : [];
  return element("details", { class: `panel card ${card.part}`, open: why },
    element("summary", {}, element("span", { class: "part" }, card.part), card.title),
    element("p", {}, card.meaning), ...card.formulas.map((formula) => element("code", {}, formula)), ...shown,
    ...Object.entries(card.facts).map(([name, value]) => element("p", { class: "fact" }, `${name} = ${number(value)}`)),
    ...card.sums.map(sumOf),
    ...card.checks.map(({ label, gradient, difference }) => element("p", { class: "fact" }, `${label}: by the rule ${gradient.toExponential(6)}, by a tiny step ${difference.toExponential(6)}`)),
    ...(card.code ? [element("details", { class: "code" }, element("summary", {}, "the NumPy that does it"), element("pre", {}, card.code))] : []));
}

function sumOf({ symbol, terms, others, n_others: count, rest, total }) {
  const row = (name, value) => element("tr", {}, element("td", {}, name), element("td", {}, number(value)));
  return element("table", { class: "sum" }, element("caption", {}, `${symbol}, taken apart`),
    ...terms.map(({ label, factors: [one, other], value }) => row(`${label} = ${number(one)} · ${number(other)}`, value)),
    row(`${count} others together`, others), ...rest.map(([name, value]) => row(name, value)), row(symbol, total));
}
