"""What is counted about a model's answers is what one would count by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from numpen.digits.dataset import Dataset
from numpen.evaluation.metrics import evaluate, judge, mistakes, reliability, wilson_interval
from numpen.models.model import Model
from numpen.nn.activations import Softmax
from numpen.nn.layers import Dense
from numpen.nn.network import Network


def certain(digits: list[int], p: float = 1.0) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Probabilities (N, 10): p for these digits, the rest shared out."""
    probabilities = np.full((len(digits), 10), (1 - p) / 9)
    probabilities[np.arange(len(digits)), digits] = p
    return probabilities


def test_answers_are_counted_against_the_truth() -> None:
    evaluation = judge(certain([3, 3, 5, 9, 0]), np.array([3, 5, 5, 9, 9], np.uint8))
    expected = np.zeros((10, 10), int)
    expected[[3, 5, 5, 9, 9], [3, 3, 5, 9, 0]] = 1
    assert np.array_equal(evaluation.confusion, expected)
    assert (evaluation.count, evaluation.accuracy) == (5, 0.6)


def test_every_pair_of_digits_has_its_own_cell() -> None:
    truth, answers = np.divmod(np.arange(100), 10)
    assert (judge(certain(answers.tolist()), truth.astype(np.uint8)).confusion == 1).all()


def test_the_errors_of_each_digit_add_up() -> None:
    digits = judge(certain([3, 3, 5, 9, 0]), np.array([3, 5, 5, 9, 9], np.uint8)).as_dict()["per_digit"]
    assert [each["digit"] for each in digits] == list(range(10))
    assert [each["count"] for each in digits] == [0, 0, 0, 1, 0, 2, 0, 0, 0, 2]
    assert [each["errors"] for each in digits] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert digits[5] == {"digit": 5, "count": 2, "errors": 1, "error_rate": 0.5, "share_of_errors": 0.5}
    assert digits[0]["error_rate"] == 0


def test_a_model_without_errors_has_no_shares_of_them() -> None:
    told = judge(certain([1, 2]), np.array([1, 2], np.uint8)).as_dict()
    assert told["accuracy"] == 1
    assert {each["share_of_errors"] for each in told["per_digit"]} == {0}


def test_the_loss_is_the_surprise_at_the_truth() -> None:
    loss = judge(certain([3, 3], p=0.5), np.array([3, 4], np.uint8)).mean_loss
    assert loss == pytest.approx((math.log(2) + math.log(18)) / 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_truth_held_impossible_costs_much_but_not_everything(dtype: type) -> None:
    loss = judge(certain([3]).astype(dtype), np.array([4], np.uint8)).mean_loss
    assert loss == pytest.approx(-math.log(np.finfo(dtype).tiny))


def test_a_model_that_always_says_one_is_right_about_the_ones(mnist_test: Dataset) -> None:
    network = Network([Dense(784, 10), Softmax()])
    network.theta[784 * 10 + 1] = 5
    evaluation = evaluate(Model(network), mnist_test)
    assert evaluation.count == 10_000
    assert evaluation.accuracy == 0.1135
    assert evaluation.confusion.sum(axis=0).tolist() == [0, 10_000, *[0] * 8]


@pytest.mark.parametrize(("right", "count"), [(9854, 10_000), (10, 10), (0, 10), (1, 2)])
def test_the_interval_is_the_one_that_scipy_knows(right: int, count: int) -> None:
    expected = binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert wilson_interval(right, count) == pytest.approx((expected.low, expected.high), abs=1e-5)


@given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_solves_its_equation(given_counts: tuple[int, int]) -> None:
    right, count = given_counts
    for bound in wilson_interval(right, count):
        assert 0 <= bound <= 1
        # (share - p)² = z² p (1 - p) / N    (Wilson 1927)
        assert (right / count - bound) ** 2 == pytest.approx(1.96**2 * bound * (1 - bound) / count, abs=1e-12)


def test_reliability_of_answers_in_two_bins() -> None:
    probabilities = np.vstack([certain([1, 2], 0.95), certain([3, 4, 5], 0.65)])
    found = reliability(probabilities, np.array([1, 9, 3, 4, 9], np.uint8))
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 0, 3, 0, 0, 2]
    assert found.accuracy[[6, 9]] == pytest.approx([2 / 3, 1 / 2])
    assert found.confidence[[6, 9]] == pytest.approx([0.65, 0.95])
    assert found.expected_calibration_error == pytest.approx((3 * (2 / 3 - 0.65) + 2 * (0.95 - 1 / 2)) / 5)


def test_a_bin_holds_its_upper_edge_and_the_last_all_that_rounding_adds() -> None:
    found = reliability(certain([1, 2, 3], 0.5), np.array([1, 2, 3], np.uint8))
    assert found.counts[4] == 3
    over = certain([1]).astype(np.float32) * np.float32(1.0000001)
    assert reliability(over, np.array([1], np.uint8)).counts[9] == 1


def test_one_who_is_sure_and_right_is_calibrated() -> None:
    labels = np.arange(10, dtype=np.uint8)
    assert reliability(certain(labels.tolist()), labels).expected_calibration_error == 0


def test_mistakes_come_with_the_most_confident_first() -> None:
    probabilities = np.vstack([certain([1], 0.6), certain([2], 0.9), certain([3], 0.99), certain([4], 0.9)])
    found = mistakes(probabilities, np.array([7, 7, 3, 7], np.uint8))
    assert [(each.index, each.truth, each.answer) for each in found] == [(1, 7, 2), (3, 7, 4), (0, 7, 1)]
    assert [each.confidence for each in found] == pytest.approx([0.9, 0.9, 0.6])
