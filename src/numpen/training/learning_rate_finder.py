"""Which learning rate? The sweep trains once for every rate, the range test tries them all in one run.

The range test (Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3) raises the rate from
step to step and watches the loss: it hardly moves, falls, and at last explodes.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from numpen.digits.dataset import Dataset
from numpen.errors import DataError, DivergenceError
from numpen.evaluation.metrics import evaluate
from numpen.training.recipe import Recipe
from numpen.training.trainer import Epoch, Progress, Trainer, until_enough
from numpen.workers.local import on_all_cores

STEPS = 100  # of a range test, at least
SMOOTHING = 0.7  # of its losses: the weight of the past
EXPLODED = 4.0  # times the lowest loss: where it ends
MOST_RATES = 10_000  # of a sweep
HELD_OUT = 10  # a sweep judges the rates by one picture in so many, where the recipe holds out none


@dataclass(frozen=True)
class Point:
    """What came of a learning rate."""

    learning_rate: float
    loss: float | None  # of the training pictures: of the last epoch, or smoothed; None if it was not finite
    accuracy: float | None  # of the pictures held out, 0 to 1; None if the training diverged, and in a range test


def evenly(start: float, end: float, step: float) -> list[float]:
    """Rates from `start` to `end`, both included, by `step`. Raises DataError for none, or for too many."""
    if not (0 < start <= end < math.inf and 0 < step < math.inf):
        raise DataError(f"expected rates from above 0 upwards by a step above 0, got {start:g} to {end:g} by {step:g}")
    steps = (end - start) / step * (1 + 1e-9) + 1e-9  # (0.3 - 0.1) / 0.1 is a little less than 2
    if steps >= MOST_RATES:
        raise DataError(f"expected at most {MOST_RATES:,} rates, got {steps + 1:.0f}: take a longer step")
    return [float(f"{start + i * step:.12g}") for i in range(math.floor(steps) + 1)]  # not 0.30000000000000004


def sweep(recipe: Recipe, dataset: Dataset, rates: Sequence[float], processes: int | None = None) -> Iterator[Point]:
    """Train once for every rate, all else equal, on all cores or on as many `processes`; the points as they come.

    A recipe that holds out no pictures does so here: the test pictures are not for choosing a rate.
    """
    if not recipe.validation:
        by = recipe.validation_split if dataset.writers is not None else "stratified"
        recipe = replace(recipe, validation=max(len(dataset) // HELD_OUT, 1), validation_split=by)
    return on_all_cores(_train_once, (recipe, dataset), rates, processes)


def range_test(recipe: Recipe, dataset: Dataset, lowest: float = 1e-4, highest: float = 10.0) -> list[Point]:
    """Raise the rate from `lowest` to `highest` in one pass, by the same ratio every step, until the loss explodes.

    Where a pass has only a few batches there are as many passes as make a hundred steps. The losses are smoothed.
    """
    if not 0 < lowest < highest < math.inf:
        raise DataError(f"expected a lowest rate above 0 and a higher one, got {lowest:g} and {highest:g}")
    passes = math.ceil(STEPS * (recipe.batch_size or len(dataset)) / len(dataset))
    once = replace(recipe, epochs=passes, validation=0, patience=0, keep_best=False)
    trainer = Trainer(once, dataset)
    trainer.schedule = lambda step: lowest * (highest / lowest) ** (step / (trainer.steps - 1))
    return list(_until_it_explodes(trainer))


def suggestion(points: Sequence[Point]) -> float | None:
    """The rate to take; None if every training diverged.

    Of a sweep the rate that read most held-out pictures. Of a range test a third of the rate whose loss is the
    lowest: there the loss is about to rise, and a training stays at its rate for longer than the test did.
    """
    best = best_point(points)
    if best is None:
        return None
    return best.learning_rate / 3 if best.accuracy is None else best.learning_rate


def best_point(points: Sequence[Point]) -> Point | None:
    """The point with the highest accuracy, or with the lowest loss where none was measured; None if all diverged."""
    judged = [point for point in points if point.accuracy is not None]
    if judged:
        return max(judged, key=lambda point: point.accuracy or 0.0)
    tested = [point for point in points if point.loss is not None]
    return min(tested, key=lambda point: point.loss or 0.0) if tested else None


def _train_once(shared: tuple[Recipe, Dataset], rate: float) -> Point:
    trainer, loss = Trainer(replace(shared[0], learning_rate=rate), shared[1]), math.nan
    try:
        for record in until_enough(trainer):
            loss = record.train_loss if isinstance(record, Epoch) else loss
    except DivergenceError:
        return Point(rate, None, None)
    assert trainer.held_out is not None  # as `sweep` has seen to
    return Point(rate, loss, evaluate(trainer.model, trainer.held_out).accuracy)


def _until_it_explodes(trainer: Trainer) -> Iterator[Point]:
    past, weight, lowest = 0.0, 0.0, math.inf
    with suppress(DivergenceError):
        for record in trainer.run():
            if isinstance(record, Progress):
                # the mean of the losses so far, the last ones weighing most; `weight` makes up for a start from zero
                past = SMOOTHING * past + (1 - SMOOTHING) * record.loss
                weight = SMOOTHING * weight + (1 - SMOOTHING)
                loss = past / weight
                if loss > EXPLODED * lowest:
                    return
                lowest = min(lowest, loss)
                yield Point(record.learning_rate, loss, None)
