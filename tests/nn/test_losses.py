"""A loss is the number that its formula gives by hand, at any scores, and a penalty is added as it is written."""

import math

import numpy as np
import pytest

from numpen.nn.arrays import Array
from numpen.nn.losses import Loss, Penalty
from tests.nn.networks import LOSSES

CROSS_ENTROPIES = ["softmax-cross-entropy", "sigmoid-cross-entropy"]


def loss_at(name: str, out: list[list[float]], y: list[list[float]], dtype: type = np.float64) -> tuple[float, Array]:
    """The loss of these outputs (B, K), and its gradient by them."""
    loss: Loss = LOSSES[name]()
    loss.bind(len(out) + 2, len(out[0]), np.dtype(dtype))  # with room to spare, as for a short last batch
    return loss.gradient(np.array(out, dtype), np.array(y, dtype))


class TestByHand:
    """Two pictures; the loss is the mean of theirs."""

    def test_softmax_cross_entropy(self) -> None:
        # p = (¼, ¾), whose surprise at the first is log 4, and (½, ½), whose surprise at the second is log 2
        loss, gradient = loss_at("softmax-cross-entropy", [[0, math.log(3)], [5, 5]], [[1, 0], [0, 1]])
        assert loss == pytest.approx((math.log(4) + math.log(2)) / 2, rel=1e-14)
        assert gradient == pytest.approx(np.array([[-0.75, 0.75], [0.5, -0.5]]) / 2, rel=1e-14)

    def test_sigmoid_cross_entropy(self) -> None:
        # a = (½, ¾) for the truth (1, 0) costs log 2 + log 4; a = (½, ½) costs log 2 twice
        loss, gradient = loss_at("sigmoid-cross-entropy", [[0, math.log(3)], [0, 0]], [[1, 0], [0, 1]])
        assert loss == pytest.approx((math.log(8) + math.log(4)) / 2, rel=1e-14)
        assert gradient == pytest.approx(np.array([[-0.5, 0.75], [0.5, -0.5]]) / 2, rel=1e-14)

    @pytest.mark.parametrize(
        ("name", "factor"), [("half-squares", 1 / 2), ("sum-of-squares", 1), ("mean-squares", 1 / 4)]
    )
    def test_the_quadratic_losses(self, name: str, factor: float) -> None:
        # differences (-0.5, 0, 0, 1) and (0, 0, 2, 0): sums of squares 1.25 and 4
        loss, gradient = loss_at(name, [[0.5, 0, 0, 1], [0, 0, 3, 0]], [[1, 0, 0, 0], [0, 0, 1, 0]])
        assert loss == pytest.approx(factor * (1.25 + 4) / 2, rel=1e-14)
        assert gradient == pytest.approx(factor * np.array([[-0.5, 0, 0, 1], [0, 0, 2, 0]]), rel=1e-14)

    def test_the_truth_may_be_a_distribution(self) -> None:
        loss, gradient = loss_at("softmax-cross-entropy", [[0, math.log(3)]], [[0.5, 0.5]])
        assert loss == pytest.approx(-0.5 * math.log(1 / 4) - 0.5 * math.log(3 / 4), rel=1e-14)
        assert gradient == pytest.approx(np.array([[-0.25, 0.25]]), rel=1e-14)


# warnings are errors here, so an overflow that is mended afterwards would be seen as well
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
class TestExtremeScores:
    """Scores of ±10,000, whose exponential no float holds."""

    def test_a_wrong_softmax_costs_the_whole_distance(self, dtype: type) -> None:
        loss, gradient = loss_at("softmax-cross-entropy", [[1e4, -1e4, 0]], [[0, 1, 0]], dtype)
        assert loss == 20_000
        assert gradient.tolist() == [[1, -1, 0]]

    def test_a_right_softmax_costs_nothing(self, dtype: type) -> None:
        loss, gradient = loss_at("softmax-cross-entropy", [[1e4, -1e4, 0]], [[1, 0, 0]], dtype)
        assert (loss, gradient.tolist()) == (0, [[0, 0, 0]])

    def test_each_wrong_sigmoid_costs_its_distance(self, dtype: type) -> None:
        loss, gradient = loss_at("sigmoid-cross-entropy", [[1e4, -1e4, -1e4]], [[0, 1, 0]], dtype)
        assert loss == 20_000
        assert gradient.tolist() == [[1, -1, 0]]

    def test_right_sigmoids_cost_nothing(self, dtype: type) -> None:
        loss, gradient = loss_at("sigmoid-cross-entropy", [[1e4, -1e4, -1e4]], [[1, 0, 0]], dtype)
        assert (loss, gradient.tolist()) == (0, [[0, 0, 0]])


@pytest.mark.parametrize("name", CROSS_ENTROPIES)
def test_a_cross_entropy_is_least_at_the_truth_and_never_negative(name: str) -> None:
    rng = np.random.default_rng(0)
    for scale in (1e-3, 1, 30, 1e3):
        z, y = rng.normal(0, scale, (20, 10)), np.eye(10)[rng.integers(0, 10, 20)]
        loss, gradient = loss_at(name, z.tolist(), y.tolist())
        better = loss_at(name, (z - 0.1 * gradient).tolist(), y.tolist())[0]
        assert 0 <= better <= loss


def test_a_number_added_to_all_scores_changes_no_softmax() -> None:
    one = loss_at("softmax-cross-entropy", [[1, 2, 3]], [[0, 1, 0]])
    two = loss_at("softmax-cross-entropy", [[101, 102, 103]], [[0, 1, 0]])
    assert one[0] == pytest.approx(two[0], rel=1e-12)
    assert one[1] == pytest.approx(two[1], rel=1e-12)


@pytest.mark.parametrize("name", ["half-squares", "sum-of-squares", "mean-squares"])
def test_a_quadratic_loss_leaves_the_answers_to_the_layer_that_gave_them(name: str) -> None:
    loss, answers, y = LOSSES[name](), np.array([[0.5, 0.25]]), np.array([[0.0, 1.0]])
    loss.bind(1, 2, np.dtype(np.float64))
    loss.gradient(answers, y)
    assert answers.tolist() == [[0.5, 0.25]]
    assert y.tolist() == [[0, 1]]


class TestPenalty:
    """l1 Σ|w| + ½ l2 Σw², and its derivative, added to what is there."""

    @staticmethod
    def added(l1: float, l2: float) -> tuple[float, list[float]]:
        w, dw = np.array([3.0, -2.0, 0.0]), np.array([1.0, 1.0, 1.0])
        loss = Penalty(l1, l2, w, dw).add()
        assert w.tolist() == [3, -2, 0]
        return loss, dw.tolist()

    def test_l2(self) -> None:
        assert self.added(0, 0.5) == (0.25 * 13, [1 + 1.5, 1 - 1, 1])

    def test_l1(self) -> None:
        assert self.added(0.5, 0) == (0.5 * 5, [1.5, 0.5, 1])

    def test_both(self) -> None:
        assert self.added(0.5, 0.5) == (0.5 * 5 + 0.25 * 13, [3, -0.5, 1])

    def test_none(self) -> None:
        assert self.added(0, 0) == (0, [1, 1, 1])
