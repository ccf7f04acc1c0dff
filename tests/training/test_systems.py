"""The recipes of four systems and of the lessons say what was published, and learn."""

from itertools import pairwise

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.evaluation.metrics import evaluate
from numpen.training import build
from numpen.training.recipe import Recipe, load_recipe, recipe_names
from numpen.training.trainer import Epoch, Progress, Record, Trainer, train

SYSTEMS = ("thirty-hidden", "two-hidden-relu", "sixteen-sixteen", "elu-full-batch")
LESSONS = ("nielsen-1", "nielsen-3", "three-blue")
ALL = (*SYSTEMS, *LESSONS, *(f"{name}-best" for name in SYSTEMS))

PUBLISHED = {
    "thirty-hidden": ("784-30-10", "sigmoid", "sum-of-squares", "uniform(0.036)", "zeros", 1.0, 150, 1),
    "two-hidden-relu": ("784-256-64-10", "relu", "cross-entropy", "he", "zeros", 0.001, 32, 10),
    "sixteen-sixteen": ("784-16-16-10", "sigmoid", "half-squares", "normal(1)", "normal(1)", 0.17, 1, 1),
    "elu-full-batch": ("784-10-10", "elu", "cross-entropy", "uniform(0.5)", "uniform(0.5)", 0.1, 0, 500),
    "nielsen-1": ("784-30-10", "sigmoid", "half-squares", "normal(1)", "normal(1)", 3.0, 10, 30),
    "nielsen-3": ("784-100-10", "sigmoid", "cross-entropy", "lecun", "normal(1)", 0.1, 10, 60),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_recipe_says_what_was_published(name: str) -> None:
    recipe = load_recipe(name)
    said = (recipe.layers, recipe.activation, recipe.loss, recipe.weights, recipe.biases)
    assert (*said, recipe.learning_rate, recipe.batch_size, recipe.epochs) == PUBLISHED[name]
    assert (recipe.optimizer, recipe.schedule, recipe.dropout, recipe.l1) == ("gradient-descent", "constant", 0, 0)


def test_what_else_was_published() -> None:
    assert load_recipe("thirty-hidden").shuffle is False
    assert load_recipe("sixteen-sixteen").pixel_divisor == 256
    elu, book = load_recipe("elu-full-batch"), load_recipe("nielsen-3")
    assert (elu.validation, elu.validation_split, elu.output) == (1000, "random", "softmax")
    assert load_recipe("nielsen-1").validation == book.validation == 0
    assert book.l2 == pytest.approx(5.0 / 60_000, rel=1e-3)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_best_has_the_same_layers_and_decides_nothing_by_the_test_pictures(name: str) -> None:
    best = load_recipe(f"{name}-best")
    assert best.layers == load_recipe(name).layers
    assert not (best.patience or best.keep_best)


def test_every_recipe_has_a_line_and_its_name() -> None:
    assert set(ALL) <= set(recipe_names())
    for name in ALL:
        assert load_recipe(name).name == name and 20 < len(load_recipe(name).summary) < 90


@pytest.mark.parametrize("name", ALL)
def test_it_learns_from_a_thousand_pictures(name: str, few: Dataset) -> None:
    recipe = load_recipe(name)
    short = recipe.changed(epochs=min(recipe.epochs, 30), validation=100 if recipe.validation else 0)
    losses: list[float] = []
    first = Trainer(short, few).model
    before = evaluate(first, few).accuracy

    def listener(record: Record) -> None:
        losses.append(record.loss if isinstance(record, Progress) else record.train_loss)

    model = train(short, few, listener)
    assert losses[-1] < losses[0]
    assert evaluate(model, few).accuracy > before


def test_thirty_hidden_reads_four_times_out_of_five_in_the_files_order(mnist: Dataset, mnist_test: Dataset) -> None:
    records: list[Record] = []
    model = train(load_recipe("thirty-hidden"), mnist, records.append)
    steps = [record.step for record in records if isinstance(record, Progress)]
    assert steps[-1] == 400
    assert evaluate(model, mnist_test).accuracy > 0.84
    assert evaluate(model, mnist_test.take(slice(1000))).accuracy > 0.75  # published: 61.3 %


def test_all_rows_of_the_full_batch_are_one_step(few: Dataset) -> None:
    recipe = load_recipe("elu-full-batch").changed(epochs=40, validation=100)
    trainer = Trainer(recipe, few)
    records = list(trainer.run())
    epochs = [record for record in records if isinstance(record, Epoch)]
    assert [record.step for record in records if isinstance(record, Progress)] == list(range(1, 41))
    assert len(trainer.batches.pixels) == 900
    assert all(record.validation_accuracy is not None for record in epochs)
    assert all(later.train_loss < earlier.train_loss for earlier, later in pairwise(epochs[5:]))


def test_the_first_weights_are_the_ones_that_init_would_write(few: Dataset) -> None:
    recipe = Recipe(layers="784-30-10", weights="uniform(0.036)", seed=3)
    fresh = build.network(recipe, 1, np.random.default_rng(3))
    assert np.array_equal(fresh.theta, Trainer(recipe, few).network.theta)
