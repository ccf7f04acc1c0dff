"""Spaces to test with: a tiny one, and any that Hypothesis thinks of."""

import tomllib
from typing import Any

from hypothesis import strategies as st

from numpen.digits.dataset import Dataset
from numpen.training.search.question import Question
from numpen.training.search.space import Space
from numpen.training.search.spacefile import space_from
from tests.long.search_kills import SPACE


def tiny(**changes: Any) -> Space:
    """The tiny space, with other dials."""
    told = tomllib.loads(SPACE)
    return space_from(told | {"dials": told["dials"] | changes}, "tiny", "tiny.toml")


def question(few: Dataset, **changes: Any) -> Question:
    """What is asked of a thousand pictures, in the tiny space."""
    given: dict[str, Any] = {"space": tiny(), "dataset": few, "held_out": 200, "by": "random"}
    return Question(**given | changes)


def ranges(low: float, high: float, whole: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Two numbers between these, the smaller first."""
    number = st.integers(int(low), int(high)) if whole else st.floats(low, high)
    ends = st.tuples(number, number).map(sorted)
    return st.tuples(ends, st.booleans()).map(lambda each: {"from": each[0][0], "to": each[0][1], "log": each[1]})


UNITS = ranges(1, 64, whole=True)
RATE = ranges(1e-6, 10.0)
LAYERS = st.one_of(
    st.just(["784-10", "784-8-10"]),
    UNITS.map(lambda units: {"784-{units}-10": {"units": units}}),
    st.just({"784-{some}-10": {"some": [4, 9]}}),
    st.tuples(UNITS, UNITS).map(
        lambda two: {"784-{a}-10": {"a": two[0]}, "784-{a}-{b}-10": {"a": two[0], "b": two[1]}, "784-10": {}}
    ),
)
DIALS = st.fixed_dictionaries(
    {"layers": LAYERS, "epochs": ranges(1, 9, whole=True)},
    optional={
        "activation": st.lists(st.sampled_from(("relu", "tanh", "elu")), min_size=1, max_size=3),
        "learning_rate": RATE,
        "dropout": ranges(0, 0.5).map(lambda told: told | {"log": False}),
        "batch_size": st.lists(st.integers(1, 500), min_size=1, max_size=4, unique=True),
        "l2": st.lists(st.sampled_from((0.0, 0, 1e-6, 0.01)), min_size=1, max_size=3),
        "optimizer": st.fixed_dictionaries(
            {"nesterov": st.fixed_dictionaries({"momentum": st.just([0.8, 0.9])})},
            optional={"adamw": st.fixed_dictionaries({"weight_decay": ranges(0.001, 0.3)}), "adam": st.just({})},
        ),
    },
)
