"""One network that learns on many workers: every batch is cut into shares, and each is a task.

Either a worker answers with the gradient of its share, and their mean is the gradient of the batch: training is
that of one process, but for the last bits. Or it takes some steps by itself, and then the weights are averaged:
less is sent, and training is another (McMahan et al. 2017, "Communication-efficient learning of deep networks from
decentralized data", algorithm 1, without its sampling of clients).

A task has all it depends on among its arguments: weights, pictures, where its random numbers start. So it does not
matter which worker does it, or whether one has died of it before.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from numpen.digits.batches import Batches, Buffers
from numpen.digits.dataset import Dataset
from numpen.errors import RecipeError
from numpen.models.committee import Committee
from numpen.nn.arrays import Array
from numpen.nn.losses import Penalty
from numpen.nn.optimizers import clip
from numpen.training import build
from numpen.training.learners import Alone, Learner, Pupil, Rows
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer
from numpen.workers.crew import Crew

Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # pixels (n, 784), labels (n,)
SEEDS = 1 << 62


@dataclass(frozen=True)
class Team:
    """Who trains together, and how; a batch is cut into the same shares however many workers there are."""

    crew: Crew
    shares: int
    sync_every: int = 0  # steps that each takes by itself before the weights are averaged; 0: gradients are

    def trainer(self, recipe: Recipe, dataset: Dataset, teacher: Committee | None = None) -> Trainer:
        """A trainer whose workers are the crew's.

        Raises RecipeError for a recipe of halves or with batch normalisation, and as Trainer does.
        """
        if recipe.batch_normalization:  # a worker sees a share, and its running averages would stay with it
            raise RecipeError("expected a recipe without batch normalisation for workers: add --no-batch-normalization")
        if recipe.halves:
            raise RecipeError("expected a recipe that is cut into shares by workers alone, got halves: add --no-halves")
        return (LocalSteps if self.sync_every else Averaging)(self, recipe, dataset, teacher)


class Averaging(Trainer):
    """Trains by the mean of the workers' gradients."""

    def __init__(self, team: Team, recipe: Recipe, dataset: Dataset, teacher: Committee | None = None) -> None:
        self.team = team
        super().__init__(recipe, dataset, teacher)

    def _learner(self, dataset: Dataset) -> tuple[Learner, Alone]:
        _, first = super()._learner(dataset)
        draws = np.random.default_rng((self.recipe.seed, 1))
        return Spread(first, self.recipe, self.team, draws, self.teacher), first

    def _look_at_the_end(self) -> None:
        assert self.order is not None
        self.batches.take(self.order[-256:][: self.size])  # nobody has filled these buffers
        super()._look_at_the_end()


class Spread:
    """Learns from a batch by the gradients of its shares."""

    def __init__(
        self, first: Alone, recipe: Recipe, team: Team, draws: Generator, teacher: Committee | None = None
    ) -> None:
        """`first` keeps the weights and the gradient; `draws` says where each share's random numbers start."""
        self.network, self.batches, self.team, self.draws = first.network, first.batches, team, draws
        size = math.ceil(first.batches.size / team.shares)
        self.handle = team.crew.scatter(Apprentice(recipe, size, self.network.theta.dtype, teacher))

    def learn(self, rows: Rows) -> float:
        """See Learner. The gradients are added up in the order of the shares, in θ's own kind of float."""
        theta, grad, seed = self.network.theta, self.network.grad, int(self.draws.integers(SEEDS))
        parts = shares_of(rows, self.team.shares)
        tasks = [
            self.team.crew.submit(gradient, self.handle, theta, pictures(self.batches, part), (seed, number))
            for number, part in enumerate(parts)
        ]
        grad.fill(0)
        loss = 0.0
        for part, task in zip(parts, tasks, strict=True):
            # the loss is a mean over pictures, so shares count by how many they have
            share, (its_loss, its_grad) = len(part) / len(rows), task.result()
            its_grad *= share
            grad += its_grad
            loss += share * its_loss
        return loss

    def generators(self) -> list[Generator]:
        """See Learner."""
        return [self.draws]


