// The form in which a run is made: a recipe that ships, and what is changed of it.

import { element } from "./dom.js";

const CHOICES = {
  activation: ["relu", "leaky-relu", "elu", "sigmoid", "tanh"],
  optimizer: ["nesterov", "momentum", "gradient-descent", "rmsprop", "adam", "adamw"],
};
const LABELS = {
  layers: "Layers", activation: "Activation", optimizer: "Optimizer", learning_rate: "Learning rate",
  batch_size: "Batch", epochs: "Epochs", l2: "L2", seed: "Seed", dropout: "Dropout",
};
const FIELDS = ["layers", "activation", "optimizer", "learning_rate", "batch_size", "epochs", "l2", "seed"];
const HINTS = { layers: "784-256-10; or 784-16c5s2-32c5s2-64-10, with convolutions" };

// An input or a choice for each of a recipe's fields.
export function fieldsFor(keys) {
  return Object.fromEntries(keys.map((key) => [key, key in CHOICES
    ? element("select", {}, ...CHOICES[key].map((choice) => element("option", {}, choice)))
    : element("input", { type: "text", inputmode: key === "layers" ? "text" : "decimal", title: HINTS[key], spellcheck: "false" })]));
}

export const labelled = (fields) => Object.entries(fields).map(([key, field]) => element("label", { class: key }, LABELS[key], field));

export class RecipeForm {
  constructor(recipes, started) {
    this.recipes = recipes;
    this.name = element("select", { onchange: () => this.fill() },
      ...recipes.map(({ name, summary }) => element("option", { value: name, title: summary }, name)));
    this.fields = fieldsFor(FIELDS);
    this.summary = element("p", { class: "hint" });
    this.element = element("form", { class: "recipe panel", "aria-label": "Recipe" }, element("h2", {}, "Recipe"),
      element("label", {}, "Start from", this.name), this.summary, element("div", { class: "fields" }, ...labelled(this.fields)),
      element("button", { class: "primary", type: "submit" }, "Train"));
    this.element.addEventListener("submit", (event) => { event.preventDefault(); started(); });
    if (recipes.some(({ name }) => name === "fast")) this.name.value = "fast";
    this.fill();
  }

  get recipe() {
    return this.recipes.find(({ name }) => name === this.name.value);
  }

  fill(changes = {}) {
    this.summary.textContent = this.recipe.summary;
    for (const [key, field] of Object.entries(this.fields)) field.value = changes[key] ?? this.recipe[key];
  }

  // From the address: #train?recipe=fast&learning_rate=1
  take(params) {
    const name = params.get("recipe");
    if (this.recipes.some((each) => each.name === name)) this.name.value = name;
    if ([...params.keys()].length) this.fill(Object.fromEntries(params));
  }

  // What differs from the recipe, as the recipe's fields say it.
  get changes() {
    const changes = {};
    for (const [key, field] of Object.entries(this.fields)) {
      const own = this.recipe[key], value = typeof own === "number" ? Number(field.value) : field.value.trim();
      if (value !== own) changes[key] = value;
    }
    return changes;
  }

  get command() {
    const options = Object.entries(this.changes).map(([key, value]) => `--${key.replaceAll("_", "-")} ${value}`);
    return ["numpen train --recipe", this.name.value, "--validation 5000", ...options].join(" ");
  }

  get address() {
    return `#train?${new URLSearchParams({ recipe: this.name.value, ...this.changes })}`;
  }
}
