"""What an explanation shows adds up, and says what the network did."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.cards import Sum, Term, figures, precise, strongest, sum_of_products
from numpen.evaluation.explanation import Explanation, explain
from numpen.evaluation.walk import Walk
from numpen.nn import network
from numpen.nn.activations import ReLU, Softmax
from numpen.nn.layers import Dense
from tests.evaluation.models import HIDDEN, Fold, Scale, Unfold, convolutional, initialized, model


def total(taken_apart: Sum) -> float:
    terms = sum(term.value for term in taken_apart.terms)
    return terms + taken_apart.others + sum(value for _, value in taken_apart.rest)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("output", ["softmax", "sigmoid", None])
def test_every_sum_adds_up_and_every_gradient_is_a_slope(hidden: str, output: str | None, mnist_test: Dataset) -> None:
    told = explain(model(hidden, output), mnist_test.images[0], 7)
    sums = [each for card in told.cards for each in card.sums]
    assert len(sums) == 3 + 1 + 2  # of each dense layer, of the pixels, of each error handed down
    for each in sums:
        assert total(each) == pytest.approx(each.total, abs=1e-12)
        for term in each.terms:
            assert term.value == pytest.approx(term.factors[0] * term.factors[1], rel=1e-12)
    checks = [check for card in told.cards for check in card.checks]
    assert len(checks) > 30
    for check in checks:
        assert check.gradient == pytest.approx(check.difference, rel=1e-5, abs=1e-8)
        if check.factors:
            assert check.gradient == pytest.approx(check.factors[0] * check.factors[1], rel=1e-12)


@pytest.mark.parametrize("hidden", ["relu", "tanh"])
def test_a_convolution_is_explained_like_everything_else(hidden: str, mnist_test: Dataset) -> None:
    told = explain(convolutional(hidden), mnist_test.images[0], 3)
    sums = {each.symbol.split("[")[0]: each for card in told.cards for each in card.sums}
    assert set(sums) == {"z¹", "z²", "z³", f"z[{told.answer}] - z[3]".split("[")[0]}
    for each in sums.values():
        assert total(each) == pytest.approx(each.total, abs=1e-12)
    for check in (check for card in told.cards for check in card.checks):
        assert check.gradient == pytest.approx(check.difference, rel=1e-5, abs=1e-8)
    assert {check.label.split("[")[0] for card in told.cards for check in card.checks} >= {"dW¹", "db¹", "dW²", "dW³"}
    formulas = [formula for card in told.cards for formula in card.formulas]
    assert "z¹[p, q] = Σ x[2p + i - 1, 2q + j - 1] W¹[i, j] + b¹" in formulas and "z³ = u² W³ + b³" in formulas
    assert told.attribution.exact == (hidden == "relu") and abs(told.attribution.remainder) < 1e-3
    assert told.cards[1].meaning == "The same numbers, in another shape."


def test_the_sums_lead_to_the_scores_on_show(mnist_test: Dataset) -> None:
    told = explain(model(), mnist_test.images[0])
    for digit in range(10):
        card = explain(model(), mnist_test.images[0], layer=5, neuron=digit).cards[0]
        (taken_apart,) = card.sums
        assert taken_apart.symbol == f"z³[{digit}]" and total(taken_apart) == pytest.approx(told.scores[digit])
    (why,) = (card for card in told.cards if card.title.startswith("Why"))
    assert why.sums[0].total == pytest.approx(told.scores[told.answer] - told.scores[told.attribution.other])


def test_the_cards_follow_the_picture(mnist_test: Dataset) -> None:
    told = explain(model("tanh"), mnist_test.images[0], 3)
    layers = [(card.part, card.layer) for card in told.cards]
    up, down = [("forward", i) for i in range(1, 7)], [("backward", i) for i in range(6, 0, -1)]
    assert layers == [("forward", None), *up, ("forward", None), ("loss", None), *down, ("update", None)]
    formulas = [formula for card in told.cards for formula in card.formulas]
    assert formulas[:4] == ["x = pixels / 255", "z¹ = x W¹ + b¹", "a¹ = tanh z¹", "z² = a¹ W² + b²"]
    assert "δ² = da² ⊙ (1 - a² ⊙ a²)    (BP2, second half)" in formulas
    assert "dW² = a¹ᵀ δ²    (BP4)" in formulas and "δ³ = p - y    (BP1, with the closing layer)" in formulas
    assert told.loss_after < told.loss and told.truth == 3 and told.truth_is_known


@pytest.mark.parametrize("place", range(1, 7))
def test_a_layer_alone(place: int, mnist_test: Dataset) -> None:
    told = explain(model("sigmoid"), mnist_test.images[0], 3, layer=place)
    assert [(card.part, card.layer) for card in told.cards] == [("forward", place), ("backward", place)]


def test_a_neuron_shows_its_own_column(mnist_test: Dataset) -> None:
    asked = model("tanh")
    up, down = explain(asked, mnist_test.images[0], 3, layer=1, neuron=4).cards
    walk = Walk(asked, mnist_test.images[0], 3)
    dense = walk.passages[0]
    assert np.array_equal(up.numbers[0].array, dense.tensors["W"][:, 4]) and up.numbers[0].symbol == "W¹[:, 4]"
    (gradient,) = (each for each in down.numbers if each.symbol == "dW¹[:, 4]")
    assert np.array_equal(gradient.array, dense.gradients["W"][:, 4])
    assert up.sums[0].symbol == "z¹[4]" and len(up.sums[0].terms) == 40
    assert {check.label.split("[")[0] for check in down.checks} == {
        "dW¹",
        "db¹",
        "‖dW¹‖, all at once",
        "‖db¹‖, all at once",
    }
    assert all(check.label.endswith("4]") for check in down.checks if check.label[0] != "‖")


ZOOMS = [
    ({"layer": 0}, "expected a layer from 1 to 6 \\(1 dense, 2 relu"),
    ({"layer": 7}, "got 7"),
    ({"neuron": 1}, "expected the layer of neuron 1"),
    ({"layer": 1, "neuron": 9}, "of layer 1 from 0 to 8, got 9"),
    ({"layer": 1, "neuron": -1}, "got -1"),
]


@pytest.mark.parametrize(("zoom", "said"), ZOOMS)
def test_what_is_not_there_cannot_be_looked_at(zoom: dict[str, int], said: str) -> None:
    with pytest.raises(DataError, match=said):
        explain(model(), np.zeros((28, 28), np.uint8), **zoom)


def test_layers_that_no_table_knows_have_cards_too(mnist_test: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Fold, Scale, Unfold):
        monkeypatch.setitem(network.LAYERS, kind.name, kind)
    asked = initialized([Fold(), Scale(), Unfold(), Dense(784, 8), ReLU(), Dense(8, 10), Softmax()])
    told = explain(asked, mnist_test.images[0], 2)
    fold, scale = told.cards[1:3]
    assert fold.formulas[0].startswith("The pixels as four pictures") and "4 × 14 × 14" in fold.title
    assert [each.array.shape for each in scale.numbers] == [(4,), (4, 14, 14)]
    backward = next(card for card in told.cards if card.layer == 2 and card.part == "backward")
    assert [each.symbol for each in backward.numbers] == ["δ¹", "dW¹"]  # nothing below it learns
    assert len(backward.checks) == 3 + 1  # the uppermost seven rows carry no ink
    for check in backward.checks:
        assert check.gradient == pytest.approx(check.difference, rel=1e-6)
    assert told.attribution.exact and abs(told.attribution.remainder) < 1e-12
    with pytest.raises(DataError, match="expected a layer whose neurons lie in a row"):
        explain(asked, mnist_test.images[0], layer=2, neuron=0)


def test_equal_scores_are_told_apart_all_the_same() -> None:
    blank = initialized([Dense(784, 10), Softmax()])
    blank.network.theta[:] = 0
    told = explain(blank, np.zeros((28, 28), np.uint8))
    assert (told.answer, told.attribution.difference) == (0, 0)
    assert told.attribution.other != 0


def everything(told: Explanation) -> str:
    return json.dumps(told.as_dict(), allow_nan=False)


def test_in_plain_values_long_arrays_are_told_by_their_strongest_numbers(mnist_test: Dataset) -> None:
    plain = json.loads(everything(explain(model(), mnist_test.images[0], 7)))
    assert set(plain) >= {"answer", "truth", "outputs", "scores", "loss", "loss_after", "attribution", "cards"}
    first = plain["cards"][1]
    weights, biases = first["numbers"][:2]
    assert weights["shape"] == [784, 9] and weights["values"] is None and len(weights["strongest"]) == 10
    assert np.shape(biases["values"]) == (9,)
    assert first["sums"][0]["terms"][0].keys() == {"label", "factors", "value"}


@given(arrays(np.float64, 15, elements=st.floats(-1e3, 1e3)), st.floats(-10, 10))
def test_rounded_sums_still_add_up(products: np.ndarray[tuple[int], np.dtype[np.float64]], bias: float) -> None:
    whole = float(products.sum()) + bias
    found = sum_of_products("z", ("x[{i}]", "w[{i}]"), (products, np.ones(15)), (("b", bias),), whole)
    assert total(found) == pytest.approx(whole, abs=1e-9)
    rounded, digits = found.rounded(), found.decimals
    shown = [term.value for term in rounded.terms] + [rounded.others] + [value for _, value in rounded.rest]
    # what a reader adds up are the printed figures
    printed = sum(int(f"{value:.{digits}f}".replace(".", "")) for value in shown)
    assert printed == int(f"{rounded.total:.{digits}f}".replace(".", ""))
    assert abs(rounded.others - found.others) < 12 * 10.0**-digits


def test_tiny_sums_show_their_figures() -> None:
    tiny = Sum("δ", (Term("a", (1e-7, 1.0), 1e-7),), 0, 0.0, (), 1e-7)
    assert tiny.decimals == 9 and tiny.others_label == "rounding"


def test_the_strongest_are_furthest_from_zero_and_never_zero() -> None:
    array = np.array([[0.0, -5, 1], [3, 0, -3]])
    assert strongest(array) == [(0, 1), (1, 0), (1, 2), (0, 2)]
    assert strongest(array, 1) == [(0, 1)]


def test_numbers_are_shown_with_figures_that_say_something() -> None:
    assert [figures(x) for x in (0, 0.5, -12.34567, 1e-5, 1e7)] == [
        "0.0000",
        "0.5000",
        "-12.3457",
        "1.000e-05",
        "1.000e+07",
    ]
    assert [precise(x) for x in (0.25, 1.5e-6)] == ["0.2500000", "1.500000e-06"]
