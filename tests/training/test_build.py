"""Each word of a recipe becomes the part that it names, with the recipe's numbers in it."""

from typing import Any

import numpy as np
import pytest

from numpen.nn import losses, optimizers
from numpen.nn.layers import Dropout
from numpen.training import build
from numpen.training.recipe import Recipe


def names(**values: Any) -> list[str]:
    network = build.network(Recipe(**values), 4, np.random.default_rng(0))
    return [layer.name for layer in network.layers]


def test_hidden_layers_have_the_activation_and_the_last_has_the_output() -> None:
    built = names(layers="784-7-5-10", activation="leaky-relu", output="sigmoid")
    assert built == ["dense", "leaky-relu", "dense", "leaky-relu", "dense", "sigmoid"]
    assert names(layers="784-10") == ["dense", "softmax"]


def test_dropout_stands_behind_every_hidden_layer() -> None:
    assert names(layers="784-7-10", dropout=0.3) == ["dense", "relu", "dropout", "dense", "softmax"]
    network = build.network(Recipe(layers="784-7-10", dropout=0.3), 4, np.random.default_rng(0))
    assert [layer.rate for layer in network.layers if isinstance(layer, Dropout)] == [0.3]


def test_batch_normalisation_stands_behind_the_sums_of_every_hidden_layer() -> None:
    built = names(layers="784-4c5s2-7-10", batch_normalization=True, dropout=0.3)
    hidden = ["batch-normalization", "relu"]
    assert built == ["unflatten", "convolution", *hidden, "flatten", "dense", *hidden, "dropout", "dense", "softmax"]


def test_first_weights_and_biases_are_drawn_as_the_words_say() -> None:
    recipe = Recipe(layers="784-50-10", weights="normal(0.3)", biases="uniform(0.2)")
    network = build.network(recipe, 4, np.random.default_rng(0))
    w, b = network.theta[: network.n_weights], network.theta[network.n_weights :]
    assert w.std() == pytest.approx(0.3, rel=0.02)
    assert 0.1 < np.abs(b).max() <= 0.2
    assert len(b) == 60


@pytest.mark.parametrize(
    ("loss", "output", "kind"),
    [
        ("cross-entropy", "softmax", losses.SoftmaxCrossEntropy),
        ("cross-entropy", "sigmoid", losses.SigmoidCrossEntropy),
        ("half-squares", "softmax", losses.HalfSquares),
        ("sum-of-squares", "sigmoid", losses.SumOfSquares),
        ("mean-squares", "sigmoid", losses.MeanSquares),
    ],
)
def test_the_loss_fits_the_output(loss: str, output: str, kind: type[losses.Loss]) -> None:
    assert type(build.loss(Recipe(loss=loss, output=output), 4)) is kind


@pytest.mark.parametrize(
    ("word", "kind", "settings"),
    [
        ("gradient-descent", optimizers.GradientDescent, {}),
        ("momentum", optimizers.Momentum, {"mu": 0.7}),
        ("nesterov", optimizers.Nesterov, {"mu": 0.7}),
        ("rmsprop", optimizers.RMSprop, {"rho": 0.9, "epsilon": 1e-8}),
        ("adam", optimizers.Adam, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
        ("adamw", optimizers.AdamW, {"decay": 0.05}),
    ],
)
def test_the_optimizer_has_the_recipes_numbers(
    word: str, kind: type[optimizers.Optimizer], settings: dict[str, float]
) -> None:
    recipe = Recipe(layers="784-7-10", optimizer=word, momentum=0.7, weight_decay=0.05)
    network = build.network(recipe, 4, np.random.default_rng(0))
    built = build.optimizer(recipe, network)
    assert type(built) is kind
    assert {key: getattr(built, key) for key in settings} == settings
    if isinstance(built, optimizers.AdamW):
        assert built.weights.size == network.n_weights


@pytest.mark.parametrize(
    ("word", "rates"),
    [
        ("constant", [2, 2, 2, 2]),
        ("step", [2, 2, 0.5, 0.5]),  # 10 steps an epoch, a quarter after each second epoch
        ("cosine", [2, 1 + 0.5**0.5, 1, 1 - 0.5**0.5]),
        ("one-cycle", [0.08, 2, 1.5, 0.5]),  # a quarter of the run to climb
    ],
)
def test_the_schedule_knows_the_length_of_the_run(word: str, rates: list[float]) -> None:
    recipe = Recipe(schedule=word, learning_rate=2.0, decay_epochs=2, decay=0.25, warm_up=0.25, epochs=4)
    schedule = build.schedule(recipe, steps=40, steps_an_epoch=10)
    assert [schedule(step) for step in (0, 10, 20, 30)] == pytest.approx(rates)
