"""The training loop: a generator that yields records and prints nothing.

`Trainer.run` only walks: batches in, steps taken, a record for every group of steps and every epoch. It may be
left between any two steps and gone on with, by another trainer too: where it stands is plain data (see state.py).
When to stop and what to keep is decided by `train` from the epochs' validation, never from test data.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError
from numpen.models.committee import Committee
from numpen.models.model import Model
from numpen.nn.averaging import Average
from numpen.nn.folding import fold
from numpen.nn.losses import Penalty
from numpen.nn.optimizers import clip
from numpen.training import build
from numpen.training.learners import Alone, Learner, Rows
from numpen.training.recipe import Recipe
from numpen.training.state import Position

CURVE = 200  # epochs that a model's card tells of, at most
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
    """One training run."""

    def __init__(self, recipe: Recipe, dataset: Dataset, teacher: Committee | None = None) -> None:
        """Hold out the validation pictures and draw the first weights. Raises DataError if there are too few.

        With a teacher, its answers take the place of the labels.
        """
        self.recipe, self.held_out, self.teacher, card = recipe, None, teacher, build.card(recipe, dataset)
        if recipe.validation:
            dataset, self.held_out = dataset.split(recipe.validation, recipe.validation_split, recipe.seed)
        self.rng = np.random.default_rng(recipe.seed)
        self.size = min(recipe.batch_size or len(dataset), len(dataset))
        self.steps_an_epoch = math.ceil(len(dataset) / self.size)
        self.learner, first = self._learner(dataset)
        self.network, self.loss, self.batches = first.network, first.loss, first.batches
        self.penalty = Penalty(recipe.l1, recipe.l2, *self.network.weights)
        self.optimizer = build.optimizer(recipe, self.network)
        self.average = Average(self.network.theta, recipe.average) if recipe.average else None
        self.steps = recipe.epochs * self.steps_an_epoch
        self.schedule = build.schedule(recipe, self.steps, self.steps_an_epoch)
        self._model = Model(self.network, recipe.pixel_divisor, card)
        self.last_good = self.network.theta.copy()  # (P,), the last weights no worse than the first
        self.best = self.network.theta.copy() if recipe.keep_best else None  # (P,), of the best epoch
        self.position, self.history, self.began = Position(), list[Epoch](), time.perf_counter()
        self.order: NDArray[np.intp] | None = None  # (N,), the rows in the order of the epoch, once it is drawn
        self.before_order: dict[str, Any] | None = None  # the state of `rng` before it was
        self.threads = build.threads(recipe)
        self.group = math.ceil(self.steps_an_epoch / GROUPS)  # steps
        self.stride = self.size  # pictures that are learned from between two looks at the loss
        self.at_a_time = self.group  # steps that are taken before `at_rest` is called
        self.at_rest: Callable[[], None] = lambda: None

    @property
    def model(self) -> Model:
        """The network as it now stands, without batch normalisation if it learns with it: always the same object."""
        if self._model.network is not self.network:
            fold(self.network, self._model.network)
        return self._model

    def run(self) -> Iterator[Record]:
        """Train on from where it stands, yielding a record after every group of steps and after every epoch.

        With `average`, the network's weights are their running average while an epoch's record is looked at,
        and at the end. Between steps, at least once a group, `at_rest` is called: then, and while a record is
        looked at, `state` is all there is to know. Raises DivergenceError at the first step whose loss is not a
        finite number; `model` then has the last weights, from the start of a group of steps, whose loss was no
        higher than that of the first.
        """
        now, self.began = self.position, time.perf_counter() - self.position.seconds
        while now.epoch <= self.recipe.epochs:
            if self.order is None:
                self._begin_epoch()
            n = len(self.batches.pixels)
            while now.row < n:
                end = min(now.row - now.row % (self.group * self.size) + self.group * self.size, n)
                self._take_steps(end)
                if now.row == end:
                    yield self._progress()
                self.at_rest()
            yield self._end_epoch()
            self.at_rest()

    def _learner(self, dataset: Dataset) -> tuple[Learner, Alone]:
        """Who learns, and the one of them whose network keeps the weights."""
        return build.learner(self.recipe, dataset, self.size, self.rng, self.teacher)

    def _begin_epoch(self) -> None:
        if self.position.averaged and self.average:
            self.average.swap()
        self.draw_order()
        self.position.averaged, self.position.loss = False, 0.0

    def draw_order(self) -> None:
        """Draw the order of an epoch, and remember where the generator stood before."""
        self.before_order, n = dict(self.rng.bit_generator.state), len(self.batches.pixels)
        self.order = self.rng.permutation(n) if self.recipe.shuffle else np.arange(n)

    def _take_steps(self, end: int) -> None:
        """A step for each batch up to the row `end`, but only so many as are wanted at a time."""
        now, order, optimizer, taken = self.position, self.order, self.optimizer, 0
        assert order is not None
        with self.threads(), np.errstate(all="ignore"):  # what overflows shows in the loss
            while now.row < end and taken < self.at_a_time:
                batch = order[now.row : min(now.row + self.stride, end)]
                loss = self._learn(batch)
                if not math.isfinite(loss):
                    self._give_up()
                if not optimizer.steps:
                    now.first_loss = loss
                if not now.group_rows and loss <= now.first_loss:
                    np.copyto(self.last_good, self.network.theta)
                self._step()
                now.row += len(batch)
                now.group_rows += len(batch)
                now.group_loss += loss * len(batch)
                taken += 1
            if now.row == len(order):
                self._look_at_the_end()

    def _learn(self, rows: Rows) -> float:
        """The loss on these pictures, its gradient left where `_step` finds it."""
        return self.learner.learn(rows) + self.penalty.add()

    def _step(self) -> None:
        """Let the weights take the step that has been learned."""
        if self.recipe.clip:
            clip(self.network.grad, self.recipe.clip)
        self.optimizer.step(self.schedule(self.optimizer.steps))
        if self.average:
            self.average.step()

    def _progress(self) -> Progress:
        """The record of the group of steps that is done; another begins."""
        now, done = self.position, self.optimizer.steps
        record = Progress(now.epoch, done, self.steps, now.group_loss / now.group_rows, self.schedule(done - 1))
        now.loss += now.group_loss
        now.group_loss, now.group_rows = 0.0, 0
        return record

    def _end_epoch(self) -> Epoch:
        """The record of the epoch that is done; another may begin."""
        now, n = self.position, len(self.batches.pixels)
        if self.average:
            self.average.swap()
        self.history.append(Epoch(now.epoch, now.loss / n, self._validate(), self.seconds()))
        self._model.card["history"] = self._curve()
        self.order, now.averaged = None, True
        now.epoch, now.row = now.epoch + 1, 0
        return self.history[-1]

    def _curve(self) -> list[dict[str, Any]]:
        """Every epoch for the model's card, or so many of them that the card stays small; the last in any case."""
        apart = math.ceil(len(self.history) / CURVE)
        names = ("epoch", "train_loss", "validation_accuracy")
        return [{name: getattr(each, name) for name in names} for each in self.history[::-1][::apart]][::-1]

    def seconds(self) -> float:
        """How long training has taken so far, before it was interrupted included."""
        return time.perf_counter() - self.began

    def generators(self) -> list[Generator]:
        """Everything random that training draws from, always in the same order."""
        return [self.rng, *self.learner.generators()]

    def go_on_from(self, position: Position, history: Sequence[tuple[float, float, float]]) -> None:
        """Take another run's position and its epochs (training loss, validation or NaN, seconds); see State."""
        self.position, self.began = position, time.perf_counter() - position.seconds
        self.history = [
            Epoch(number, loss, None if math.isnan(accuracy) else accuracy, seconds)
            for number, (loss, accuracy, seconds) in enumerate(history, 1)
        ]

    def model_so_far(self) -> Model:
        """A copy of the model, with the weights that would be kept if training ended here."""
        network = self.network.copy()
        if self.best is not None and self.position.best_epoch:
            np.copyto(network.theta, self.best)
        elif self.average and not self.position.averaged:
            np.copyto(network.theta, self.average.mean)
        return Model(network, self._model.pixel_divisor, self._model.card)

    def _look_at_the_end(self) -> None:
        """Ask for the loss that the epoch's last step led to, on pictures that still lie in the buffers."""
        rows = slice(256)
        if not math.isfinite(self.network.loss_at(self.batches.x[rows], self.batches.y[rows], self.loss)):
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
    now, patience = trainer.position, trainer.recipe.patience
    had_enough = bool(patience) and now.epoch - 1 - now.best_epoch >= patience  # before it was interrupted
    for record in () if had_enough else trainer.run():
        if isinstance(record, Epoch) and record.validation_accuracy is not None:
            if record.validation_accuracy > now.best_accuracy:
                now.best_accuracy, now.best_epoch = record.validation_accuracy, record.epoch
                if trainer.best is not None:
                    np.copyto(trainer.best, trainer.network.theta)
            had_enough = bool(patience) and record.epoch - now.best_epoch >= patience
        yield record
        if had_enough:
            break
    if trainer.best is not None:
        np.copyto(trainer.network.theta, trainer.best)
