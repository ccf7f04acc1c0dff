"""A trial that is trained rung by rung, by whatever worker, is the training that `numpen train` makes of its recipe."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numpen.digits.dataset import Dataset
from numpen.training.recipe import Recipe
from numpen.training.search.climb import Climb, Pictures, climb
from numpen.training.state import State
from numpen.training.trainer import Epoch, Record, train

RECIPES = [
    Recipe(layers="784-12-10", epochs=3, batch_size=50),
    Recipe(layers="784-12-10", epochs=2, batch_size=64, average=0.9, dropout=0.2, optimizer="adam", learning_rate=0.01),
    Recipe(layers="784-4c5s2-10", epochs=1, batch_size=80, distortions="shift(1)", schedule="cosine"),
]


def judged(recipe: Recipe) -> Recipe:
    return recipe.changed(validation=200, validation_split="random", seed=7)


def curve(recipe: Recipe, dataset: Dataset) -> list[tuple[float, float]]:
    """What `train` finds at the end of each epoch, with one thread as all tests have."""
    records: list[Record] = []
    train(recipe, dataset, records.append)
    epochs = [record for record in records if isinstance(record, Epoch)]
    return [(float(each.epoch), each.validation_accuracy or 0.0) for each in epochs]


@settings(max_examples=12)
@given(st.sampled_from(RECIPES), st.lists(st.floats(0.01, 0.99), max_size=4))
def test_rungs_change_nothing(few: Dataset, recipe: Recipe, rungs: list[float]) -> None:
    recipe = judged(recipe)
    pictures, reached = Pictures.of(few, recipe), Climb()
    for share in [*sorted(rungs), 1.0]:
        reached = climb(pictures, recipe, reached, share)
        assert (reached.state is None) == (share == 1)
    ends = [(epochs, accuracy) for epochs, accuracy in reached.curve if epochs == int(epochs)]
    assert ends == curve(recipe, few)
    assert all(before[0] < after[0] for before, after in pairwise(reached.curve))
    assert reached.parameters and reached.seconds > 0 and not reached.trouble


def test_a_rung_is_where_it_should_be(few: Dataset) -> None:
    recipe = judged(RECIPES[0])
    pictures = Pictures.of(few, recipe)
    quarter = climb(pictures, recipe, Climb(), 0.25)
    assert quarter.state and quarter.state.numbers["steps"] == 12  # of 3 epochs of 16 steps
    assert quarter.curve == [(0.75, quarter.accuracy)]
    half = climb(pictures, recipe, quarter, 0.5)
    assert [epochs for epochs, _ in half.curve] == [0.75, 1.0, 1.5]
    assert half.seconds > quarter.seconds


def test_it_goes_on_from_where_it_was_and_not_from_the_beginning(few: Dataset) -> None:
    recipe = judged(RECIPES[0])
    pictures = Pictures.of(few, recipe)
    quarter = climb(pictures, recipe, Climb(), 0.25)
    assert quarter.state
    other = State(quarter.state.numbers, quarter.state.arrays | {"theta": quarter.state.arrays["theta"][::-1].copy()})
    half, of_other = (climb(pictures, recipe, replace(quarter, state=state), 0.5) for state in (quarter.state, other))
    assert half.curve[1:] != of_other.curve[1:]


def test_the_two_parts_share_no_writer(few: Dataset) -> None:
    recipe = Recipe(validation=200, seed=3)
    pictures = Pictures.of(few, recipe)
    learnt, held_out = pictures.learnt.writers, pictures.held_out.writers
    assert learnt is not None and held_out is not None
    assert not set(learnt.tolist()) & set(held_out.tolist())
    assert len(learnt) + len(held_out) == len(few)


@pytest.mark.parametrize("rate", [1e30, 1e4])
def test_a_loss_that_leaves_the_numbers_is_trouble(few: Dataset, rate: float) -> None:
    recipe = judged(RECIPES[0]).changed(learning_rate=rate, l2=1.0, schedule="constant")
    reached = climb(Pictures.of(few, recipe), recipe, Climb(), 1.0)
    assert "expected a finite loss" in reached.trouble and reached.state is None
