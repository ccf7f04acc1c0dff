"""First weights have the spread that their paper asks for, whatever the layer, and come again with the seed."""

import math
import re

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.errors import NetworkError
from numpen.nn.initializers import Glorot, He, Initializer, LeCun, Normal, Uniform, Zeros, initializer

WORDS: dict[str, Initializer] = {
    "glorot": Glorot(),
    "he": He(),
    "lecun": LeCun(),
    "zeros": Zeros(),
    "uniform(0.5)": Uniform(0.5),
    "uniform(1)": Uniform(1.0),
    "normal(1e-2)": Normal(0.01),
    "normal(.25)": Normal(0.25),
}


def drawn(word: str, fan_in: int = 300, fan_out: int = 200, seed: int = 0) -> NDArray[np.float64]:
    """A matrix (I, O) of first weights."""
    out = np.full((fan_in, fan_out), np.nan)
    initializer(word).fill(out, fan_in, fan_out, np.random.default_rng(seed))
    return out


@pytest.mark.parametrize("word", WORDS)
def test_a_word_names_its_initializer(word: str) -> None:
    assert initializer(word) == WORDS[word]


@pytest.mark.parametrize(
    ("word", "deviation"),
    [
        ("he", math.sqrt(2 / 300)),
        ("lecun", math.sqrt(1 / 300)),
        ("glorot", math.sqrt(2 / (300 + 200))),  # that of ±√(6 / (I + O)), spread evenly
        ("normal(0.3)", 0.3),
        ("uniform(0.3)", 0.3 / math.sqrt(3)),
    ],
)
def test_the_spread_is_the_papers(word: str, deviation: float) -> None:
    weights = drawn(word)
    # 60,000 draws: the spread is known to 0.3 %, the mean to 0.4 % of it
    assert weights.std() == pytest.approx(deviation, rel=0.02)
    assert abs(weights.mean()) < 0.02 * deviation


@pytest.mark.parametrize(("word", "limit"), [("glorot", math.sqrt(6 / 500)), ("uniform(0.3)", 0.3)])
def test_an_even_spread_ends_at_its_limit(word: str, limit: float) -> None:
    weights = drawn(word)
    assert 0.99 * limit < weights.max() <= limit
    assert -limit <= weights.min() < -0.99 * limit
    # as many in each quarter of the range
    assert np.histogram(weights, 4)[0] == pytest.approx(15_000, rel=0.05)


@pytest.mark.parametrize("word", ["he", "lecun", "normal(0.3)"])
def test_a_normal_spread_has_a_normals_tails(word: str) -> None:
    weights = drawn(word) / drawn(word).std()
    assert np.mean(np.abs(weights) > 1) == pytest.approx(0.317, abs=0.01)
    assert np.mean(np.abs(weights) > 2) == pytest.approx(0.0455, abs=0.005)


def test_zeros_are_zero() -> None:
    assert not drawn("zeros").any()


@pytest.mark.parametrize("word", WORDS)
def test_the_seed_decides(word: str) -> None:
    assert np.array_equal(drawn(word), drawn(word))
    assert np.array_equal(drawn(word), drawn(word, seed=1)) == (word == "zeros")


OTHER_WORDS = """
He | xavier | uniform | uniform() | uniform(0) | uniform(-1) | normal(0) | normal(-0.1) | normal(nan) | normal(inf)
normal(1e999) | normal(1,2) | normal(1e) | normal(--1) | uniform(0x10) | uniform(1_0) | glorot(1) | __import__('os')
"""


@pytest.mark.parametrize("word", [*(word.strip() for word in re.split(r"[|\n]", OTHER_WORDS)), "he ", "normal(1)\n"])
def test_any_other_word_is_refused_in_one_line(word: str) -> None:
    with pytest.raises(NetworkError, match="expected an initializer: glorot, he, lecun, zeros") as caught:
        initializer(word)
    assert word.strip() in str(caught.value)
