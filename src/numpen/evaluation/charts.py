"""Charts as SVG that lies in a page and takes its colours from it, so that they can be read in light and dark."""

import html
import io
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from numpen.errors import OutputError
from numpen.evaluation.metrics import Reliability
from numpen.evaluation.page import Html

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# what matplotlib draws in, and what stands there in the page: a colour of page.css
INK, MUTED, LINE, BLUE, ORANGE, BAR = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
IN_PAGE = {INK: "ink", MUTED: "muted", LINE: "line", BLUE: "blue", ORANGE: "orange", BAR: "bar"}
SIZE = (5.0, 3.5)  # inches of 72 CSS pixels: as wide as a phone, so that letters keep their size there
STYLE = {
    "svg.fonttype": "none",  # letters stay letters
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
}


def reliability_chart(found: Reliability) -> Html:
    """How often the model is right against how sure it is, with the number of answers on each bar."""

    def draw(axes: "Axes") -> None:
        left, width = found.edges[:-1], np.diff(found.edges)
        some = found.counts > 0
        axes.bar(left[some], found.accuracy[some], width[some] * 0.94, align="edge", color=BAR)
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        axes.plot(found.confidence[some], found.accuracy[some], color=BLUE, marker="o", markersize=4, linewidth=1.5)
        for x, y, count in zip(left[some] + width[some] / 2, found.accuracy[some], found.counts[some], strict=True):
            axes.text(x, 0.03, f"{count:,}", ha="center", fontsize=8, rotation=90 if y > 0.3 else 0)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="how sure it is", ylabel="how often it is right")

    return chart("reliability", "How often the answers are right against how sure the model is", draw)


def history_chart(epochs: Sequence[float], losses: Sequence[float], accuracies: Sequence[float]) -> Html:
    """The loss of each epoch and, where pictures were held out, the accuracy on them."""

    def draw(axes: "Axes") -> None:
        from matplotlib.ticker import MaxNLocator

        axes.plot(epochs, losses, color=BLUE, marker="o", markersize=3.5, linewidth=1.5)
        axes.set(xlabel="epoch", ylim=(0, None))
        axes.set_ylabel("loss in training", color=BLUE)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if accuracies:
            beside = axes.twinx()
            beside.plot(epochs, accuracies, color=ORANGE, marker="s", markersize=3.5, linewidth=1.5)
            beside.set_ylabel("accuracy on held-out pictures", color=ORANGE)
            beside.grid(visible=False)

    return chart("history", "The loss and the held-out accuracy of each epoch", draw)


def chart(name: str, words: str, draw: "Callable[[Axes], None]", size: tuple[float, float] = SIZE) -> Html:
    """The SVG of what `draw` draws, so many inches wide and high; raises OutputError without matplotlib.

    Colours are those above, which the page replaces by its own.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise OutputError('expected matplotlib for the charts, got none: pip install "numpen[plots]"') from error
    options: Any = STYLE | {"svg.hashsalt": name}  # the same chart has the same bytes
    with matplotlib.rc_context(options):
        figure = Figure(size, layout="constrained")
        draw(figure.add_subplot())
        svg = io.StringIO()
        figure.savefig(svg, format="svg", transparent=True, metadata={"Date": None})
    return _in_page(svg.getvalue(), name, words)


def _in_page(svg: str, name: str, words: str) -> Html:
    """A whole SVG file as an element of a page: without addresses, in the page's letters and colours."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    width, height = (match[1] for match in re.finditer(r'(?:width|height)="([\d.]+)pt"', svg[:400]))
    opening = f'<svg class="chart" role="img" aria-label="{html.escape(words)}" viewBox="0 0 {width} {height}">'
    svg = opening + svg[svg.index(">") + 1 :]
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"font: [^;\"]*?([\d.]+px)[^;\"]*", r"font-size: \1", svg)
    for colour, variable in IN_PAGE.items():
        svg = svg.replace(colour, f"var(--{variable})")
    referred = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', svg))
    svg = re.sub(r' id="([\w.-]+)"', lambda match: match[0] if match[1] in referred else "", svg)
    for each in referred:  # two charts of one page must not share a name
        svg = re.sub(rf'(id="|href="#|url\(#){each}\b', rf"\1{name}-{each}", svg)
    return Html(svg)
