"""A space says what may be tried, and nothing else is; what makes no sense is refused in one line."""

import itertools
from typing import Any

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numpen.errors import RecipeError, SearchError
from numpen.training.recipe import Recipe, load_recipe
from numpen.training.search.space import Choice, Dials, Range, Space
from numpen.training.search.spacefile import load_space, space_from, space_names
from tests.training.search.spaces import DIALS, tiny

optuna.logging.set_verbosity(optuna.logging.ERROR)


def space(dials: dict[str, Any]) -> Space:
    return space_from({"dials": dials}, "any", "any.toml")


def turned(space: Space, seed: int, positions: dict[str, Any] | None = None) -> dict[str, Any]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    if positions:
        study.enqueue_trial(positions)
    return space.turn(study.ask())


def grid(dials: Dials) -> int:
    """How many ways there are to turn the dials to a point of their grids, counted one by one."""

    def ways(dial: Range | Choice) -> range:
        if isinstance(dial, Range):
            return range(len(dial.grid()))
        return range(sum(grid(inner) for inner in dial.branches.values()))

    return sum(1 for _ in itertools.product(*map(ways, dials.values())))


@settings(max_examples=60)
@given(DIALS, st.integers(0, 99))
def test_what_is_tried_is_a_recipe_of_the_space(dials: dict[str, Any], seed: int) -> None:
    made = space(dials)
    values = turned(made, seed)
    recipe = made.recipe(values)
    assert all(getattr(recipe, name) == value for name, value in values.items())
    for name in set(values) - {"layers"}:
        told = dials.get(name)
        if isinstance(told, dict) and "from" in told:
            assert told["from"] <= values[name] <= told["to"]
        elif isinstance(told, list):
            assert values[name] in told
    untouched = set(recipe.as_dict()) - set(made.names()) - {"name"}
    assert all(getattr(recipe, name) == getattr(made.base, name) for name in untouched)


@settings(max_examples=60)
@given(DIALS, st.integers(0, 99))
def test_a_recipe_of_the_space_is_found_in_it_again(dials: dict[str, Any], seed: int) -> None:
    made = space(dials)
    recipe = made.recipe(turned(made, seed))
    positions = made.positions(recipe)
    assert positions is not None
    assert made.recipe(turned(made, seed + 1, positions)) == recipe


@settings(max_examples=30)
@given(DIALS)
def test_the_grid_is_counted_right(dials: dict[str, Any]) -> None:
    made = space(dials)
    if made.grid_size() <= 3000:
        assert made.grid_size() == grid(made.dials)


@settings(max_examples=60)
@given(DIALS, st.integers(0, 99))
def test_a_recipe_that_is_written_is_the_one_that_is_read(tmp_path_factory: Any, dials: Any, seed: int) -> None:
    made = space(dials)
    path = tmp_path_factory.mktemp("recipe") / "mine.toml"
    recipe = made.recipe(turned(made, seed) | {"name": "mine", "summary": 'a "quoted" \\ line\n, déjà vu'})
    path.write_text(recipe.as_toml(), "utf-8")
    assert load_recipe(str(path)) == recipe


@pytest.mark.parametrize("name", space_names())
def test_the_spaces_that_ship_hold_their_base_and_recipes_alone(name: str) -> None:
    made = load_space(name)
    assert made.positions(made.base) is not None
    for seed in range(100):
        assert isinstance(made.recipe(turned(made, seed)), Recipe)
    assert made.base.name in ("fast", "convnet-fast")


def test_three_spaces_ship() -> None:
    assert space_names() == ["conv", "mlp", "small"]


def test_numbers_are_written_as_a_person_would() -> None:
    rate = Range(0.001, 1.5)
    assert [rate.tidy(number) for number in (0.0012345, 0.98765, 1.4999, 0.001)] == [0.00123, 0.988, 1.5, 0.001]
    assert Range(0.12345, 0.2).tidy(0.12346) == 0.12345  # which three digits would leave
    assert Range(1, 100, log=True, whole=True, points=3).grid() == [1, 10, 100]


def test_what_is_too_large_is_refused_when_it_is_tried() -> None:
    made = tiny(layers={"784-{units}-10": {"units": {"from": 4, "to": 100_000, "log": True}}})
    with pytest.raises(RecipeError, match="at most 16,000,000 parameters"):
        made.recipe({"layers": "784-100000-10"})


@pytest.mark.parametrize(
    "dials, words",
    [
        ({}, "a table [dials]"),
        ({"colour": ["red"]}, "got colour"),
        ({"seed": [1, 2]}, "got seed"),
        ({"validation": [1, 2]}, "got validation"),
        ({"activation": []}, "a list, from and to, or tables for activation"),
        ({"activation": "relu"}, "a list, from and to, or tables for activation"),
        ({"activation": ["sine"]}, "one of sigmoid"),
        ({"activation": {"from": 1, "to": 2}}, "for activation"),
        ({"epochs": {"from": 5, "to": 2}}, "to a larger one"),
        ({"epochs": {"from": 0, "to": 2}}, "at least 1"),
        ({"epochs": {"from": 1.5, "to": 2}}, "from and to"),
        ({"epochs": {"from": 1, "to": 2, "step": 1}}, "from and to"),
        ({"epochs": {"from": 1, "to": 2, "points": 1}}, "from and to"),
        ({"epochs": {"from": 1, "to": 10**30}}, "to a larger one"),
        ({"epochs": {"from": 1}}, "from and to"),
        ({"l2": {"from": 0, "to": 1, "log": True}}, "start above 0"),
        ({"l2": {"from": float("nan"), "to": 1}}, "to a larger one"),
        ({"learning_rate": {"from": 1, "to": float("inf")}}, "to a larger one"),
        ({"dropout": {"from": 0, "to": 1}}, "below 1"),
        ({"batch_size": [True]}, "for batch_size"),
        ({"optimizer": {"adam": {"units": [1]}}}, "got units"),
        ({"optimizer": {"adam": 3}}, "for optimizer"),
        ({"optimizer": {"atom": {}}}, "one of gradient-descent"),
        ({"layers": ["784-{units}-10"]}, "units for units"),
        ({"layers": {"784-{units}-10": {}}}, "units for units"),
        ({"layers": {"784-{0}-10": {}}}, "expected layers as"),
        ({"layers": {"784-{units-10": {}}}, "expected layers as"),
        ({"layers": {"784-{u:>9}-10": {"u": {"from": 1, "to": 2}}}}, "expected layers as"),
        ({"layers": {"784-{u}-11": {"u": {"from": 1, "to": 2}}}}, "to 10"),
        ({"layers": {"784-{u}-10": {"u": {"from": 0, "to": 2}}}}, "layers"),
        ({"layers": {"784-{u}-10": {"u": ["many"]}}}, "for u"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_in_a_line(dials: dict[str, Any], words: str) -> None:
    with pytest.raises(SearchError) as caught:
        space(dials)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_file_that_is_no_space_is_refused_in_a_line(tmp_path: Any) -> None:
    for content, words in (
        (b"\xff", "TOML"),
        (b"dials = 3", "table"),
        (b"[dials]\nepochs=[1]\n[more]", "more"),
        (b'recipe="none"\n[dials]\nepochs=[1]', "ships"),
        (b"recipe=3\n[dials]\nepochs=[1]", "recipe as a string"),
    ):
        (tmp_path / "mine.toml").write_bytes(content)
        with pytest.raises(SearchError, match=words):
            load_space(str(tmp_path / "mine.toml"))
    with pytest.raises(SearchError, match=r"ships \(conv, mlp, small\) or a TOML file"):
        load_space("large")
