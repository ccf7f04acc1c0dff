"""The whole state of a training run between two steps, as plain numbers and arrays.

A run that is put back into a state goes on as if it had never been away: to the same bits on the same machine,
NumPy and number of BLAS threads. Whatever changes while a trainer runs is here, or is written anew by every step.
"""

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import CheckpointError

if TYPE_CHECKING:
    from numpen.training.trainer import Trainer

Arrays = dict[str, NDArray[Any]]


@dataclass
class Position:
    """Where a run stands."""

    epoch: int = 1  # that is walked through, or that comes next
    row: int = 0  # of the epoch's order, that the next batch begins with
    loss: float = 0.0  # sum over the pictures of the epoch's groups of steps that are done
    group_rows: int = 0  # pictures of the group of steps that is not done
    group_loss: float = 0.0  # sum over these
    first_loss: float = math.inf  # of the first batch of the run
    averaged: bool = False  # whether the weights have changed places with their running average
    best_accuracy: float = -1.0  # of the epochs that were validated
    best_epoch: int = 0
    seconds: float = 0.0  # of training so far


@dataclass(frozen=True)
class State:
    """A run's state; `numbers` is fit for JSON. The arrays are copies."""

    numbers: dict[str, Any]
    arrays: Arrays

    @classmethod
    def of(cls, trainer: "Trainer") -> "State":
        """The state in which a trainer is now, between two steps."""
        numbers = {
            "position": asdict(trainer.position) | {"seconds": trainer.seconds()},
            "steps": trainer.optimizer.steps,
            "average_steps": trainer.average.steps if trainer.average else 0,
            "generators": [generator.bit_generator.state for generator in trainer.generators()],
        }
        arrays = {name: array.copy() for name, array in _arrays(trainer).items()}
        arrays["order"] = np.empty(0, np.int64) if trainer.order is None else trainer.order.astype(np.int64)
        rows = [(each.train_loss, each.validation_accuracy, each.seconds) for each in trainer.history]
        arrays["history"] = np.array(rows, np.float64).reshape(-1, 3)  # NaN where there is no validation
        return cls(numbers, arrays)

    @classmethod
    def told(cls, numbers: dict[str, Any], arrays: Arrays) -> "State":
        """The state that a file tells of; raises KeyError, TypeError or ValueError for what is none."""
        now, history = numbers["position"], arrays["history"]
        kinds = {each.name: type(each.default) for each in fields(Position)}
        if {name: type(value) for name, value in now.items()} != kinds or type(numbers["steps"]) is not int:
            raise ValueError("a position that is none")
        if history.dtype != np.float64 or history.shape != (now["epoch"] - 1, 3) or arrays["order"].dtype != np.int64:
            raise ValueError("a history or an order that is none")
        return cls(numbers, arrays)

    def restore(self, trainer: "Trainer") -> None:
        """Put a new trainer of the same recipe and data into this state; raises CheckpointError if it does not fit."""
        try:
            self._check(trainer)
            position = Position(**self.numbers["position"])
            for generator, state in zip(trainer.generators(), self.numbers["generators"], strict=True):
                generator.bit_generator.state = state
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise CheckpointError(
                f"expected the state of this recipe on these pictures, got another: {error}"
            ) from error
        for name, array in _arrays(trainer).items():
            np.copyto(array, self.arrays[name])
        trainer.optimizer.steps = self.numbers["steps"]
        if trainer.average:
            trainer.average.steps = self.numbers["average_steps"]
        trainer.order = self.arrays["order"].astype(np.intp) if self.arrays["order"].size else None
        trainer.go_on_from(position, self.arrays["history"].tolist())

    def _check(self, trainer: "Trainer") -> None:
        """Raise an error if the state could not be one of this trainer's."""
        own = {name: (array.shape, array.dtype) for name, array in _arrays(trainer).items()}
        found = {name: (array.shape, array.dtype) for name, array in self.arrays.items()}
        now, order, n = self.numbers["position"], self.arrays["order"], len(trainer.batches.pixels)
        done = (now["epoch"] - 1) * trainer.steps_an_epoch + math.ceil(now["row"] / trainer.size)
        fits = (
            own == {name: kind for name, kind in found.items() if name not in ("order", "history")},
            all(np.isfinite(self.arrays[name]).all() for name in own),
            self.numbers["steps"] == done and type(self.numbers["average_steps"]) is int,
            now["epoch"] >= 1 and 0 <= now["row"] <= n and done <= trainer.steps,
            now["row"] % trainer.size == 0 or now["row"] == n,
            0 <= now["group_rows"] <= trainer.size * trainer.group,
            np.array_equal(np.sort(order), np.arange(n)) or not order.size,
            bool(order.size) == bool(now["row"]),
        )
        if not all(fits):
            raise ValueError(f"what does not fit is number {fits.index(False) + 1} of {len(fits)} things looked at")


def _arrays(trainer: "Trainer") -> Arrays:
    """Every array of floats that a run changes and goes on from, by its name."""
    arrays: Arrays = {
        "theta": trainer.network.theta,
        "last_good": trainer.last_good,
        "slots": trainer.optimizer.slots,
    }
    if trainer.average:
        arrays["average"] = trainer.average.mean
    if trainer.best is not None:
        arrays["best"] = trainer.best
    return arrays
