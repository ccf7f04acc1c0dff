"""A recipe is refused, in a line, where it could not be followed; the ones that ship can be."""

import math
from dataclasses import FrozenInstanceError, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from numpen.errors import RecipeError
from numpen.training.architecture import Maps, Pool, Units, parse
from numpen.training.recipe import Recipe, load_recipe, recipe_names

# the field, values on the inner side of its limits, values on the outer side
LIMITS: list[tuple[str, list[Any], list[Any]]] = [
    ("dropout", [0, 0.999], [-0.001, 1, 1.5]),
    ("l1", [0, 10.0], [-1e-9]),
    ("l2", [0, 10.0], [-1e-9]),
    ("label_smoothing", [0, 0.999], [-0.1, 1]),
    ("clip", [0, 0.5, 100.0], [-0.1]),
    ("average", [0, 0.9999], [-0.1, 1]),
    ("momentum", [0, 0.999], [-0.1, 1]),
    ("weight_decay", [0, 1.0], [-0.1]),
    ("learning_rate", [1e-9, 1, 100.0], [0, -1]),
    ("warm_up", [0.01, 0.99], [0, 1, -0.5]),
    ("decay_epochs", [1, 100], [0, -1, 10**300]),
    ("decay", [0.1, 2.0], [0, -0.5]),
    ("batch_size", [0, 1, 60_000], [-1]),
    ("epochs", [1, 1000], [0, -1, 10**300]),
    ("pixel_divisor", [0.5, 256], [0, -255]),
    ("validation", [0, 1, 6000], [-1]),
    ("seed", [0, 2**64], [-1]),
]
CHOICES: dict[str, list[str]] = {
    "activation": ["sigmoid", "tanh", "relu", "leaky-relu", "elu"],
    "output": ["softmax", "sigmoid"],
    "loss": ["cross-entropy", "half-squares", "sum-of-squares", "mean-squares"],
    "optimizer": ["gradient-descent", "momentum", "nesterov", "rmsprop", "adam", "adamw"],
    "schedule": ["constant", "step", "cosine", "one-cycle"],
    "validation_split": ["random", "stratified", "writers"],
}
FLOATS = [each.name for each in fields(Recipe) if type(each.default) is float]
INTEGERS = [each.name for each in fields(Recipe) if type(each.default) is int]
OTHERS = [each.name for each in fields(Recipe) if type(each.default) in (str, bool)]


def refused(words: str, **values: Any) -> None:
    with pytest.raises(RecipeError, match=words) as caught:
        Recipe(**values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "inside", "outside"), LIMITS, ids=[name for name, _, _ in LIMITS])
def test_a_number_keeps_its_limits(name: str, inside: list[Any], outside: list[Any]) -> None:
    for value in inside:
        assert getattr(Recipe(**{name: value}), name) == value
    for value in outside:
        refused(f"expected {name} to be (above|at least|below|at most) [0-9]+, got {value}", **{name: value})


def test_every_number_has_limits() -> None:
    assert {name for name, _, _ in LIMITS} | {"patience"} == {*FLOATS, *INTEGERS}


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "0.5", None, True, [0.5]], ids=str)
def test_a_float_is_a_finite_number(name: str, value: Any) -> None:
    refused(f"expected {name} to be", **{name: value})


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("value", [1.0, "1", None, True, math.nan], ids=str)
def test_a_count_is_a_whole_number(name: str, value: Any) -> None:
    refused(f"expected {name} to be of type int, got", **{name: value})


@pytest.mark.parametrize("name", [*FLOATS, *INTEGERS])
def test_a_number_beyond_all_floats_is_taken_or_refused(name: str) -> None:
    # TOML's whole numbers have no end
    values: dict[str, Any] = {"validation": 1} | {name: 10**400}
    try:
        Recipe(**values)
    except RecipeError as error:
        assert name in str(error)


@pytest.mark.parametrize("name", OTHERS)
def test_a_word_is_a_word_and_a_switch_is_a_switch(name: str) -> None:
    for value in (1, 1.5, None, ["relu"]):
        refused(f"expected {name} to be of type (str|bool), got", **{name: value})


