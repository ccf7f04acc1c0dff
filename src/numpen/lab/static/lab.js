// The lab's page: which room is open (it stands in the address), which network is looked at, and what all rooms share.

import { element } from "./dom.js";
import { DrawRoom } from "./draw.js";
import { Network } from "./network.js";
import { getJson, getNumbers, post } from "./wire.js";

const ROOMS = {
  draw: async () => DrawRoom,
  train: async () => (await import("./train.js")).TrainRoom,
  mistakes: async () => (await import("./mistakes.js")).MistakesRoom,
  inside: async () => (await import("./inside.js")).InsideRoom,
  read: async () => (await import("./read.js")).ReadRoom,
};
const MOST_PINS = 6;

class Lab {
  async open() {
    this.rooms = {};
    this.pins = [];
    this.main = document.querySelector("#main");
    this.select = document.querySelector("#model");
    const [state, doubt] = await Promise.all([getJson("/api/lab"), networkFrom("/api/doubt")]);
    Object.assign(this, { recipes: state.recipes, limits: state.limits, corrections: state.corrections, doubt });
    await this.refresh(state);
    this.select.addEventListener("change", () => this.choose(this.select.value));
    document.querySelector("#copy").addEventListener("click", () => this.copy());
    await this.choose(this.models[0].id);
    addEventListener("hashchange", () => this.go());
    await this.go();
  }

  // What is on the shelf may have changed: a run has become a model.
  async refresh(state) {
    this.models = [...(state ?? (await getJson("/api/lab"))).models, ...(this.edited ? [this.edited] : [])];
    this.list();
  }

  list() {
    this.select.replaceChildren(...this.models.map(({ id, title, layers, accuracy }) => element("option",
      { value: id, selected: id === this.model?.id },
      `${title} · ${layers}${accuracy ? ` · ${(100 * accuracy).toFixed(2)} %` : ""}`)));
  }

  async choose(id) {
    this.model = this.models.find((each) => each.id === id) ?? this.models[0];
    this.select.value = this.model.id;
    const home = document.querySelector("#home");
    home.href = `/api/models/${this.model.id}/page.html`;
    this.own = await networkFrom(`/api/models/${this.model.id}`);
    const { of } = this.model;
    if (!of) this.unedited = { id: this.model.id, network: this.own };
    else if (this.unedited.id !== of) this.unedited = { id: of, network: await networkFrom(`/api/models/${of}`) };
    this.show(this.own, null);
    for (const room of Object.values(this.rooms)) room.chosen?.();
  }

  // The model that was trained, where an edited copy of it is chosen.
  get trained() {
    return this.models.find(({ id }) => id === this.model.of) ?? this.model;
  }

  // A copy of the trained model with edits is chosen in its place; without any, the model itself.
  async edit(edits) {
    const of = this.trained.id, any = edits.off.length + edits.bias.length > 0;
    const copy = any ? { ...(await post(`/api/models/${of}/edited`, edits)), of, edits } : null;
    this.models = [...this.models.filter((each) => each !== this.edited), ...(copy ? [copy] : [])];
    this.edited = copy;
    this.list();
    await this.choose(copy?.id ?? of);
  }

  // Everything that shows a network shows this one: a model from the shelf, or a moment of a run, which is named.
  show(network, watched) {
    this.network = network;
    this.watched = watched;
    this.rooms.draw?.drawing.setNetwork(network);
  }

  async go() {
    const [name, query] = location.hash.slice(1).split("?");
    const room = name in ROOMS ? name : "draw";
    try {
      this.rooms[room] ??= new (await ROOMS[room]())(this);
    } catch (error) {
      this.say(error.message);
      return;
    }
    if (this.room && this.room !== this.rooms[room]) this.room.leave?.();
    this.room = this.rooms[room];
    for (const link of document.querySelectorAll(".top nav a")) {
      if (link.hash === `#${room}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${room[0].toUpperCase()}${room.slice(1)} · numpen lab`;
    if (this.room.element.parentElement !== this.main) this.main.replaceChildren(this.room.element);
    const params = new URLSearchParams(query);
    this.showPanels(params.get("panels"));
    await this.room.enter(params);
    if (this.room === this.rooms[room]) this.main.dataset.room = room; // and not left again meanwhile
  }

  // A lesson shows the panels that its link names, panels=map,pictures, and no others.
  showPanels(names) {
    this.lesson = names ? `&panels=${names}` : "";
    for (const panel of this.room.element.querySelectorAll("[data-panel]")) panel.hidden = Boolean(names) && !names.split(",").includes(panel.dataset.panel);
  }

  // A picture of 28x28 bytes goes to the board, with all its tools.
  async openOnBoard(frame) {
    this.rooms.draw ??= new DrawRoom(this);
    this.rooms.draw.drawing.board.setFrame(frame);
    location.hash = "#draw";
  }

  get frame() {
    return this.rooms.draw?.drawing.frame;
  }

  lookInside(column, unit) {
    if (column.kind !== "outputs" && column.kind !== "picture") location.hash = `#inside?layer=${column.layer}&unit=${unit}`;
  }

  pin(frame) {
    if (!frame) return;
    this.pins = [...this.pins, frame].slice(-MOST_PINS);
    this.say(`Pinned: ${this.pins.length} of ${MOST_PINS}. The Train room follows what a network in training says to it.`);
    this.rooms.train?.pinned();
  }

  async copy() {
    const command = this.room.command();
    await navigator.clipboard.writeText(command).catch(() => {});
    this.say(`Copied: ${command}`);
  }

  say(words) {
    const message = document.querySelector("#message");
    message.textContent = words;
    message.hidden = false;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => { message.hidden = true; }, 6000);
  }
}

async function networkFrom(path) {
  const [words, numbers] = await Promise.all([getJson(path), getNumbers(`${path}/weights`)]);
  return new Network(words, numbers);
}

const lab = new Lab();
lab.open().catch((error) => lab.say(error.message));
