"""The lines of NumPy behind each card of an explanation, as they stand in numpen.nn."""

import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from numpen.evaluation.cards import Card
from numpen.evaluation.walk import loss_of
from numpen.models.model import Model
from numpen.nn.layers import Layer
from numpen.nn.optimizers import GradientDescent

METHODS = {"forward": ("forward",), "backward": ("learn", "backward")}


def lines_of(card: Card, model: Model) -> str:
    """The code that does what a card tells, or nothing for a card that only looks."""
    loss = loss_of(model)
    if card.part == "loss":
        return _body(type(loss).gradient)
    if card.part == "update":
        return _body(GradientDescent.update)
    if not card.layer:
        return ""
    layer = model.network.answering[card.layer - 1]
    if card.part == "backward" and loss.closing is type(layer):
        return ""  # it is part of the loss's own derivative
    own = [getattr(type(layer), name) for name in METHODS[card.part]]
    return "\n".join(filter(None, (_body(method) for method in own if method is not Layer.learn)))


@cache
def _body(method: Callable[..., Any]) -> str:
    """The source of a method; nothing where Python was installed without it."""
    try:
        return textwrap.dedent(inspect.getsource(method)).rstrip()
    except (OSError, TypeError):
        return ""
