"""Two halves learn what one whole does, and the averages of weights are what they are said to be."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from numpen.digits.dataset import Dataset
from numpen.nn.averaging import Average
from numpen.nn.optimizers import clip
from numpen.training import build
from numpen.training.recipe import Recipe
from numpen.training.trainer import Epoch, Progress, Trainer, train

CONVNET = Recipe(layers="784-4c5s2-8c5s2-20-10", optimizer="adam", learning_rate=0.003, batch_size=50, epochs=2)


@pytest.mark.parametrize("size", [1, 2, 7, 50])
@pytest.mark.parametrize("layers", ["784-30-10", "784-4c5s2-20-10"])
def test_halves_give_the_gradient_of_the_whole(few: Dataset, layers: str, size: int) -> None:
    recipe, rows = Recipe(layers=layers, label_smoothing=0.1), np.arange(size)
    whole, _ = build.learner(recipe, few, 50, np.random.default_rng(0))
    halves, first = build.learner(recipe.changed(halves=True), few, 50, np.random.default_rng(0))
    _, only = build.learner(recipe, few, 50, np.random.default_rng(0))
    whole_loss, halves_loss = whole.learn(rows), halves.learn(rows)
    only_loss = only.learn(rows)
    assert whole_loss == only_loss
    assert halves_loss == pytest.approx(whole_loss, rel=1e-5)
    np.testing.assert_allclose(first.network.grad, only.network.grad, atol=1e-6)


@pytest.mark.parametrize("size", [9, 13, 50])
def test_halves_in_blocks_give_the_gradient_of_the_whole(
    few: Dataset, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(build, "BLOCK", 4)  # halves of 25: six blocks and one picture more
    recipe, rows = Recipe(layers="784-30-10"), np.arange(size)
    _, whole = build.learner(recipe, few, 50, np.random.default_rng(0))
    halves, first = build.learner(recipe.changed(halves=True), few, 50, np.random.default_rng(0))
    assert len(first.batches.x) == 4
    assert halves.learn(rows) == pytest.approx(whole.learn(rows), rel=1e-5)
    np.testing.assert_allclose(first.network.grad, whole.network.grad, atol=1e-6)


def test_training_in_halves_ends_where_training_whole_ends(few: Dataset) -> None:
    whole, halves = train(CONVNET, few), train(CONVNET.changed(halves=True), few)
    agreed = np.mean(whole.predict(few.images) == halves.predict(few.images))
    assert agreed > 0.97


def test_it_is_the_same_each_time_distortions_and_dropout_too(few: Dataset) -> None:
    recipe = CONVNET.changed(halves=True, distortions="shift(2) noise(0.1)", dropout=0.2, average=0.9, clip=1.0)
    one, two = train(recipe, few).network.theta, train(recipe, few).network.theta
    other = train(recipe.changed(seed=1), few).network.theta
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_the_halves_are_distorted_differently(few: Dataset) -> None:
    twice = few.take(np.zeros(2, int))
    recipe = Recipe(distortions="shift(3) rotate(30)", halves=True)
    shared, first = build.learner(recipe, twice, 2, np.random.default_rng(0))
    shared.learn(np.arange(2))
    second = shared.second  # type: ignore[attr-defined]
    assert not np.array_equal(first.batches.x, second.batches.x)


def test_matrix_products_keep_to_a_thread_only_while_halves_are_trained() -> None:
    def blas() -> list[int]:
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

    before = blas()
    with build.threads(CONVNET)():
        assert blas() == before
    with build.threads(CONVNET.changed(halves=True))():
        assert set(blas()) == {1}
    assert blas() == before


def test_the_average_of_weights_is_that_of_its_formula() -> None:
    theta = np.zeros(3)
    average, expected = Average(theta, 0.5), np.zeros(3)
    for t in range(1, 20):
        theta[:] = [t, t**2, -1]
        average.step()
        beta = min(0.5, t / (9 + t))
        expected = beta * expected + (1 - beta) * theta
        np.testing.assert_allclose(average.mean, expected)
    before = theta.copy()
    average.swap()
    np.testing.assert_allclose(theta, expected)
    average.swap()
    np.testing.assert_array_equal(theta, before)


def test_a_record_of_an_epoch_comes_with_the_average_and_training_goes_on_without(few: Dataset) -> None:
    recipe = Recipe(layers="784-20-10", learning_rate=0.1, batch_size=50, schedule="constant", epochs=2)
    plain, averaged = Trainer(recipe, few), Trainer(recipe.changed(average=0.9), few)
    for one, two in zip(plain.run(), averaged.run(), strict=True):
        same = np.array_equal(plain.network.theta, averaged.network.theta)
        assert same == isinstance(two, Progress)
        if isinstance(one, Epoch) and isinstance(two, Epoch):
            assert one.train_loss == two.train_loss
    assert np.array_equal(averaged.network.theta, averaged.average.mean) is False  # type: ignore[union-attr]


def test_a_gradient_is_shortened_and_keeps_its_direction() -> None:
    g = np.array([3.0, 4.0])
    clip(g, 10)
    np.testing.assert_array_equal(g, [3, 4])
    clip(g, 1)
    np.testing.assert_allclose(g, [0.6, 0.8])
