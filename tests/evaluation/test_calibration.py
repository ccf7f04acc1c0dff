"""A temperature is found again, a threshold keeps what it promises."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpen.evaluation.calibration import coverage, fit_temperature, tempered, threshold_for
from numpen.nn.arrays import Array


def drawn(count: int, seed: int) -> tuple[Array, "np.ndarray[tuple[int], np.dtype[np.uint8]]"]:
    """Probabilities, and labels drawn by them: as honest as probabilities can be."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 3, (count, 10))
    honest = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = (honest.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1).clip(0, 9)
    return honest, labels.astype(np.uint8)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_that_spoilt_the_probabilities_is_found_and_undone(temperature: float) -> None:
    honest, labels = drawn(20_000, 1)
    spoilt = tempered(honest, 1 / temperature)
    found = fit_temperature(spoilt, labels)
    assert found == pytest.approx(temperature, rel=0.03)
    assert np.abs(tempered(spoilt, found) - honest).max() < 0.02


@given(st.floats(0.2, 5), st.integers(0, 99))
def test_a_temperature_changes_no_answer_and_keeps_the_sum(temperature: float, seed: int) -> None:
    honest, _ = drawn(50, seed)
    other = tempered(honest, temperature)
    assert np.array_equal(other.argmax(axis=1), honest.argmax(axis=1))
    assert other.sum(axis=1) == pytest.approx(np.ones(50))


def test_the_curve_answers_less_and_right_more_often() -> None:
    honest, labels = drawn(5000, 2)
    curve = coverage(honest, labels, np.linspace(0, 1, 6))
    assert curve[0].answered == 1 and curve[0].right == np.mean(honest.argmax(axis=1) == labels)
    assert all(a.answered >= b.answered and a.right <= b.right + 0.02 for a, b in pairwise(curve))


def test_a_threshold_for_a_share_keeps_it_and_the_one_below_does_not() -> None:
    honest, labels = drawn(5000, 3)
    threshold = threshold_for(honest, labels, 0.95)
    at, below = coverage(honest, labels, np.array([threshold, threshold - 0.02]))
    assert at.right >= 0.95 > below.right
    assert threshold_for(honest[:0], labels[:0], 0.95) == 1
