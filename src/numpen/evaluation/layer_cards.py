"""The cards of a network's layers: what each made of a picture, and what it learns from it."""

import numpy as np

from numpen.evaluation import formulas
from numpen.evaluation.cards import STRONGEST, Card, Check, Index, Numbers, Sum, strongest, sum_of_products
from numpen.evaluation.walk import Passage, Walk
from numpen.nn.arrays import Array
from numpen.nn.convolution import Convolution
from numpen.nn.layers import Dense

ZOOMED = 40  # terms of a sum that is looked at closely
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class LayerCards:
    """The cards of the layers; a symbol's superscript counts the layers that learn, as the books do."""

    def __init__(self, walk: Walk, layer: int | None, neuron: int | None) -> None:
        self.walk, self.layer, self.neuron = walk, layer, neuron
        self.numbers, self.symbols = [], ["x"]
        learnt = 0
        for each in walk.passages:
            learnt += bool(each.tensors)
            self.numbers.append(number := str(learnt).translate(SUPERSCRIPTS))
            letter = "z" if each.tensors else "a" if each.layer.name in formulas.ACTIVATIONS else "u"
            own = "p" if each.layer.name == "softmax" else f"{letter}{number}"
            self.symbols.append(self.symbols[-1] if each.layer.passes_on else own)

    def forward(self, place: int) -> Card:
        """How the layer made its answer."""
        passage, x, out, number = self._at(place)
        if passage.layer.passes_on:
            return Card("forward", self._title(place), (), formulas.meaning_forward(passage), place)
        parameters = tuple(
            self._numbers(place, f"{symbol}{number}", _words(symbol), array)
            for symbol, array in passage.tensors.items()
        )
        sums: tuple[Sum, ...] = ()
        if isinstance(passage.layer, Dense):
            sums = (self._weighted_sum(place),)
        elif isinstance(passage.layer, Convolution):
            sums = (self._patch_sum(place, passage.layer),)
        return Card(
            "forward",
            self._title(place),
            (formulas.forward(passage.layer, number, x, out),),
            formulas.meaning_forward(passage),
            place,
            numbers=(*parameters, Numbers(out, "what comes out", passage.out)),
            sums=sums,
        )

    def backward(self, place: int) -> Card:
        """What the layer learns, and what it hands on."""
        passage, x, out, number = self._at(place)
        if passage.layer.passes_on:
            return Card("backward", self._title(place), (), formulas.meaning_forward(passage), place)
        arrived = () if passage.dout is None else (Numbers(formulas.derivative(out), "what arrives", passage.dout),)
        gradients = tuple(
            self._numbers(place, f"d{symbol}{number}", f"the gradient of {_words(symbol)}", array)
            for symbol, array in passage.gradients.items()
        )
        handed = Numbers(formulas.derivative(x), "what is handed down", passage.dx)
        contained = "The loss contains this layer: its part of the way back is in the loss's own derivative."
        by_loss, to_pixels = passage.dout is None, place - 1 <= self.walk.network.lowest
        return Card(
            "backward",
            self._title(place),
            () if by_loss else formulas.backward(passage.layer, number, x, out, to_pixels=to_pixels),
            contained if by_loss else formulas.meaning_backward(passage),
            place,
            numbers=(*arrived, *gradients, *(() if to_pixels else (handed,))),
            sums=() if by_loss else self._error_sum(place),
            checks=self._checks(place),
        )

    def _at(self, place: int) -> tuple[Passage, str, str, str]:
        """The passage at a place, the symbols of what goes in and comes out, and its superscript."""
        return self.walk.passages[place - 1], self.symbols[place - 1], self.symbols[place], self.numbers[place - 1]

    def _title(self, place: int) -> str:
        passage = self.walk.passages[place - 1]
        return f"Layer {place}, {passage.layer.name}: {formulas.shape(passage.x)} → {formulas.shape(passage.out)}"

    def _zoom(self, place: int) -> int:
        return ZOOMED if self.neuron is not None and place == self.layer else STRONGEST

    def _neuron(self, place: int, by: Array) -> int:
        """The neuron asked for, or the one where the numbers are largest."""
        return self.neuron if self.neuron is not None and place == self.layer else int(by.argmax())

    def _numbers(self, place: int, symbol: str, words: str, array: Array) -> Numbers:
        """An array of the layer's; where one neuron is looked at, a matrix's column that belongs to it."""
        if self.neuron is None or place != self.layer or array.ndim != 2:
            return Numbers(symbol, words, array.copy())
        return Numbers(f"{symbol}[:, {self.neuron}]", f"{words} of neuron {self.neuron}", array[:, self.neuron].copy())

    def _weighted_sum(self, place: int) -> Sum:
        """z[j] = Σ x[i] W[i, j] + b[j], for one neuron j."""
        passage, x, out, number = self._at(place)
        j = self._neuron(place, passage.out)
        labels = f"{x}[{{i}}]", f"W{number}[{{i}}, {j}]"
        bias = ((f"b{number}[{j}]", float(passage.tensors["b"][j])),)
        factors = passage.x, passage.tensors["W"][:, j]
        return sum_of_products(f"{out}[{j}]", labels, factors, bias, float(passage.out[j]), self._zoom(place))

    def _patch_sum(self, place: int, layer: Convolution) -> Sum:
        """z[p, q, o] = Σ patch[i, j, c] W[i, j, c, o] + b[o], at the place (p, q) and map o where it is largest."""
        passage, _, out, number = self._at(place)
        p, q, o = (int(i) for i in np.unravel_index(passage.out.argmax(), passage.out.shape))
        edge, k, s = layer.padding, layer.kernel, layer.stride
        framed = np.pad(passage.x, ((edge, edge), (edge, edge), (0, 0)))
        patch = framed[s * p : s * p + k, s * q : s * q + k]  # (k, k, C)
        labels = "patch[{i}]", f"W{number}[{{i}}, {o}]"
        factors, bias = (patch, passage.tensors["W"][..., o]), ((f"b{number}[{o}]", float(passage.tensors["b"][o])),)
        return sum_of_products(f"{out}[{p}, {q}, {o}]", labels, factors, bias, float(passage.out[p, q, o]))

    def _error_sum(self, place: int) -> tuple[Sum, ...]:
        """da[j] = Σ δ[k] W[j, k], for one neuron j below a dense layer, which hands the error down."""
        if place == len(self.walk.passages) or not isinstance(self.walk.passages[place].layer, Dense):
            return ()
        above, down, up, number = self._at(place + 1)
        j = self._neuron(place, np.abs(above.dx))
        delta = formulas.derivative(up)
        assert above.dout is not None  # a dense layer is never contained in the loss
        labels = f"{delta}[{{i}}]", f"W{number}[{j}, {{i}}]"
        factors, symbol = (above.dout, above.tensors["W"][j]), f"{formulas.derivative(down)}[{j}]"
        return (sum_of_products(symbol, labels, factors, (), float(above.dx[j]), self._zoom(place)),)

    def _checks(self, place: int) -> tuple[Check, ...]:
        """The strongest gradients beside the slopes that tiny steps show, and all of a matrix at once."""
        passage, checks = self.walk.passages[place - 1], []
        for symbol, gradient in passage.gradients.items():
            parameters, name = passage.tensors[symbol], f"d{symbol}{self.numbers[place - 1]}"
            for index in self._looked_at(place, gradient):
                factors = _factors(passage, index) if symbol == "W" else None
                slope = self.walk.slope(parameters, index)
                checks.append(Check(f"{name}{list(index)}", factors, float(gradient[index]), slope))
            along = self.walk.slope_along(parameters, gradient)
            checks.append(Check(f"‖{name}‖, all at once", None, float(np.linalg.norm(gradient)), along))
        return tuple(checks)

    def _looked_at(self, place: int, gradient: Array) -> list[Index]:
        """The strongest numbers of a gradient, or of the neuron's own part of it: its column, its bias."""
        if self.neuron is None or place != self.layer:
            return strongest(gradient)
        of_neuron = gradient[..., self.neuron]
        return [(*index, self.neuron) for index in strongest(of_neuron)] if gradient.ndim > 1 else [(self.neuron,)]


def _factors(passage: Passage, index: Index) -> tuple[float, float] | None:
    """x[i] and δ[j], whose product the gradient of a dense layer's weight is."""
    if not isinstance(passage.layer, Dense) or passage.dout is None:
        return None
    return float(passage.x[index[0]]), float(passage.dout[index[1]])


def _words(symbol: str) -> str:
    return {"W": "the weights", "b": "the biases"}.get(symbol, "learnt")
