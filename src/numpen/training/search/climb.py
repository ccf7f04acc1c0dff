"""Climb: what a worker does of a trial. It trains a recipe up to a rung and hands back where the run then stands."""

import time
from dataclasses import dataclass, field

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError, NetworkError
from numpen.training.recipe import Recipe
from numpen.training.state import State
from numpen.training.trainer import Epoch, Trainer


@dataclass(frozen=True)
class Pictures:
    """The training pictures in two parts: what is learnt from, and what recipes are judged on."""

    learnt: Dataset
    held_out: Dataset

    @classmethod
    def of(cls, dataset: Dataset, recipe: Recipe) -> "Pictures":
        """Parted as a training by the recipe parts them. Raises DataError if they cannot be."""
        return cls(*dataset.split(recipe.validation, recipe.validation_split, recipe.seed))


@dataclass(frozen=True)
class Climb:
    """How far a trial has come."""

    state: State | None = None  # from which it goes on; None before it has begun, and when it has ended
    seconds: float = 0.0  # of one thread's time, spent on training alone
    curve: list[tuple[float, float]] = field(default_factory=list)  # (epochs, accuracy on held-out pictures)
    parameters: int = 0
    trouble: str = ""  # why it could not go on

    @property
    def accuracy(self) -> float:
        """On held-out pictures, from 0 to 1; of 0 before the first rung."""
        return self.curve[-1][1] if self.curve else 0.0


def climb(pictures: Pictures, recipe: Recipe, so_far: Climb, share: float) -> Climb:
    """Train on from `so_far` until that share of the run is done; see `Climb`.

    The run is the one that `train` makes of this recipe, step by step and to the same bits with one thread, whatever
    rungs it stops at. Time is that of the thread, which does not run while others use the core.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        try:
            return _climb(pictures, recipe, so_far, share)
        except (DivergenceError, NetworkError) as error:
            return Climb(None, so_far.seconds, so_far.curve, so_far.parameters, str(error))
        except MemoryError:
            return Climb(None, so_far.seconds, so_far.curve, so_far.parameters, "not enough memory")


def _climb(pictures: Pictures, recipe: Recipe, so_far: Climb, share: float) -> Climb:
    trainer = Trainer(recipe.changed(validation=0), pictures.learnt)
    if so_far.state:
        so_far.state.restore(trainer)
    seconds, curve, goal = so_far.seconds, list(so_far.curve), round(share * trainer.steps)
    begun = time.thread_time()
    for record in trainer.run():
        is_epoch = isinstance(record, Epoch)
        is_rung = share < 1 and trainer.optimizer.steps >= goal and not is_epoch
        if is_epoch or is_rung:
            seconds += time.thread_time() - begun
            _look(trainer, pictures.held_out, curve)
            if is_rung:
                break
            begun = time.thread_time()
    state = State.of(trainer) if share < 1 else None
    return Climb(state, seconds, curve, trainer.network.theta.size)


def _look(trainer: Trainer, held_out: Dataset, curve: list[tuple[float, float]]) -> None:
    """Add to the curve how well the model does as it now stands."""
    epochs = trainer.optimizer.steps / trainer.steps_an_epoch
    accuracy = float(np.mean(trainer.model_so_far().predict(held_out.images) == held_out.labels))
    if not curve or curve[-1][0] < epochs:  # a rung may be at the end of an epoch
        curve.append((epochs, accuracy))
