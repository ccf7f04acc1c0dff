// What goes wrong with a run, explained, each with a change to try. A trouble that stays is left where it is: whoever
// is about to press its button finds it there.

import { element } from "./dom.js";

export class Troubles {
  // remedy(change): the change that was chosen, by the fields of the recipe
  constructor(remedy) {
    this.remedy = remedy;
    this.element = element("div", { class: "troubles" });
    this.shown = new Map();
  }

  show(run) {
    if (this.run !== run.id) this.clear();
    this.run = run.id;
    const titles = run.troubles.map(({ title }) => title);
    for (const [title, { panel }] of this.shown) {
      if (titles.includes(title)) continue;
      panel.remove();
      this.shown.delete(title);
    }
    for (const said of run.troubles) this.tell(said);
  }

  clear() {
    this.shown.clear();
    this.element.replaceChildren();
  }

  tell({ title, words, change }) {
    if (!this.shown.has(title)) {
      const text = element("p");
      const panel = element("div", { class: "trouble panel", role: "alert" }, element("h2", {}, title), text,
        element("button", { type: "button", onclick: () => this.remedy(change) }, `Try ${told(change)}`));
      this.shown.set(title, { panel, text });
      this.element.append(panel);
    }
    const { text } = this.shown.get(title);
    if (!text.textContent) text.textContent = words; // numbers that change while one reads would be read out each time
  }
}

function told(change) {
  return Object.entries(change).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ");
}
