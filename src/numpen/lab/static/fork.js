// The form with which a run is forked: from the moment that is looked at, with another recipe from there on if wished.

import { element } from "./dom.js";
import { fieldsFor, labelled } from "./recipe.js";

const KEYS = ["learning_rate", "optimizer", "activation", "batch_size", "l2", "dropout", "epochs"];

export class Fork {
  // forked(changes): the button was pressed, with what is to be another
  constructor(forked) {
    this.fields = fieldsFor(KEYS);
    this.button = element("button", { type: "submit" }, "Fork from here");
    this.element = element("details", { class: "fork" },
      element("summary", {}, "Fork: go another way from this moment"),
      element("form", { "aria-label": "Fork", onsubmit: (event) => { event.preventDefault(); forked(this.changes); } },
        element("p", { class: "hint" }, "A new run begins with the weights, and what the optimizer remembers, of the moment that you look at. Change something or nothing: with nothing changed it goes the very same way."),
        element("div", { class: "fields" }, ...labelled(this.fields)), this.button));
  }

  // The recipe of the run that is watched.
  fill(recipe) {
    this.recipe = recipe;
    this.longer = undefined; // the epochs that were filled in because there must be more
    for (const [key, field] of Object.entries(this.fields)) field.value = recipe[key];
  }

  // The moment that is looked at. Behind the last epoch there must be more of them; before, as many as there were.
  at(step, moment) {
    this.button.disabled = step === undefined;
    this.button.textContent = step === undefined ? "Fork from here" : `Fork from step ${step.toLocaleString("en")}`;
    if (!moment) return;
    const { epochs } = this.fields, isOver = moment.step >= moment.steps;
    if (isOver && Number(epochs.value) <= moment.epoch) epochs.value = this.longer = String(2 * moment.epoch);
    else if (!isOver && epochs.value === this.longer) epochs.value = this.recipe.epochs;
  }

  get changes() {
    const changes = {};
    for (const [key, field] of Object.entries(this.fields)) {
      const value = typeof this.recipe[key] === "number" ? Number(field.value) : field.value;
      if (value !== this.recipe[key]) changes[key] = value;
    }
    return changes;
  }
}