class LocalSteps(Averaging):
    """Trains by the mean of weights that have taken some steps on each worker.

    What the optimizer remembers is averaged with them, and every worker goes on from that mean: one that kept its
    own memory could not be replaced when it dies, and one that forgot it would begin to gather speed anew each time
    (Yu, Jin & Yang 2019, "On the linear speedup analysis of communication efficient momentum SGD", algorithm 1).
    """

    def __init__(self, team: Team, recipe: Recipe, dataset: Dataset, teacher: Committee | None = None) -> None:
        super().__init__(team, recipe, dataset, teacher)
        self.stride = team.sync_every * self.size
        self.group = self.at_a_time = math.ceil(self.group / team.sync_every) * team.sync_every
        self.news = np.zeros_like(self.network.theta), np.zeros_like(self.optimizer.slots)  # (P,), (slots, P)
        self.steps_away = 0  # that led to the news

    def _learn(self, rows: Rows) -> float:
        learner, team = cast(Spread, self.learner), self.team
        cut = [shares_of(rows[i : i + self.size], team.shares) for i in range(0, len(rows), self.size)]
        rates = [self.schedule(self.optimizer.steps + i) for i in range(len(cut))]
        state = self.network.theta, self.optimizer.slots, self.optimizer.steps
        seed, sizes, tasks = int(learner.draws.integers(SEEDS)), [], []
        for number in range(len(cut[0])):
            batches = [batch[number] for batch in cut if number < len(batch)]
            work = [pictures(self.batches, batch) for batch in batches]
            tasks.append(team.crew.submit(local_steps, learner.handle, state, work, rates, (seed, number)))
            sizes.append(sum(map(len, batches)))
        loss = 0.0
        for each in self.news:
            each.fill(0)
        for size, task in zip(sizes, tasks, strict=True):
            share, (its_loss, *its_news) = size / len(rows), task.result()
            loss += share * its_loss
            for mean, its in zip(self.news, its_news, strict=True):
                its *= share
                mean += its
        self.steps_away = len(cut)
        return loss

    def _step(self) -> None:
        for own, mean in zip((self.network.theta, self.optimizer.slots), self.news, strict=True):
            np.copyto(own, mean)
        self.optimizer.steps += self.steps_away
        if self.average:
            for _ in range(self.steps_away):
                self.average.step()


class Apprentice:
    """Who learns on a worker: the recipe goes there, and the network and its buffers are made there, once."""

    def __init__(self, recipe: Recipe, size: int, dtype: np.dtype[Any], teacher: Committee | None) -> None:
        self.recipe, self.size, self.dtype, self.teacher = recipe, size, dtype, teacher

    @cached_property
    def alone(self) -> Alone:
        """The network, its loss, and buffers for `size` pictures; every worker distorts by the same smooth field."""
        recipe, rng = self.recipe, np.random.default_rng((self.recipe.seed, 2))
        buffers = Buffers(
            self.size, recipe.pixel_divisor, self.dtype, recipe.label_smoothing, build.augmentation(recipe, rng)
        )
        loss = build.loss(recipe, self.size, self.dtype)
        parts = build.network(recipe, self.size, rng, self.dtype), loss, cast(Batches, buffers)
        return Pupil(*parts, self.teacher, rng) if self.teacher else Alone(*parts)

    def begin(self, theta: Array, seed: tuple[int, ...]) -> Alone:
        """The learner with these weights, about to draw these random numbers."""
        alone = self.alone
        np.copyto(alone.network.theta, theta)
        alone.draw_from(np.random.default_rng(seed))
        return alone


def gradient(apprentice: Apprentice, theta: Array, given: Pictures, seed: tuple[int, ...]) -> tuple[float, Array]:
    """The loss on some pictures, and its gradient (P,)."""
    alone = apprentice.begin(theta, seed)
    with np.errstate(all="ignore"):  # what overflows shows in the loss
        return alone.learn_from(*alone.batches.fill(*given)), alone.network.grad


def local_steps(
    apprentice: Apprentice,
    state: tuple[Array, Array, int],
    given: list[Pictures],
    rates: list[float],
    seed: tuple[int, ...],
) -> tuple[float, Array, Array]:
    """Some steps from a state (θ, slots, steps taken); the mean loss, θ (P,) and slots that they lead to."""
    recipe, alone = apprentice.recipe, apprentice.begin(state[0], seed)
    network = alone.network
    optimizer, penalty = build.optimizer(recipe, network), Penalty(recipe.l1, recipe.l2, *network.weights)
    np.copyto(optimizer.slots, state[1])
    optimizer.steps, loss = state[2], 0.0
    with np.errstate(all="ignore"):
        for batch, rate in zip(given, rates, strict=False):  # the last batch of an epoch may have no share for all
            loss += (alone.learn_from(*alone.batches.fill(*batch)) + penalty.add()) * len(batch[0])
            if recipe.clip:
                clip(network.grad, recipe.clip)
            optimizer.step(rate)
    return loss / sum(len(pixels) for pixels, _ in given), network.theta, optimizer.slots


def shares_of(rows: Rows, shares: int) -> list[Rows]:
    """The rows in so many parts, each as large as the others or one larger; fewer if there are fewer rows."""
    return np.array_split(rows, min(shares, len(rows)))


def pictures(batches: Batches, rows: Rows) -> Pictures:
    """What a worker is sent of these rows: bytes, which it makes floats of; copies."""
    pixels, labels = batches.gather(rows)
    return pixels.copy(), labels.copy()
