// The curves of one run, or of two: loss and accuracy over steps, drawn by uPlot.

import { element } from "./dom.js";

const HEIGHT = 190;
let loaded;

// uPlot is an ordinary script with a style sheet; both come when a curve is first wanted.
function load() {
  loaded ??= new Promise((resolve, reject) => {
    document.head.append(element("link", { rel: "stylesheet", href: "/static/vendor/uplot.css" }));
    document.head.append(element("script", { src: "/static/vendor/uplot.js", onload: resolve, onerror: reject }));
  });
  return loaded;
}

const shown = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Curves {
  // lines: [label, colour variable, dash, value of a moment]
  constructor(title, lines, range) {
    Object.assign(this, { lines, range, at: null });
    this.place = element("div", { class: "curve" });
    this.element = element("figure", { class: "panel" }, element("figcaption", {}, title), this.place);
    new ResizeObserver(() => this.plot?.setSize({ width: this.place.clientWidth, height: HEIGHT })).observe(this.place);
  }

  async show(runs) {
    await load();
    this.forked = runs.length > 1 ? runs[0].parent?.step : undefined; // where the two went apart
    const tables = runs.map(({ moments }) => [moments.map(({ step }) => step), ...this.lines.map(([, , , value]) => moments.map((moment) => value(moment) ?? null))]);
    const data = tables.length > 1 ? window.uPlot.join(tables) : tables[0] ?? [[]];
    if (this.names !== runs.map(({ id }) => id).join()) {
      this.names = runs.map(({ id }) => id).join();
      this.plot?.destroy();
      this.plot = new window.uPlot(this.options(runs), data, this.place);
    } else this.plot.setData(data);
  }

  // A moment that is looked at, as a line across the curves.
  mark(step) {
    this.at = step;
    this.plot?.redraw(false);
  }

  options(runs) {
    const axis = { stroke: shown("--muted"), grid: { stroke: shown("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    const series = runs.flatMap(({ id }, which) => this.lines.map(([label, variable, dash]) => ({
      label: runs.length > 1 ? `${id} ${label}` : label, stroke: shown(variable), width: which === 0 ? 2 : 1.2,
      dash: which === 0 ? dash : [2, 4], spanGaps: true, points: { show: false },
    })));
    return {
      width: this.place.clientWidth || 400, height: HEIGHT, legend: { live: true }, cursor: { y: false },
      scales: { x: { time: false }, y: { range: this.range } },
      axes: [{ ...axis, size: 30 }, { ...axis, size: 46 }], series: [{ label: "step" }, ...series],
      hooks: { draw: [(plot) => this.drawMark(plot)] },
    };
  }

  drawMark(plot) {
    this.drawLine(plot, this.forked, "--muted", [3, 5]);
    this.drawLine(plot, this.at, "--text", []);
  }

  drawLine(plot, step, variable, dash) {
    if (step === null || step === undefined) return;
    const x = plot.valToPos(step, "x", true), { top, height } = plot.bbox;
    plot.ctx.save();
    plot.ctx.strokeStyle = shown(variable);
    plot.ctx.lineWidth = 2;
    plot.ctx.setLineDash(dash);
    plot.ctx.beginPath();
    plot.ctx.moveTo(x, top);
    plot.ctx.lineTo(x, top + height);
    plot.ctx.stroke();
    plot.ctx.restore();
  }
}
