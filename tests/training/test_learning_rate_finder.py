"""The sweep trains as `train` does, once for every rate; the range test climbs until it explodes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.metrics import evaluate
from numpen.training.learning_rate_finder import EXPLODED, Point, best_point, evenly, range_test, suggestion, sweep
from numpen.training.recipe import Recipe
from numpen.training.trainer import Epoch, Record, train

QUICK = Recipe(
    layers="784-12-10", optimizer="gradient-descent", schedule="constant", epochs=2, batch_size=20, validation=200
)


class TestRates:
    def test_both_ends_are_among_them(self) -> None:
        assert evenly(0.1, 0.5, 0.1) == [0.1, 0.2, 0.3, 0.4, 0.5]
        assert evenly(0.17, 0.17, 1) == [0.17]
        assert evenly(0.05, 0.3, 0.1) == [0.05, 0.15, 0.25]
        assert len(evenly(0.01, 1, 0.01)) == 100

    @pytest.mark.parametrize(
        ("start", "end", "step"),
        [(0, 1, 0.1), (-1, 1, 0.1), (1, 0.5, 0.1), (0.1, 1, 0), (0.1, 1, -1), (0.1, float("inf"), 1)],
    )
    def test_there_must_be_some(self, start: float, end: float, step: float) -> None:
        with pytest.raises(DataError, match="expected rates"):
            evenly(start, end, step)

    def test_there_must_not_be_too_many(self) -> None:
        with pytest.raises(DataError, match="at most 10,000 rates"):
            evenly(1e-9, 1, 1e-9)
        with pytest.raises(DataError, match="at most 10,000 rates"):
            evenly(1, 1e300, 1e-300)
        assert len(evenly(1, 10_000, 1)) == 10_000

    @given(st.floats(1e-6, 1e6), st.integers(0, 300), st.floats(1e-3, 1e3))
    def test_the_end_is_reached_whatever_rounds(self, start: float, steps: int, ratio: float) -> None:
        step = start * ratio
        rates = evenly(start, start + steps * step, step)
        assert len(rates) == steps + 1
        assert rates[0] == pytest.approx(start) and rates[-1] == pytest.approx(start + steps * step)


class TestSweep:
    @pytest.mark.parametrize("processes", [1, 2])
    def test_every_rate_is_trained_as_train_does(self, few: Dataset, processes: int) -> None:
        rates = [0.02, 0.2]
        expected, (_, out) = [], few.split(200, "writers", QUICK.seed)
        for rate in rates:
            records: list[Record] = []
            model = train(QUICK.changed(learning_rate=rate), few, records.append)
            epochs = [each for each in records if isinstance(each, Epoch)]
            expected.append(Point(rate, epochs[-1].train_loss, evaluate(model, out).accuracy))
        assert list(sweep(QUICK, few, rates, processes)) == expected
        assert expected[0] != expected[1]

    def test_a_rate_that_diverges_is_a_point_without_a_loss(self, few: Dataset) -> None:
        points = list(sweep(QUICK, few, [0.1, 1e30], 1))
        assert points[1] == Point(1e30, None, None)
        assert suggestion(points) == 0.1

    def test_pictures_are_held_out_even_if_the_recipe_holds_out_none(self, few: Dataset) -> None:
        nobody = Dataset(few.images, few.labels)
        for dataset in (few, nobody):
            (point,) = sweep(QUICK.changed(validation=0), dataset, [0.1], 1)
            assert point.accuracy is not None and 0.3 < point.accuracy < 1
            assert round(point.accuracy * 100) == pytest.approx(point.accuracy * 100, abs=4)  # of about a hundred


class TestRangeTest:
    def test_rates_climb_by_one_ratio_from_the_lowest(self, few: Dataset) -> None:
        points = range_test(QUICK, few, 1e-4, 1e-1)
        rates = np.array([point.learning_rate for point in points])
        ratios = rates[1:] / rates[:-1]
        assert len(points) >= 40 and 1e-4 <= rates[0] < 2e-4
        assert rates[-1] == pytest.approx(0.1)
        assert ratios == pytest.approx(ratios[0])
        assert all(point.accuracy is None and point.loss is not None for point in points)

    @pytest.mark.parametrize("batch_size", [1, 20, 500, 0])
    def test_it_takes_a_hundred_steps_whatever_the_batch(self, few: Dataset, batch_size: int) -> None:
        points = range_test(QUICK.changed(batch_size=batch_size), few, 1e-4, 1e-3)
        assert len(points) >= 50
        assert points[-1].learning_rate == pytest.approx(1e-3)

    def test_it_ends_where_the_loss_explodes(self, few: Dataset) -> None:
        points = range_test(QUICK, few, 1e-3, 1e9)
        losses = [point.loss for point in points if point.loss is not None]
        assert len(losses) == len(points)
        assert points[-1].learning_rate < 1e6
        assert np.isfinite(losses).all()
        assert all(loss <= EXPLODED * min(losses[: i + 1]) for i, loss in enumerate(losses))

    def test_what_it_suggests_learns_and_much_more_does_not(self, few: Dataset) -> None:
        best = suggestion(range_test(QUICK, few, 1e-4, 100))
        assert best is not None and 0.03 < best < 2
        good, bad = sweep(QUICK.changed(epochs=4), few, [best, 50 * best], 1)
        assert good.accuracy is not None and good.accuracy > 0.8
        assert bad.accuracy is None or bad.accuracy < 0.5

    def test_what_the_recipe_decides_by_validation_is_left_out(self, few: Dataset) -> None:
        careful = QUICK.changed(patience=1, keep_best=True, epochs=50)
        assert range_test(careful, few, 1e-4, 1e-2) == range_test(QUICK.changed(validation=0), few, 1e-4, 1e-2)

    def test_a_lowest_above_the_highest_is_refused(self, few: Dataset) -> None:
        for lowest, highest in ((1, 0.1), (0, 1), (-1, 1), (0.1, 0.1), (0.1, float("nan"))):
            with pytest.raises(DataError, match="a lowest rate above 0 and a higher one"):
                range_test(QUICK, few, lowest, highest)


def test_the_suggestion_is_the_best_of_a_sweep_and_a_third_of_the_lowest_loss_of_a_range_test() -> None:
    assert suggestion([Point(0.1, 0.5, 0.9), Point(0.2, 0.6, 0.95), Point(0.3, 0.1, 0.95)]) == 0.2
    assert suggestion([Point(0.1, 0.5, None), Point(0.3, 0.2, None), Point(0.9, 0.6, None)]) == pytest.approx(0.1)
    assert suggestion([Point(0.1, None, None)]) is None
    assert suggestion([]) is None
    points = [Point(0.1, 0.5, None), Point(0.3, 0.2, None), Point(0.9, 0.6, None)]
    assert best_point(points) is points[1]
