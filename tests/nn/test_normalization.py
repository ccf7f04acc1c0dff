"""Batch normalisation is that of the textbook, remembers what it saw, and folds into the weights below it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

import numpen
from numpen.digits.dataset import Dataset
from numpen.errors import ModelFileError, NetworkError, RecipeError
from numpen.models import modelfile
from numpen.models.model import Model
from numpen.nn import losses
from numpen.nn.activations import ReLU, Softmax, Tanh
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.folding import folded
from numpen.nn.initializers import Normal, Zeros
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import Network
from numpen.nn.normalization import EPSILON, BatchNormalization
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer
from tests import textbook
from tests.nn.test_convolution import placed

RECIPE = Recipe(
    layers="784-4c5s2-6c5s2-12-10",
    batch_normalization=True,
    optimizer="adam",
    learning_rate=0.005,
    epochs=2,
    batch_size=32,
)


def normalization(units: int, shape: tuple[int, ...], batch: int) -> BatchNormalization:
    """The layer with random γ and β, bound, in float64."""
    layer = placed(BatchNormalization(units), shape, batch)
    assert isinstance(layer, BatchNormalization)
    return layer


@given(some.integers(1, 4), some.sampled_from([(), (1, 1), (2, 3)]), some.integers(1, 5))
def test_it_is_that_of_the_textbook_forward_and_backward(units: int, places: tuple[int, ...], batch: int) -> None:
    layer = normalization(units, (*places, units), 5)  # a batch may be shorter than the buffers
    rng = np.random.default_rng(1)
    x, dy = rng.normal(3, 2, (2, batch, *places, units))
    rows, gamma, beta = x.reshape(-1, units).copy(), layer.gamma.copy(), layer.beta.copy()
    y = layer.forward(x.copy())
    assert y.shape == x.shape
    np.testing.assert_allclose(y.reshape(-1, units), textbook.normalize(rows, gamma, beta, EPSILON), atol=1e-10)
    dx, dgamma, dbeta = textbook.normalize_back(rows, gamma, dy.reshape(-1, units), EPSILON)
    layer.learn(dy)
    np.testing.assert_allclose(layer.dgamma, dgamma, atol=1e-10)
    np.testing.assert_allclose(layer.dbeta, dbeta, atol=1e-10)
    np.testing.assert_allclose(layer.backward(dy).reshape(-1, units), dx, atol=1e-8)


def test_an_answer_takes_the_running_averages_of_what_was_learned_from() -> None:
    layer = normalization(2, (3, 3, 2), 4)
    layer.initialize(Normal(1), Zeros(), np.random.default_rng(0))
    rng = np.random.default_rng(0)
    mean, variance = np.zeros(2), np.ones(2)
    for _ in range(3):
        x = rng.normal([5, -1], [2, 0.5], (4, 3, 3, 2))
        mean = 0.9 * mean + 0.1 * x.mean((0, 1, 2))
        variance = 0.9 * variance + 0.1 * x.var((0, 1, 2), ddof=1)
        layer.forward(x)
    x = rng.normal(size=(1, 3, 3, 2))
    np.testing.assert_allclose(layer.answer(x.copy()), (x - mean) / np.sqrt(variance + EPSILON))


def learned(layers: list[Layer]) -> Network:
    """A network that has seen some noise, so that its averages are not those it began with."""
    rng, network = np.random.default_rng(0), Network(layers, 8, np.float64)
    network.initialize(Normal(0.3), Normal(0.1), rng)
    loss = losses.SoftmaxCrossEntropy()
    loss.bind(8, network.outputs, np.dtype(np.float64))
    for _ in range(5):
        network.learn(rng.normal(1, 2, (8, network.inputs)), np.eye(network.outputs)[rng.integers(0, 4, 8)], loss)
        network.theta -= 0.1 * network.grad
    return network


def test_folded_a_network_gives_the_same_answers() -> None:
    convolutions = [
        Unflatten(9, 9),
        Convolution(1, 3, 3, 2),
        BatchNormalization(3),
        ReLU(),
        Convolution(3, 2, 2),
        ReLU(),
    ]
    network = learned([*convolutions, Flatten(), Dense(18, 5), BatchNormalization(5), Tanh(), Dense(5, 4), Softmax()])
    plain = folded(network)
    assert [layer.name for layer in plain.layers if layer.n_biases] == ["convolution", "convolution", "dense", "dense"]
    x = np.random.default_rng(1).normal(size=(20, 81))
    np.testing.assert_allclose(plain.predict(x), network.predict(x), atol=1e-12)
    assert folded(plain) is plain


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([Dense(4, 3), Dropout(0.5), BatchNormalization(3), ReLU(), Dense(3, 4), Softmax()], "got dropout"),
        ([Dense(4, 3), BatchNormalization(2), ReLU(), Dense(3, 4)], "expected 2 units"),
        ([Dense(4, 3), ReLU(), BatchNormalization(3), Dense(3, 4)], "got relu"),
        ([Unflatten(2, 2), MaxPooling(1), BatchNormalization(1), Flatten(), Dense(4, 4)], "got max-pooling"),
    ],
)
def test_it_stands_right_behind_sums(layers: list[Layer], words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        folded(Network(layers))


def test_variances_that_no_batch_has_are_refused_from_a_file_too(tmp_path: Path) -> None:
    network = Network([Dense(784, 3), BatchNormalization(3), ReLU(), Dense(3, 10), Softmax()])
    normal = network.layers[1]
    assert isinstance(normal, BatchNormalization)
    normal.variance.fill(-1)
    with pytest.raises(NetworkError, match="at least 0"):
        Model(network)
    modelfile.save(network, 255.0, {}, tmp_path / "m.numpen")
    with pytest.raises(ModelFileError, match=r"m\.numpen: .* at least 0"):
        Model.load(tmp_path / "m.numpen")
    normal.variance.fill(0)
    assert np.isfinite(Model(network).probabilities(np.zeros((1, 28, 28), np.uint8))).all()


def test_there_is_something_to_normalise() -> None:
    with pytest.raises(NetworkError, match="at least 1 unit"):
        BatchNormalization(0)


def test_a_recipe_trains_with_it_and_its_model_needs_none(few: Dataset, tmp_path: Path) -> None:
    trainer = Trainer(RECIPE.changed(validation=100, average=0.9, keep_best=True), few)
    for record in trainer.run():
        assert np.array_equal(trainer.model_so_far().probabilities(few.images), asked(trainer, few)), record
    model = trainer.model
    assert "batch-normalization" not in [layer.name for layer in model.network.layers]
    network = trainer.network
    pixels = few.images.reshape(-1, 784) / np.float32(255)
    np.testing.assert_allclose(network.predict(pixels), model.probabilities(few.images), atol=1e-5)
    model.save(tmp_path / "m.numpen")
    assert np.array_equal(numpen.Model.load(tmp_path / "m.numpen").predict(few.images), model.predict(few.images))


def asked(trainer: Trainer, some_digits: Dataset) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """What a model says that is made by hand of the weights that would be kept."""
    now = trainer.position
    weights = trainer.network.theta
    if trainer.best is not None and now.best_epoch:
        weights = trainer.best
    elif trainer.average and not now.averaged:
        weights = trainer.average.mean
    network = numpen.training.build.network(trainer.recipe, trainer.size, np.random.default_rng(0))
    np.copyto(network.theta, weights)
    return Model(network).probabilities(some_digits.images)


def test_halves_and_plain_training_know_it_and_workers_say_that_they_do_not(few: Dataset) -> None:
    from numpen.training.parallel import Team
    from numpen.workers.local import LocalCrew

    halves = Trainer(RECIPE.changed(halves=True), few)
    list(halves.run())
    assert np.mean(halves.model.predict(few.images) == few.labels) > 0.5
    with LocalCrew(1) as crew, pytest.raises(RecipeError, match="--no-batch-normalization"):
        Team(crew, 2).trainer(RECIPE, few)
