"""Curves as PNG, drawn by matplotlib (the extra `numpen[plots]`)."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpen.errors import OutputError
from numpen.training.learning_rate_finder import Point

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure() -> "Figure":
    """An empty figure of 800x500 pixels; raises OutputError without matplotlib."""
    try:
        from matplotlib.figure import Figure  # the objects alone: no window, no state
    except ImportError as error:
        raise OutputError("expected matplotlib to plot with, got none: pip install 'numpen[plots]'") from error
    return Figure(figsize=(8, 5), dpi=100, layout="constrained")


def learning_rates(figure: "Figure", points: Sequence[Point], suggestion: float | None) -> bytes:
    """Loss, and accuracy where there is one, by the learning rate, as PNG."""
    losses = figure.subplots()
    tested = [(point.learning_rate, point.loss) for point in points if point.loss is not None]
    losses.plot(*zip(*tested, strict=True), marker=".", label="loss")
    losses.set(xlabel="learning rate", ylabel="loss")
    judged = [(point.learning_rate, 100 * point.accuracy) for point in points if point.accuracy is not None]
    if judged:
        accuracies = losses.twinx()
        accuracies.plot(*zip(*judged, strict=True), "C1.--")
        accuracies.set_ylabel("held-out pictures read right, % (dashed)")
    else:
        losses.set_xscale("log")
    if suggestion is not None:  # there is at least one loss
        losses.axvline(suggestion, color="grey", linestyle=":", label=f"suggestion {suggestion:.3g}")
        losses.legend()
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()