@pytest.mark.parametrize("name", CHOICES)
def test_a_word_is_one_of_the_choices(name: str) -> None:
    for value in CHOICES[name]:
        values: dict[str, Any] = {name: value}
        assert getattr(Recipe(**values), name) == value
    for value in ("", "Relu", CHOICES[name][0].upper(), CHOICES[name][0] + " "):
        refused(f"expected {name} to be one of {', '.join(CHOICES[name])}, got {value}", **{name: value})


@pytest.mark.parametrize("word", ["he", "glorot", "lecun", "uniform(0.5)", "normal(1)", "zeros"])
def test_first_weights_are_an_initializer(word: str) -> None:
    assert Recipe(weights=word, biases=word).weights == word


@pytest.mark.parametrize("name", ["weights", "biases"])
def test_any_other_first_weights_are_refused(name: str) -> None:
    refused("expected an initializer", **{name: "xavier"})


class TestLayers:
    @pytest.mark.parametrize(
        ("layers", "sizes"), [("784-10", (784, 10)), ("784-1-10", (784, 1, 10)), ("784-30-20-10", (784, 30, 20, 10))]
    )
    def test_lead_from_pixels_to_digits(self, layers: str, sizes: tuple[int, ...]) -> None:
        assert parse(Recipe(layers=layers).layers) == [Units(*pair) for pair in pairwise(sizes)]

    def test_may_be_convolutions(self) -> None:
        stages = parse(Recipe(layers="784-16c5s2p2-m2-32c3-100-10").layers)
        assert stages == [Maps(1, 16, 5, 2, 2), Pool(2), Maps(16, 32, 3, 1, 0), Units(800, 100), Units(100, 10)]

    @pytest.mark.parametrize(
        "layers",
        [
            *("784-16c-10", "784-0c3-10", "784-3c0-10", "784-4c3s0-10", "784-4c3p3-10", "784-m0-10", "784-30-4c3-10"),
            *("784-30-m2-10", "784-4c3s2s2-10", "784-c3-10", "784-4c3p1s2-10"),
        ],
    )
    def test_convolutions_make_sense(self, layers: str) -> None:
        refused("expected layers as 784-256-10", layers=layers)

    @pytest.mark.parametrize("layers", ["784-4c29-10", "784-m29-10", "784-m14-4c3-10"])
    def test_fit_into_what_is_left_of_the_picture(self, layers: str) -> None:
        refused("expected layers that fit", layers=layers)

    @pytest.mark.parametrize("layers", ["784-0-10", "784-10-0", "784--10", "-", "784-a-10", "784-1.5-10"])
    def test_have_units(self, layers: str) -> None:
        refused("expected layers as 784-256-10", layers=layers)

    @pytest.mark.parametrize("layers", ["784- 30-10", "784-+30-10", "784-٣-10", "784-³-10", "784-1_0-10"])
    def test_are_written_in_plain_digits(self, layers: str) -> None:
        refused("expected layers as 784-256-10", layers=layers)

    @pytest.mark.parametrize(
        "layers", ["100-10", "784-10-5", "10-784", "783-30-10", "784-30-11", "784", "", "784x30x10", "784-16c28-m1"]
    )
    def test_start_at_784_and_end_at_10(self, layers: str) -> None:
        refused(r"expected layers from 784 \(the pixels\) to 10 \(the digits\), got", layers=layers)

    @pytest.mark.parametrize("layers", ["784-20126-10", "784-999999999-10", "784-99999999-10", "784-4000-4000-10"])
    def test_are_not_larger_than_a_model_file(self, layers: str) -> None:
        refused("expected", layers=layers)

    def test_may_be_as_large_as_one(self) -> None:
        assert Recipe(layers="784-20125-10").layers == "784-20125-10"


