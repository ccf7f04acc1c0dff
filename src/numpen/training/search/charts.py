"""What a search found, as charts: the front, how trials learned, and every setting beside the accuracy it came to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from numpen.evaluation.charts import BAR, BLUE, INK, MUTED, ORANGE, chart
from numpen.evaluation.page import Html
from numpen.training.search.results import Results
from numpen.training.search.trial import Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE = (11.0, 4.2)  # inches of 72 CSS pixels
BEST = 5  # trials whose lines are drawn in orange


def front_chart(results: Results) -> Html:
    """Accuracy against cost: each trial a dot, the front a line, the base a ring."""
    front, base = results.front(), results.base

    def draw(axes: "Axes") -> None:
        from matplotlib.ticker import LogLocator, NullLocator

        axes.plot(*_points(results, results.complete), linestyle="", marker="o", markersize=4, color=BLUE)
        axes.plot(*_points(results, front), color=ORANGE, marker="o", markersize=5, linewidth=1.5)
        if base:
            shape: dict[str, Any] = {"marker": "o", "markersize": 11, "markerfacecolor": "none", "color": INK}
            axes.plot(*_points(results, [base]), linestyle="", **shape)
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(lambda cost, _: f"{cost:,g}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set(ylabel="accuracy on held-out pictures, %", xlabel=_cost_name(results))
        accuracies = [100 * trial.accuracy for trial in results.complete]
        low = max(float(np.quantile(accuracies, 0.2)) - 1, 0)  # what went wrong altogether would flatten the rest
        axes.set_ylim(min(low, *(100 * trial.accuracy for trial in front)) - 0.1, max(accuracies) + 0.2)

    return chart("front", "Accuracy of each trial against what it costs", draw)


def curves_chart(results: Results) -> Html:
    """The accuracy of each trial over its epochs."""
    best = results.complete[:BEST]

    def draw(axes: "Axes") -> None:
        for trial in _last(results.trials, best):
            if trial.climb.curve:
                epochs, accuracies = zip(*trial.climb.curve, strict=True)
                colour, width = (ORANGE, 1.6) if trial in best else (BLUE, 0.8)
                axes.plot(
                    epochs,
                    100 * np.array(accuracies),
                    color=colour if trial.standing == "complete" else BAR,
                    linewidth=width,
                    marker="o",
                    markersize=2.5,
                )
        top = 100 * max((trial.accuracy for trial in results.trials), default=1)
        axes.set(xlabel="epoch", ylabel="accuracy on held-out pictures, %", ylim=(max(top - 12, 0), top + 0.5))

    return chart("curves", "The accuracy of each trial over its epochs", draw)


def settings_chart(results: Results, names: Sequence[str]) -> Html:
    """Parallel coordinates: an axis for each dial, and the last for accuracy; a line for each trial."""
    trials = [trial for trial in results.trials if trial.standing != "failed"]
    best = results.complete[:BEST]
    names = ["parameters" if name == "layers" else name for name in names]  # which have an order
    columns = [_column([_value(trial, name) for trial in trials]) for name in names]
    accuracies = np.array([100 * trial.accuracy for trial in trials])
    ranks = np.empty(len(trials))
    ranks[np.argsort(accuracies, kind="stable")] = np.linspace(0, 1, len(trials))
    spots = np.array([*(spots for spots, _, _ in columns), ranks])

    def draw(axes: "Axes") -> None:
        order = _last(range(len(trials)), [trials.index(trial) for trial in best])
        for n in order:
            colour = ORANGE if trials[n] in best else BLUE if trials[n].standing == "complete" else BAR
            width, turned = 1.8 if trials[n] in best else 0.8, np.flatnonzero(np.isfinite(spots[:, n]))
            axes.plot(turned, spots[turned, n], color=colour, linewidth=width / 2, linestyle=":")  # past the others
            axes.plot(spots[:, n], color=colour, linewidth=width)
        ends = [(low, high) for _, low, high in columns] + [(f"{accuracies.min():.1f}", f"{accuracies.max():.1f}")]
        for x, (low, high) in enumerate(ends):
            axes.axvline(x, color=MUTED, linewidth=0.6)
            axes.text(x, -0.04, low, ha="center", va="top", fontsize=8, color=MUTED)
            axes.text(x, 1.04, high, ha="center", va="bottom", fontsize=8, color=MUTED)
        axes.set_xticks(
            range(len(ends)), [*(name.replace("_", "\n") for name in names), "accuracy\n(rank)"], fontsize=9
        )
        axes.tick_params(axis="x", length=0, pad=14)
        axes.set(yticks=[], ylim=(-0.12, 1.12))
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.grid(visible=False)

    return chart("settings", "The settings of each trial and the accuracy it came to", draw, WIDE)


def _points(results: Results, trials: Sequence[Trial]) -> tuple[list[float], list[float]]:
    return [results.cost(trial) for trial in trials], [100 * trial.accuracy for trial in trials]


def _cost_name(results: Results) -> str:
    return "parameters" if results.objective == "accuracy,size" else "seconds of training, on one thread"


def _last(items: Sequence[Any], these: Sequence[Any]) -> list[Any]:
    """All items, these drawn last and so on top."""
    return [item for item in items if item not in these] + list(these)


def _value(trial: Trial, name: str) -> Any:
    return trial.climb.parameters if name == "parameters" else trial.proposal.values.get(name)


def _column(values: Sequence[Any]) -> tuple[NDArray[np.float64], str, str]:
    """Where the values of a dial lie on its axis, 0 to 1, and what its ends are called; NaN where it is not turned."""
    given = [value for value in values if value is not None]
    kinds = sorted(set(given), key=lambda value: (isinstance(value, str), value))
    numeric = all(isinstance(value, int | float) for value in kinds) and len(kinds) > 1
    place = {value: n / max(len(kinds) - 1, 1) for n, value in enumerate(kinds)}
    if numeric:
        ends = np.array([kinds[0], kinds[-1]], float)
        scale = np.log if ends[0] > 0 and ends[1] / ends[0] > 10 else np.asarray
        low, high = scale(ends)
        place = {value: float((scale(value) - low) / (high - low)) for value in kinds}
    spots = np.array([np.nan if value is None else place[value] for value in values])
    words = [_short(end) if isinstance(end, str) else _figure(end) for end in (kinds[0], kinds[-1])]
    return spots, words[0], words[1] if len(kinds) > 1 else ""


def _short(word: str) -> str:
    return word if len(word) <= 14 else f"{word[:12]}…"


def _figure(number: float) -> str:
    """A number in few letters: millions of parameters would run into the next axis."""
    return f"{number:g}" if abs(number) < 1e6 else f"{number / 1e6:.3g} M"
