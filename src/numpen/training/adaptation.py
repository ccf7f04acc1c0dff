"""Adaptation: a trained network learns a hand, from few pictures of it, while it rehearses what it can already.

Every batch has some of one's own pictures among pictures that are rehearsed, all of them distorted, so that none is
learnt by heart. What is asked about a rehearsed one lies halfway between its label and what the network said before
it was adapted (Li & Hoiem 2016, "Learning without forgetting"): it stays what it was where nobody corrected it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any

import numpy as np
from numpy.random import Generator

from numpen.digits.augmentation import Augmentation
from numpen.digits.batches import Batches
from numpen.digits.dataset import Dataset
from numpen.digits.distortions import Distortions
from numpen.errors import DivergenceError, ModelFileError, RecipeError
from numpen.models.model import Model
from numpen.nn.losses import Loss, SigmoidCrossEntropy, SoftmaxCrossEntropy
from numpen.nn.network import Network, layers_from
from numpen.nn.optimizers import Adam
from numpen.nn.schedules import cosine
from numpen.training.cross_validation import folds
from numpen.version import __version__
from numpen.workers.local import on_all_cores

OWN, REHEARSED = 32, 96  # pictures in a batch, of one's own at most
LOOKS = 40  # at each of one's own pictures, about; few of them are soon learnt by heart, distorted or not
LEAST, FOR_EACH = 12_000, 6  # rehearsed pictures, and for each of one's own if that is more
DISTORTIONS = "shift(1) rotate(8) scale(0.1) shear(0.15) elastic(20,4) thickness(0.4) blur(0.3)"
LOSSES: dict[str, type[Loss]] = {"softmax": SoftmaxCrossEntropy, "sigmoid": SigmoidCrossEntropy}
FEWEST, MANY, FOLDS = 10, 500, 5  # digits to judge by at all; to hold out a fifth of; else so many parts take turns


@dataclass(frozen=True)
class Plan:
    """How long a network is adapted, and how fast."""

    rehearse: int | None = None  # pictures that are rehearsed in all; None: LEAST, or FOR_EACH of one's own
    learning_rate: float = 5e-4
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise RecipeError for a rate that is none."""
        if not 0 < self.learning_rate < math.inf:
            raise RecipeError(f"expected a learning rate above 0, got {self.learning_rate}")

    def rehearsed(self, own: int) -> int:
        """How many pictures are rehearsed with so many of one's own."""
        return self.rehearse or max(LEAST, FOR_EACH * own)

    def steps(self, own: int) -> int:
        """How many batches that takes."""
        return math.ceil(self.rehearsed(own) / REHEARSED)


@dataclass(frozen=True)
class Judgement:
    """How many of one's own digits are read right: by the network as it was, and as it is adapted without them."""

    way: str  # "held out" or "cross-validated"
    count: int
    before: int
    after: int


def adapt(model: Model, own: Dataset, rehearsed: Dataset, plan: Plan) -> Model:
    """A model that has learnt `own` as well; `model` itself stays what it is.

    Raises ModelFileError for a network that ends with neither softmax nor sigmoid, DivergenceError.
    """
    adapted = Model(model.copy().network, model.pixel_divisor, _card(model, own, plan))
    network, before = adapted.network, model.copy().network
    both = Dataset(np.concatenate([own.images, rehearsed.images]), np.concatenate([own.labels, rehearsed.labels]))
    augmentation = Augmentation(Distortions.parse(DISTORTIONS), np.random.default_rng((plan.seed, 1)))
    batches = Batches(both, OWN + REHEARSED, model.pixel_divisor, augmentation=augmentation)
    network.bind(batches.size)
    before.bind(batches.size)
    loss, steps = _loss(network), plan.steps(len(own))
    optimizer, rate = Adam(network.theta, network.grad), cosine(plan.learning_rate, steps)
    with np.errstate(all="ignore"):  # what overflows shows in the loss
        for step, (rows, n) in enumerate(_rows(len(own), len(rehearsed), steps, np.random.default_rng(plan.seed))):
            x, y = batches.take(rows)
            # y ← (label + what was said before) / 2
            y[n:] += before.forward(x[n:])
            y[n:] *= 0.5
            if not math.isfinite(network.learn(x, y, loss)):
                raise DivergenceError(f"expected a finite loss, got none at step {step + 1}: try a lower learning rate")
            optimizer.step(rate(step))
    if not np.isfinite(network.theta).all():
        raise DivergenceError("expected finite weights, got others after the last step: try a lower learning rate")
    network.bind(model.network.batch)
    return adapted


