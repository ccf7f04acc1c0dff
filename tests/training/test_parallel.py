"""What workers learn together is what one process learns, and how far they drift apart is what was asked for."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from numpen.digits.batches import Batches
from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError, RecipeError
from numpen.models.committee import Committee
from numpen.models.model import Model
from numpen.training import build
from numpen.training.checkpoint import Checkpoint
from numpen.training.learners import Alone
from numpen.training.parallel import Spread, Team
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer, train, until_enough
from numpen.workers.crew import Crew, open_crew
from tests.workers.crews import where

PLAIN = Recipe(layers="784-20-10", batch_size=50, epochs=2, learning_rate=0.1)
RANDOM = PLAIN.changed(dropout=0.2, distortions="shift(2) noise(0.1)", average=0.9, clip=1.0, l2=1e-4, optimizer="adam")


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with open_crew(2) as crew:
        yield crew


def trained(trainer: Trainer) -> Trainer:
    for _ in until_enough(trainer):
        pass
    return trainer


def alone(recipe: Recipe, dataset: Dataset) -> Alone:
    """A learner in float64."""
    network = build.network(recipe, 50, np.random.default_rng(0), np.float64)
    batches = Batches(dataset, 50, dtype=np.float64, smoothing=recipe.label_smoothing)
    return Alone(network, build.loss(recipe, 50, np.float64), batches)


@pytest.mark.parametrize("shares", [1, 2, 3, 7])
@pytest.mark.parametrize("size", [1, 2, 50])
def test_the_gradient_is_that_of_one_process(few: Dataset, crew: Crew, shares: int, size: int) -> None:
    recipe, rows = PLAIN.changed(label_smoothing=0.1), np.arange(size)
    whole, cut = alone(recipe, few), alone(recipe, few)
    spread = Spread(cut, recipe, Team(crew, shares), np.random.default_rng(0))
    losses = whole.learn(rows), spread.learn(rows)
    assert losses[1] == pytest.approx(losses[0], rel=1e-12)
    np.testing.assert_allclose(cut.network.grad, whole.network.grad, rtol=1e-6, atol=1e-15)


def test_in_single_precision_it_is_that_but_for_the_last_bits(few: Dataset, crew: Crew) -> None:
    whole, cut = Trainer(PLAIN, few), Team(crew, 2).trainer(PLAIN, few)
    rows = np.arange(50)
    assert cut.learner.learn(rows) == pytest.approx(whole.learner.learn(rows), rel=1e-6)
    largest = np.abs(whole.network.grad).max()
    np.testing.assert_allclose(cut.network.grad, whole.network.grad, atol=1e-6 * largest)


def test_training_ends_where_that_of_one_process_ends(few: Dataset, crew: Crew) -> None:
    whole, cut = trained(Trainer(PLAIN, few)), trained(Team(crew, 2).trainer(PLAIN, few))
    np.testing.assert_allclose(cut.network.theta, whole.network.theta, atol=1e-4)
    assert [each.epoch for each in cut.history] == [1, 2]
    assert cut.history[-1].train_loss == pytest.approx(whole.history[-1].train_loss, rel=1e-4)


@pytest.mark.parametrize("sync_every", [0, 3])
def test_who_does_it_changes_no_bit(few: Dataset, crew: Crew, cluster: str, sync_every: int) -> None:
    here = trained(Team(crew, 2, sync_every).trainer(RANDOM, few))
    with open_crew(1) as one, open_crew(cluster=cluster) as many:
        for other in (one, many):
            there = trained(Team(other, 2, sync_every).trainer(RANDOM, few))
            assert np.array_equal(here.network.theta, there.network.theta)
    assert not np.array_equal(here.network.theta, trained(Team(crew, 3, sync_every).trainer(RANDOM, few)).network.theta)


def test_a_worker_that_is_killed_changes_no_bit(few: Dataset) -> None:
    thetas = []
    for kills in (0, 2):
        with open_crew(2) as crew:
            trainer = Team(crew, 2).trainer(RANDOM, few)
            for number, _ in enumerate(trainer.run()):
                if number in (5, 25)[:kills]:
                    os.kill(crew.submit(where, None).result(), signal.SIGKILL)
            thetas.append(trainer.network.theta)
    assert np.array_equal(*thetas)


def test_one_step_apart_with_gradient_descent_is_the_mean_of_gradients(few: Dataset, crew: Crew) -> None:
    recipe = PLAIN.changed(optimizer="gradient-descent", l2=1e-3)
    together, apart = (trained(Team(crew, 2, k).trainer(recipe, few)) for k in (0, 1))
    np.testing.assert_allclose(apart.network.theta, together.network.theta, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["nesterov", "adam"])
def test_steps_apart_learn_as_well(few: Dataset, crew: Crew, optimizer: str) -> None:
    recipe = PLAIN.changed(optimizer=optimizer, learning_rate=0.1 if optimizer == "nesterov" else 0.003, epochs=8)
    whole, apart = trained(Trainer(recipe, few)), trained(Team(crew, 2, 5).trainer(recipe, few))
    right = [np.mean(each.model.predict(few.images) == few.labels) for each in (whole, apart)]
    assert right[1] > right[0] - 0.03 and apart.optimizer.steps == whole.optimizer.steps


@pytest.mark.parametrize("sync_every", [0, 3])
def test_it_goes_on_from_a_checkpoint_to_the_same_bits(few: Dataset, crew: Crew, sync_every: int) -> None:
    team = Team(crew, 2, sync_every)
    whole, first = trained(team.trainer(RANDOM, few)), team.trainer(RANDOM, few)
    for number, _ in enumerate(first.run()):
        if number == 4:
            break
    kept = Checkpoint.from_bytes(Checkpoint.of(first).to_bytes(), "kept")
    second = trained(kept.resume(few, team=team))
    assert np.array_equal(second.network.theta, whole.network.theta)


def test_a_teacher_goes_along(few: Dataset, crew: Crew) -> None:
    teacher = Committee([train(PLAIN, few)])
    whole = trained(Trainer(PLAIN, few, teacher))
    cut = trained(Team(crew, 2).trainer(PLAIN, few, teacher))
    np.testing.assert_allclose(cut.network.theta, whole.network.theta, atol=1e-4)


@pytest.mark.parametrize("sync_every", [0, 2])
def test_a_loss_that_is_not_finite_ends_it(few: Dataset, crew: Crew, sync_every: int) -> None:
    recipe = replace(PLAIN, learning_rate=1e30, schedule="constant")
    trainer = Team(crew, 2, sync_every).trainer(recipe, few)
    with pytest.raises(DivergenceError):
        trained(trainer)
    assert np.isfinite(trainer.network.theta).all() and isinstance(trainer.model, Model)


def test_halves_are_for_one_process(few: Dataset, crew: Crew) -> None:
    with pytest.raises(RecipeError, match="halves"):
        Team(crew, 2).trainer(PLAIN.changed(halves=True), few)