@pytest.mark.parametrize("values", [{"patience": 3}, {"keep_best": True}])
def test_who_judges_epochs_needs_pictures_to_judge_them_by(values: dict[str, Any]) -> None:
    refused("expected pictures held out to judge the epochs by", **values)
    assert Recipe(**values, validation=100).validation == 100
    refused("expected patience to be at least 0", patience=-1, validation=100)


class TestFiles:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "mine.toml"

    def test_a_file_says_what_differs_and_gives_the_name(self, path: Path) -> None:
        path.write_text('layers = "784-30-10"\nlearning_rate = 3\nkeep_best = true\nvalidation = 5', "utf-8")
        expected = Recipe(name="mine", layers="784-30-10", learning_rate=3, keep_best=True, validation=5)
        assert load_recipe(str(path)) == expected

    def test_an_empty_file_is_the_default_recipe(self, path: Path) -> None:
        path.write_text("", "utf-8")
        assert load_recipe(str(path)) == Recipe(name="mine")

    def test_a_file_may_name_itself(self, path: Path) -> None:
        path.write_text('name = "Größe"', "utf-8")
        assert load_recipe(str(path)).name == "Größe"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("learning-rate = 1", "expected only a recipe's fields in .*mine.toml, got learning-rate"),
            ("units = 30\ncolour = 5", "got colour, units"),
            ('learning_rate = "fast"', "expected learning_rate to be of type float, got 'fast'"),
            ("epochs = 2.0", "expected epochs to be of type int"),
            ("seed = true", "expected seed to be of type int"),
            ("layers = [784, 10]", "expected layers to be of type str"),
            ("[training]\nepochs = 3", "got training"),
            ("learning_rate = nan", "expected learning_rate to be above 0"),
            ("epochs = 1\nepochs = 2", "expected TOML in"),
            ("epochs = ", "expected TOML in"),
            ("learning_rate = " + "9" * 400, "expected learning_rate"),
            ("seed = " + "9" * 5000, "expected"),
            ("seed = " + "[" * 5000, "expected"),
        ],
        ids=lambda text: text[:20],
    )
    def test_what_no_recipe_says_is_refused(self, path: Path, text: str, words: str) -> None:
        path.write_text(text, "utf-8")
        with pytest.raises(RecipeError, match=words):
            load_recipe(str(path))

    def test_what_is_no_text_is_refused(self, path: Path) -> None:
        path.write_bytes(b'name = "\xff"')
        with pytest.raises(RecipeError, match="expected TOML in"):
            load_recipe(str(path))

    @pytest.mark.parametrize("name", ["", ".", "nowhere", "nowhere.toml", "../recipes/fast"])
    def test_a_recipe_that_is_not_there_is_refused_with_those_that_are(self, name: str) -> None:
        with pytest.raises(RecipeError, match=r"expected a recipe that ships \(.*fast.*\) or a TOML file"):
            load_recipe(name)


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipe_can_be_loaded_and_says_what_it_is(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.summary


def test_the_default_recipe_is_fast() -> None:
    assert "fast" in recipe_names()
    assert Recipe().name == "fast"


def test_a_changed_recipe_says_so_unless_only_the_seed_is_another() -> None:
    recipe = load_recipe("fast")
    assert recipe.changed() == recipe
    assert recipe.changed(seed=7).name == "fast"
    assert (recipe.changed(epochs=2).name, recipe.changed(epochs=2).epochs) == ("fast (changed)", 2)
    assert recipe.changed(epochs=2, name="mine").name == "mine"
    with pytest.raises(RecipeError):
        recipe.changed(epochs=0)


def test_a_recipe_cannot_be_changed_in_passing() -> None:
    with pytest.raises(FrozenInstanceError):
        Recipe().epochs = 7  # type: ignore[misc]


def test_a_recipe_told_as_a_dictionary_makes_the_same_one() -> None:
    recipe = Recipe(layers="784-30-10", seed=5)
    assert Recipe(**recipe.as_dict()) == recipe


def test_every_field_has_its_help() -> None:
    assert all(each.metadata["help"].endswith(".") for each in fields(Recipe))
