"""One picture followed through every layer and back, as a list of cards: the formula, the numbers, and what they mean.

A pure function of a model and a picture: the terminal, the HTML page and the browser draw what it returns.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError
from numpen.evaluation import formulas
from numpen.evaluation.attribution import Attribution, attribute, scoring_layers
from numpen.evaluation.cards import Card, Numbers, sum_of_products
from numpen.evaluation.layer_cards import LayerCards
from numpen.evaluation.walk import Walk
from numpen.models.model import Model
from numpen.nn.arrays import Array

LEARNING_RATE = 0.01


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a model says what it says about one picture, and what the picture would teach it."""

    picture: NDArray[np.uint8]  # (28, 28)
    answer: int
    truth: int
    truth_is_known: bool  # or only taken to be the answer
    outputs: Array  # (10,), what the network puts out
    scores: Array  # (10,), what the closing layer was given
    loss: float
    loss_after: float  # after one step
    learning_rate: float
    attribution: Attribution  # for the answer, against the truth or else the second-best
    cards: tuple[Card, ...]

    def at(self, layer: int) -> "Explanation":
        """Only the cards of one layer, from 1."""
        return replace(self, cards=tuple(card for card in self.cards if card.layer == layer))

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain values, as `numpen explain --json` prints it."""
        plain = ("answer", "truth", "truth_is_known", "loss", "loss_after", "learning_rate")
        arrays = ("picture", "outputs", "scores")
        return (
            {key: getattr(self, key) for key in plain}
            | {key: getattr(self, key).tolist() for key in arrays}
            | {"attribution": self.attribution.as_dict(), "cards": [card.as_dict() for card in self.cards]}
        )


def explain(
    model: Model,
    picture: NDArray[np.uint8],
    truth: int | None = None,
    *,
    layer: int | None = None,
    neuron: int | None = None,
    learning_rate: float = LEARNING_RATE,
) -> Explanation:
    """Follow a picture (28, 28) of ink 0 to 255 through the model and back; without a truth, its answer is the truth.

    With a layer (from 1), only its cards; with a neuron of it (from 0) too, its sums at length. Raises DataError
    for a picture, a truth, a layer or a neuron that cannot be.
    """
    walk = Walk(model, picture, truth)
    _check_zoom(walk, layer, neuron)
    layers = LayerCards(walk, layer, neuron)
    scores = walk.passages[len(scoring_layers(walk.network)) - 1].out
    other = walk.truth if walk.truth != walk.answer else int(np.argsort(-scores, kind="stable")[1])
    if other == walk.answer:  # scores that are all alike
        other = int(np.argsort(-scores, kind="stable")[0])
    attribution = attribute(model, picture, walk.answer, other)
    places = range(1, len(walk.passages) + 1)
    cards = [
        _input_card(walk, model.pixel_divisor),
        *map(layers.forward, places),
        _why_card(attribution, walk.x[0]),
        _loss_card(walk, *layers.symbols[-2:]),
        *map(layers.backward, reversed(places)),
        _update_card(walk, learning_rate),
    ]
    whole = Explanation(
        picture,
        walk.answer,
        walk.truth,
        truth is not None,
        walk.passages[-1].out,
        scores,
        walk.value,
        walk.loss_after(learning_rate),
        learning_rate,
        attribution,
        tuple(cards),
    )
    return whole if layer is None else whole.at(layer)


def _check_zoom(walk: Walk, layer: int | None, neuron: int | None) -> None:
    n = len(walk.passages)
    if layer is not None and not 1 <= layer <= n:
        kinds = ", ".join(f"{i} {each.layer.name}" for i, each in enumerate(walk.passages, 1))
        raise DataError(f"expected a layer from 1 to {n} ({kinds}), got {layer}")
    if neuron is None:
        return
    if layer is None:
        raise DataError(f"expected the layer of neuron {neuron} as well, got none: add its number, from 1 to {n}")
    shape = walk.passages[layer - 1].out.shape
    if len(shape) != 1:
        raise DataError(
            f"expected a layer whose neurons lie in a row, got layer {layer} ({shape}): leave the neuron out"
        )
    if not 0 <= neuron < shape[0]:
        raise DataError(f"expected a neuron of layer {layer} from 0 to {shape[0] - 1}, got {neuron}")


def _input_card(walk: Walk, divisor: float) -> Card:
    x = walk.x[0]
    inked = int(np.count_nonzero(x))
    return Card(
        "forward",
        "The picture",
        (f"x = pixels / {divisor:g}",),
        f"28 × 28 pixels in a row of 784 numbers, of which {inked} carry ink; 0 is paper.",
        numbers=(Numbers("x", "the pixels, row by row", x, ink=True),),
    )


def _why_card(why: Attribution, x: Array) -> Card:
    name, pixels = f"z[{why.digit}] - z[{why.other}]", why.pixels.reshape(-1)
    rest: tuple[tuple[str, float], ...] = (("what no pixel has", why.constant),)
    how = "Between its kinks the network is a linear map, so the parts add up exactly."
    if not why.exact:
        rest += (("remainder of the quadrature", why.remainder),)
        how = "The slopes are means along the way from a blank sheet to the picture (integrated gradients)."
    factors = x, why.slopes.reshape(-1)
    return Card(
        "forward",
        f"Why {why.digit} rather than {why.other}",
        (f"{name} = Σ x[i] slope[i] + what no pixel has",),
        f"Pixels above 0 speak for {why.digit}, those below for {why.other}. {how}",
        facts={name: why.difference, "pixels": float(pixels.sum()), "what no pixel has": why.constant},
        numbers=(Numbers("part", f"each pixel's part, for {why.digit} and against {why.other}", why.pixels),),
        sums=(sum_of_products(name, ("x[{i}]", "slope[{i}]"), factors, rest, why.difference),),
    )


def _loss_card(walk: Walk, z: str, out: str) -> Card:
    last = walk.passages[-1]
    begins, slope = (z, last.dx) if walk.loss.closing else (out, last.dout)
    assert slope is not None  # a layer that the loss does not contain has an error coming in
    return Card(
        "loss",
        "The loss",
        formulas.loss(walk.loss, z, out),
        f"The truth is {walk.truth}, to which the network gave {last.out[walk.truth]:.6f}: a loss of {walk.value:.6g}.",
        facts={"L": walk.value},
        numbers=(
            Numbers("y", "the truth", walk.y[0]),
            Numbers(out, "the answers", last.out),
            Numbers(formulas.derivative(begins), "where the way back begins", slope),
        ),
    )


def _update_card(walk: Walk, rate: float) -> Card:
    size, after = float(np.linalg.norm(walk.gradient)), walk.loss_after(rate)
    promised = rate * size**2
    verb = "lowers" if after < walk.value else "does not lower"
    return Card(
        "update",
        "One step of learning",
        ("θ ← θ - η dL/dθ", "L after ≈ L - η ‖dL/dθ‖²"),
        f"One plain step over all {walk.gradient.size:,} parameters {verb} the loss on this picture: "
        f"from {walk.value:.6g} to {after:.6g}, a fall of {walk.value - after:.4g}, "
        f"where a straight line promises {promised:.4g}.",
        facts={"η": rate, "‖dL/dθ‖": size, "L": walk.value, "L after": after},
    )
