"""The training loop: a generator that yields records and prints nothing.

`Trainer.run` only walks: batches in, steps taken, a record for every group of steps and every epoch.
When to stop and what to keep is decided by `train` from the epochs' validation, never from test data.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError
from numpen.models.committee import Committee
from numpen.models.model import Model
from numpen.nn.averaging import Average
from numpen.nn.losses import Penalty
from numpen.nn.optimizers import clip
from numpen.training import build
from numpen.training.recipe import Recipe

GROUPS = 60  # progress records an epoch: one for every 1,000 pictures of MNIST


@dataclass(frozen=True)
class Progress:
    """A group of steps is done."""

    epoch: int  # from 1
    step: int  # steps done since training began
    steps: int  # steps of the whole run
    loss: float  # mean over the group's pictures
    learning_rate: float


@dataclass(frozen=True)
class Epoch:
    """A walk through all training pictures is done."""

    epoch: int  # from 1
    train_loss: float  # mean over the epoch, while the weights were changing
    validation_accuracy: float | None  # None without held-out pictures
    seconds: float  # since training began


Record = Progress | Epoch
Listener = Callable[[Record], None]


class Trainer:
    """One training run; `model` is the network as it now stands."""

    def __init__(self, recipe: Recipe, dataset: Dataset, teacher: Committee | None = None) -> None:
        """Hold out the validation pictures and draw the first weights. Raises DataError if there are too few.

        With a teacher, its answers take the place of the labels.
        """
        self.recipe, self.held_out, card = recipe, None, build.card(recipe, dataset)
        if recipe.validation:
            dataset, self.held_out = dataset.split(recipe.validation, recipe.validation_split, recipe.seed)
        self.rng = np.random.default_rng(recipe.seed)
        self.size = min(recipe.batch_size or len(dataset), len(dataset))
        self.steps_an_epoch = math.ceil(len(dataset) / self.size)
        self.learner, first = build.learner(recipe, dataset, self.size, self.rng, teacher)
        self.network, self.loss, self.batches = first.network, first.loss, first.batches
        self.penalty = Penalty(recipe.l1, recipe.l2, *self.network.weights)
        self.optimizer = build.optimizer(recipe, self.network)
        self.average = Average(self.network.theta, recipe.average) if recipe.average else None
        self.steps = recipe.epochs * self.steps_an_epoch
        self.schedule = build.schedule(recipe, self.steps, self.steps_an_epoch)
        self.model = Model(self.network, recipe.pixel_divisor, card)
        self.last_good = self.network.theta.copy()  # (P,), the last weights no worse than the first
        self.first_loss = math.inf

    def run(self) -> Iterator[Record]:
        """Train, yielding a record after every group of steps and after every epoch.

        With `average`, the network's weights are their running average while an epoch's record is looked at,
        and at the end. Raises DivergenceError at the first step whose loss is not a finite number; `model` then
        has the last weights, from the start of a group of steps, whose loss was no higher than that of the first.
        """
        began, size = time.perf_counter(), self.size * math.ceil(self.steps_an_epoch / GROUPS)
        for epoch in range(1, self.recipe.epochs + 1):
            if epoch > 1 and self.average:
                self.average.swap()
            order, total = self._order(), 0.0
            for start in range(0, len(order), size):
                group = order[start : start + size]
                loss, done = self._take_steps(group), self.optimizer.steps
                total += loss * len(group)
                yield Progress(epoch, done, self.steps, loss, self.schedule(done - 1))
            self._look_at_the_end()
            if self.average:
                self.average.swap()
            yield Epoch(epoch, total / len(order), self._validate(), time.perf_counter() - began)

    def _order(self) -> NDArray[np.intp]:
        n = len(self.batches.pixels)
        return self.rng.permutation(n) if self.recipe.shuffle else np.arange(n)

    def _take_steps(self, rows: NDArray[np.intp]) -> float:
        """One step for each batch of these rows; the mean of the losses over the pictures."""
        total, optimizer = 0.0, self.optimizer
        with build.threads(self.recipe), np.errstate(all="ignore"):  # what overflows shows in the loss
            for start in range(0, len(rows), self.size):
                batch = rows[start : start + self.size]
                loss = self.learner.learn(batch) + self.penalty.add()
                if not math.isfinite(loss):
                    self._give_up()
                if not optimizer.steps:
                    self.first_loss = loss
                if not start and loss <= self.first_loss:
                    np.copyto(self.last_good, self.network.theta)
                if self.recipe.clip:
                    clip(self.network.grad, self.recipe.clip)
                optimizer.step(self.schedule(optimizer.steps))
                if self.average:
                    self.average.step()
                total += loss * len(batch)
        return total / len(rows)

    def _look_at_the_end(self) -> None:
        """Ask for the loss that the epoch's last step led to, on pictures that still lie in the buffers."""
        rows = slice(256)
        with np.errstate(all="ignore"):
            if not math.isfinite(self.network.learn(self.batches.x[rows], self.batches.y[rows], self.loss)):
                self._give_up()

    def _give_up(self) -> None:
        np.copyto(self.network.theta, self.last_good)
        step, rate = self.optimizer.steps + 1, self.recipe.learning_rate
        raise DivergenceError(
            f"expected a finite loss, got none at step {step} of {self.steps}, learning rate {rate:g}: try a lower one"
        )

    def _validate(self) -> float | None:
        if self.held_out is None:
            return None
        return float(np.mean(self.model.predict(self.held_out.images) == self.held_out.labels))


def train(
    recipe: Recipe, dataset: Dataset, listener: Listener | None = None, teacher: Committee | None = None
) -> Model:
    """Train a network by the recipe on the dataset; every record goes to the listener as it comes.

    With a teacher, the network learns its answers instead of the labels, and becomes as wise as it can be.
    Raises DataError if the dataset is too small to hold out what the recipe wants, and DivergenceError.
    """
    trainer = Trainer(recipe, dataset, teacher)
    for record in until_enough(trainer):
        if listener:
            listener(record)
    return trainer.model


def until_enough(trainer: Trainer) -> Iterator[Record]:
    """The trainer's records, ended early and with the best epoch's weights put back as the recipe asks."""
    recipe, network = trainer.recipe, trainer.network
    best_accuracy, best_epoch, best = -1.0, 0, network.theta.copy()
    for record in trainer.run():
        yield record
        if isinstance(record, Epoch) and record.validation_accuracy is not None:
            if record.validation_accuracy > best_accuracy:
                best_accuracy, best_epoch = record.validation_accuracy, record.epoch
                np.copyto(best, network.theta)
            if recipe.patience and record.epoch - best_epoch >= recipe.patience:
                break
    if recipe.keep_best:
        np.copyto(network.theta, best)
