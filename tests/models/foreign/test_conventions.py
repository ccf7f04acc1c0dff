"""Whatever convention a program had, it is found again; where two are too near, that is said; luck is refused."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import ModelFileError
from numpen.models.foreign.conventions import Convention, Trial, best_of, ways_round
from numpen.models.foreign.importing import Imported, import_weights
from tests.models.foreign.networks import answers, kept_by, parameters_of, trained

WAYS, SIGNS, DIVISORS, BENDS = (
    ("in-out", "out-in"),
    ("added", "subtracted"),
    (1.0, 255.0, 256.0),
    ("sigmoid", "tanh", "relu"),
)


def imported(folder: Path, convention: Convention, layers: str, mnist: Dataset, **given: Any) -> Imported:
    weights, biases = kept_by(trained(layers, convention.activation, convention.output), convention)
    named: dict[str, Any] = {f"W{i}": W for i, W in enumerate(weights, 1)} | {
        f"b{i}": b for i, b in enumerate(biases, 1)
    }
    np.savez(folder / "network.npz", **named)
    return import_weights([folder / "network.npz"], mnist, **given)


@pytest.mark.parametrize("layers", ["784-30-10", "784-16-16-10"])
@pytest.mark.parametrize("activation", BENDS)
def test_every_convention_is_found(tmp_path: Path, mnist: Dataset, layers: str, activation: str) -> None:
    for way, sign, divisor in itertools.product(WAYS, SIGNS, DIVISORS):
        truth = Convention(way, sign, activation, divisor, "softmax")
        made = imported(tmp_path, truth, layers, mnist)
        found = {each.part: each for each in made.findings}
        values = {part: each.value for part, each in found.items()}
        assert (values["matrices"], values["biases"], values["activation"]) == (way, sign, activation)
        assert values["output"] == "softmax" and made.accuracy > 0.88
        if divisor == 1:
            assert values["pixel_divisor"] == 1
        else:  # the two differ by 0.4 %: too little to be told apart, which is said
            assert values["pixel_divisor"] in (255, 256) and found["pixel_divisor"].sure == "a guess"
        assert found["matrices"].sure == "by the shapes"


def trial(right: int, loss: float) -> Trial:
    """The first `right` of 1,000 answers right, at a mean loss."""
    return Trial(
        Convention("in-out", "added", "relu", 255.0, "softmax"), np.arange(1000) < right, np.full(1000, loss), 4.0
    )


def test_right_answers_count_before_the_loss_and_the_loss_where_they_are_as_many() -> None:
    sharp, soft, near = trial(950, 3.0), trial(900, 0.5), trial(948, 2.0)  # weights that are large are overconfident
    assert best_of([sharp, soft]) is sharp
    assert best_of([sharp, soft, near]) is near
    assert near.is_no_worse_than(sharp) and not soft.is_no_worse_than(sharp, errors=4)


@pytest.mark.parametrize("activation", BENDS)
def test_sigmoids_at_the_end_are_told_from_a_softmax(tmp_path: Path, mnist: Dataset, activation: str) -> None:
    truth = Convention("out-in", "added", activation, 255.0, "sigmoid")
    (output,) = (each for each in imported(tmp_path, truth, "784-30-10", mnist).findings if each.part == "output")
    assert (output.value, output.sure) == ("sigmoid", "likely")


def test_square_matrices_alone_do_not_tell_which_way_round_they_lie() -> None:
    square = parameters_of([np.ones((784, 784)), np.ones((784, 10))], [np.ones(784), np.ones(10)])
    assert list(ways_round(square)) == ["in-out"]  # the last one does


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sign", SIGNS)
def test_the_model_answers_as_the_other_program(
    tmp_path: Path, mnist: Dataset, mnist_test: Dataset, way: str, sign: str
) -> None:
    truth = Convention(way, sign, "sigmoid", 256.0, "softmax")
    made = imported(tmp_path, truth, "784-30-10", mnist, pixel_divisor=256.0)
    theirs = answers(*kept_by(trained(), truth), truth, mnist_test.images)
    ours = made.model.probabilities(mnist_test.images)
    top = np.sort(theirs, axis=1)
    near = top[:, -1] - top[:, -2] < 1e-5
    assert np.abs(ours - theirs).max() < 1e-5
    assert ((ours.argmax(axis=1) == theirs.argmax(axis=1)) | near).all()


def test_weights_that_float32_holds_are_kept_to_the_bit(tmp_path: Path, mnist: Dataset) -> None:
    truth = Convention("out-in", "subtracted", "relu", 255.0, "softmax")
    made = imported(tmp_path, truth, "784-30-10", mnist)
    assert made.model.network.theta.tobytes() == trained("784-30-10", "relu").network.theta.tobytes()


def test_what_is_given_is_kept_and_not_tried(tmp_path: Path, mnist: Dataset) -> None:
    truth = Convention("in-out", "added", "tanh", 255.0, "softmax")
    made = imported(tmp_path, truth, "784-30-10", mnist, pixel_divisor=200.0, output="sigmoid", activation="elu")
    found = {each.part: (each.value, each.sure) for each in made.findings}
    assert found["pixel_divisor"] == (200.0, "given") and made.model.pixel_divisor == 200.0
    assert found["output"] == ("sigmoid", "given") and found["activation"] == ("elu", "given")
    assert [layer.name for layer in made.model.network.layers] == ["dense", "elu", "dense", "sigmoid"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("layers", [(784, 10), (784, 30, 10), (784, 16, 16, 10)])
def test_random_weights_are_refused(tmp_path: Path, mnist: Dataset, seed: int, layers: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    named: dict[str, Any] = {f"W{i}": rng.normal(0, 0.1, shape) for i, shape in enumerate(itertools.pairwise(layers))}
    named |= {f"b{i}": rng.normal(0, 0.1, n) for i, n in enumerate(layers[1:])}
    np.savez(tmp_path / "random.npz", **named)
    with pytest.raises(ModelFileError, match="no better than chance"):
        import_weights([tmp_path / "random.npz"], mnist)


def test_what_is_fully_described_is_taken_at_its_word(tmp_path: Path, mnist: Dataset) -> None:
    np.savez(tmp_path / "random.npz", W1=np.random.default_rng(0).normal(0, 0.1, (784, 10)), b1=np.zeros(10))
    words = {"matrices": "in-out", "biases": "added", "activation": "relu", "output": "softmax", "pixel_divisor": 255.0}
    assert import_weights([tmp_path / "random.npz"], mnist, **words).accuracy < 0.25


def test_the_card_says_where_it_came_from(tmp_path: Path, mnist: Dataset) -> None:
    truth = Convention("out-in", "subtracted", "tanh", 1.0, "softmax")
    made = imported(tmp_path, truth, "784-30-10", mnist)
    told = made.model.card["imported"]
    assert list(told["files"]) == ["network.npz"] and len(told["files"]["network.npz"]) == 64
    assert told["convention"] == vars(truth)
    assert told["tried_on"] == {"source": "mnist:train", "count": 2000, "accuracy": made.accuracy}
    made.model.save(tmp_path / "made.numpen")


FAULTS: list[tuple[list[tuple[int, int]], list[int], str]] = [
    ([(784, 30), (31, 10)], [30, 10], "W2 should have 30 inputs, as many as W1 has outputs"),
    ([(400, 30), (30, 10)], [30, 10], "W1 should have 784 inputs"),
    ([(30, 784), (10, 31)], [30, 10], "W2 should have 30 inputs"),
    ([(784, 30), (30, 12)], [30, 12], "W2 should have 10 outputs"),
    ([(784, 30), (30, 10)], [10, 30], "b1 should have 30 numbers"),
    ([(30, 784), (10, 30)], [5, 10], "b1 should have 30 numbers"),
    ([(30, 10), (784, 30)], [10, 30], "W1 should have 784 inputs"),
]


@pytest.mark.parametrize(("shapes", "sizes", "said"), FAULTS, ids=lambda value: str(value)[-40:])
def test_shapes_that_do_not_chain_are_refused_by_the_matrix_s_name(
    shapes: list[tuple[int, int]], sizes: list[int], said: str
) -> None:
    with pytest.raises(ModelFileError, match=said) as caught:
        ways_round(parameters_of([np.ones(shape) for shape in shapes], [np.ones(n) for n in sizes]))
    assert "\n" not in str(caught.value)


def test_the_other_way_round_than_given_is_refused(tmp_path: Path, mnist: Dataset) -> None:
    truth = Convention("out-in", "added", "tanh", 255.0, "softmax")
    with pytest.raises(ModelFileError, match="the other way round"):
        imported(tmp_path, truth, "784-30-10", mnist, matrices="in-out")


@pytest.mark.parametrize(
    ("part", "value"),
    [("pixel_divisor", 0.0), ("pixel_divisor", float("nan")), ("activation", "swish"), ("output", "relu")],
)
def test_a_convention_that_cannot_be_is_refused(tmp_path: Path, mnist: Dataset, part: str, value: str | float) -> None:
    truth = Convention("in-out", "added", "tanh", 255.0, "softmax")
    with pytest.raises(ModelFileError, match="expected"):
        imported(tmp_path, truth, "784-30-10", mnist, **{part: value})


def test_a_network_without_biases_has_none(tmp_path: Path, mnist: Dataset) -> None:
    weights, _ = kept_by(trained(), Convention("out-in", "added", "sigmoid", 255.0, "softmax"))
    for name, W in zip(("wih", "who"), weights, strict=True):
        np.save(tmp_path / f"{name}.npy", W)
    made = import_weights([tmp_path / "wih.npy", tmp_path / "who.npy"], mnist)
    assert not made.model.network.theta[made.model.network.n_weights :].any()
    assert made.accuracy > 0.5