def adapt_and_judge(model: Model, own: Dataset, rehearsed: Dataset, plan: Plan) -> tuple[Model, Judgement | None]:
    """An adapted model, and how well one's own digits are read by one that has not seen them; None: they are too few.

    Of many digits a fifth is held out, and never learnt. Of fewer all are learnt: parts of them take turns at being
    held out from networks that are adapted for that alone. Raises what `adapt` raises.
    """
    some = np.random.default_rng((plan.seed, 2)).permutation(len(rehearsed))[: plan.steps(len(own)) * REHEARSED]
    rehearsed = rehearsed.take(some)
    if len(own) >= MANY:
        learnt, held_out = own.split(len(own) // 5, "stratified", plan.seed)
        adapted = adapt(model, learnt, rehearsed, plan)
        return adapted, _judged("held out", model, held_out, adapted.predict(held_out.images))
    adapted = adapt(model, own, rehearsed, plan)
    if len(own) < FEWEST:
        return adapted, None
    network, parts, answers = model.network, folds(own, FOLDS, "stratified", plan.seed), np.empty(len(own), np.intp)
    shared = network.specs(), network.theta, model.pixel_divisor, own, rehearsed, plan
    for part, said in zip(parts, on_all_cores(_without, shared, parts), strict=True):
        answers[part] = said
    return adapted, _judged("cross-validated", model, own, answers)


def _without(shared: tuple[Any, ...], part: Any) -> Any:
    """What a network says of some of the pictures when it has learnt the others."""
    specs, theta, divisor, own, rehearsed, plan = shared
    network = Network(layers_from(specs))
    np.copyto(network.theta, theta)
    others = np.setdiff1d(np.arange(len(own)), part)
    return adapt(Model(network, divisor), own.take(others), rehearsed, plan).predict(own.images[part])


def _judged(way: str, model: Model, own: Dataset, answers: Any) -> Judgement:
    before = int(np.sum(model.predict(own.images) == own.labels))
    return Judgement(way, len(own), before, int(np.sum(answers == own.labels)))


def _rows(own: int, rehearsed: int, steps: int, rng: Generator) -> Iterator[tuple[Any, int]]:
    """For each step the rows of a batch, one's own before the rehearsed ones, and how many are one's own."""
    n = min(OWN, max(1, round(LOOKS * own / steps)))
    ours, theirs = _dealt(own, rng), _dealt(rehearsed, rng)
    for _ in range(steps):
        yield np.array([*islice(ours, n), *(own + row for row in islice(theirs, REHEARSED))]), n


def _dealt(count: int, rng: Generator) -> Iterator[int]:
    """So many rows in a random order, again and again."""
    return chain.from_iterable(rng.permutation(count).tolist() for _ in repeat(None))


def _loss(network: Network) -> Loss:
    closing = network.layers[-1].name
    if closing not in LOSSES:
        raise ModelFileError(f"expected a network that ends with softmax or sigmoid, got one that ends with {closing}")
    loss = LOSSES[closing]()
    loss.bind(OWN + REHEARSED, network.outputs, network.theta.dtype)
    return loss


def _card(model: Model, own: Dataset, plan: Plan) -> dict[str, Any]:
    """Where the model comes from, without what was measured before it was adapted."""
    origin = {key: model.card[key] for key in ("recipe", "data") if key in model.card}
    learnt = {"source": own.source, "count": len(own), "sha256": own.checksum}
    settings = {"rehearsed": plan.rehearsed(len(own)), "learning_rate": plan.learning_rate, "seed": plan.seed}
    return origin | {
        "adapted": {"data": learnt} | settings,
        "versions": {"numpen": __version__, "numpy": np.__version__},
    }
