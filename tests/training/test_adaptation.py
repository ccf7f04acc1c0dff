"""Adaptation: a hand is learnt, what was known stays, and what is said of it is judged by pictures not learnt."""

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError, ModelFileError
from numpen.evaluation.metrics import evaluate
from numpen.models.model import Model
from numpen.nn.layers import Dense
from numpen.nn.network import Network
from numpen.training import adaptation
from numpen.training.adaptation import Plan, adapt, adapt_and_judge
from numpen.training.recipe import Recipe
from numpen.training.trainer import train


def odd(dataset: Dataset) -> Dataset:
    """The digits as somebody with a hand of their own writes them: leaning far to the right."""
    images = np.stack([np.roll(dataset.images[:, row], 8 - row * 4 // 7, axis=1) for row in range(28)], axis=1)
    return Dataset(images, dataset.labels, source="mine")


@pytest.fixture(scope="module")
def model(mnist: Dataset) -> Model:
    return train(Recipe(layers="784-48-10", epochs=1), mnist.take(slice(0, 20_000)))


@pytest.fixture(scope="module")
def hand(mnist: Dataset) -> Dataset:
    return odd(mnist.take(slice(20_000, 20_200)))


@pytest.fixture(scope="module")
def adapted(model: Model, hand: Dataset, mnist: Dataset) -> Model:
    return adapt(model, hand, mnist.take(slice(0, 20_000)), Plan(learning_rate=2e-3))


def test_a_hand_is_learnt_and_mnist_stays(model: Model, adapted: Model, mnist: Dataset) -> None:
    unseen = mnist.take(slice(30_000, 34_000))
    before, after = (evaluate(each, odd(unseen)).accuracy for each in (model, adapted))
    assert before < 0.8 and after > before + 0.08
    before, after = (evaluate(each, unseen).accuracy for each in (model, adapted))
    assert after > before - 0.01


def test_without_rehearsal_it_would_forget(
    model: Model, hand: Dataset, mnist: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptation, "OWN", 127)
    monkeypatch.setattr(adaptation, "REHEARSED", 1)
    monkeypatch.setattr(adaptation, "LOOKS", 1000)
    forgetful = adapt(model, hand, mnist.take(slice(0, 1000)), Plan(rehearse=125, learning_rate=3e-3))
    unseen = mnist.take(slice(30_000, 34_000))
    assert evaluate(forgetful, unseen).accuracy < evaluate(model, unseen).accuracy - 0.02


def test_what_one_begins_with_is_not_touched(model: Model, adapted: Model, hand: Dataset) -> None:
    theta, card = model.network.theta.copy(), dict(model.card)
    again = adapt(model, hand, hand, Plan(rehearse=300))
    assert np.array_equal(model.network.theta, theta) and model.card == card
    assert not np.array_equal(again.network.theta, theta)
    assert adapted.network.batch == model.network.batch


def test_the_card_says_where_it_comes_from(model: Model, adapted: Model, hand: Dataset) -> None:
    assert adapted.card["recipe"] == model.card["recipe"] and "history" not in adapted.card
    learnt = adapted.card["adapted"]
    assert learnt["data"] == {"source": "mine", "count": 200, "sha256": hand.checksum}
    assert learnt["rehearsed"] == 12_000 and learnt["seed"] == 0


def test_the_same_seed_gives_the_same_weights(model: Model, hand: Dataset) -> None:
    a, b, c = (adapt(model, hand, hand, Plan(500, seed=seed)).network.theta for seed in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


@pytest.mark.parametrize(("own", "steps", "each"), [(1, 10, 4), (7, 20, 14), (200, 125, 32), (5000, 50, 32)])
def test_a_batch_has_own_pictures_before_rehearsed_ones(own: int, steps: int, each: int) -> None:
    seen = []
    for rows, n in adaptation._rows(own, 300, steps, np.random.default_rng(0)):
        assert n == min(each, 32) and len(rows) == n + 96
        assert (rows[:n] < own).all() and (rows[n:] >= own).all() and (rows < own + 300).all()
        seen += rows[:n].tolist()
    looks = np.bincount(seen, minlength=own)
    assert looks.max() - looks.min() <= 1


@pytest.mark.parametrize(
    ("count", "way", "judged"), [(9, None, 0), (20, "cross-validated", 20), (500, "held out", 100)]
)
def test_how_it_is_judged(model: Model, mnist: Dataset, count: int, way: str | None, judged: int) -> None:
    own = odd(mnist.take(slice(40_000, 40_000 + count)))
    adapted, judgement = adapt_and_judge(model, own, mnist.take(slice(0, 2000)), Plan(rehearse=600))
    assert (judgement.way if judgement else None) == way
    if judgement:
        assert judgement.count == judged and 0 < judgement.before < judged
        assert judgement.after <= judged
    assert adapted.card["adapted"]["data"]["count"] == (400 if count == 500 else count)


def test_nobody_is_judged_by_what_they_have_learnt(model: Model, mnist: Dataset) -> None:
    """Labels that are noise can be learnt by heart, but not guessed."""
    rng = np.random.default_rng(0)
    blots = np.kron(rng.integers(0, 2, (40, 4, 4), np.uint8) * 200, np.ones((7, 7), np.uint8))
    noise = Dataset(blots, rng.integers(0, 10, 40).astype(np.uint8))
    adapted, judgement = adapt_and_judge(model, noise, mnist.take(slice(0, 2000)), Plan(6000, learning_rate=5e-3))
    assert judgement is not None and judgement.after < 15
    assert (adapted.predict(noise.images) == noise.labels).mean() > 0.6


def test_a_rate_that_is_too_high(model: Model, hand: Dataset) -> None:
    with pytest.raises(DivergenceError, match="try a lower learning rate"):
        adapt(model, hand, hand, Plan(rehearse=2000, learning_rate=1e30))


def test_a_network_without_a_cross_entropy(hand: Dataset) -> None:
    with pytest.raises(ModelFileError, match="ends with softmax or sigmoid, got one that ends with dense"):
        adapt(Model(Network([Dense(784, 10)])), hand, hand, Plan())


def test_sigmoids_learn_too(hand: Dataset, mnist: Dataset) -> None:
    model = train(Recipe(layers="784-30-10", activation="sigmoid", output="sigmoid", epochs=1), mnist)
    adapted = adapt(model, hand, mnist, Plan(learning_rate=2e-3))
    assert evaluate(adapted, hand).accuracy > evaluate(model, hand).accuracy + 0.05
