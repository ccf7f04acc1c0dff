"""What each kind of layer and loss does, in the books' symbols and in a sentence about the numbers at hand.

x goes into a layer, z = xW + b are its sums, a = f(z) its answers, p a softmax's; δ = dL/dz, and dX is the
derivative of the loss by X. A picture is a row, so W is (inputs, outputs): Nielsen's w is its transpose. His four
equations are named BP1 to BP4 (Neural Networks and Deep Learning, chapter 2).
"""

import numpy as np

from numpen.evaluation.walk import Passage
from numpen.nn.arrays import Array
from numpen.nn.convolution import Convolution, MaxPooling
from numpen.nn.layers import Layer
from numpen.nn.losses import HalfSquares, Loss, MeanSquares, SigmoidCrossEntropy, SoftmaxCrossEntropy, SumOfSquares

# f and f′ with {x} for what goes in and {a} for what comes out
ACTIVATIONS: dict[str, tuple[str, str]] = {
    "sigmoid": ("1 / (1 + e^(-{x}))", "{a} (1 - {a})"),
    "tanh": ("tanh {x}", "(1 - {a} ⊙ {a})"),
    "relu": ("max({x}, 0)", "[{x} > 0]"),
    "leaky-relu": ("{x} where {x} > 0, else {slope} {x}", "(1 where {x} > 0, else {slope})"),
    "elu": ("{x} where {x} > 0, else {alpha} (e^{x} - 1)", "(1 where {x} > 0, else {a} + {alpha})"),
}
LOSSES: dict[type[Loss], tuple[str, str]] = {
    SoftmaxCrossEntropy: ("L = -log p[t]", "{d} = p - y"),
    SigmoidCrossEntropy: ("L = -Σ (y log {a} + (1 - y) log(1 - {a}))", "{d} = {a} - y"),
    HalfSquares: ("L = ½ Σ ({a} - y)²", "{d} = {a} - y"),
    SumOfSquares: ("L = Σ ({a} - y)²", "{d} = 2 ({a} - y)"),
    MeanSquares: ("L = Σ ({a} - y)² / 10", "{d} = 2 ({a} - y) / 10"),
}
SATURATED = 0.01  # this near to an end a sigmoid's slope is below a hundredth, a tanh's below a fiftieth


def forward(layer: Layer, number: str, x: str, out: str) -> str:
    """How the layer of this number (a superscript) makes `out` of `x`."""
    if layer.name == "dense":
        return f"{out} = {x} W{number} + b{number}"
    if layer.name == "softmax":
        return f"{out}[k] = e^{x}[k] / Σ e^{x}"
    if isinstance(layer, Convolution):
        return f"{out}[p, q] = Σ {x}[{_place('p', 'i', layer)}, {_place('q', 'j', layer)}] W{number}[i, j] + b{number}"
    if isinstance(layer, MaxPooling):
        return f"{out}[p, q] = the largest of the {layer.size} × {layer.size} numbers of {x} there"
    if layer.name in ACTIVATIONS:
        return f"{out} = {ACTIVATIONS[layer.name][0].format(x=x, a=out, **_settings(layer))}"
    return first_line(layer)


def backward(layer: Layer, number: str, x: str, out: str, *, to_pixels: bool) -> tuple[str, ...]:
    """How the layer turns the derivative by `out` into that by its parameters and by `x`."""
    dx, dout = derivative(x), derivative(out)
    if layer.name == "dense":
        own = (f"dW{number} = {x}ᵀ {dout}    (BP4)", f"db{number} = {dout}    (BP3)")
        return own if to_pixels else (*own, f"{dx} = {dout} W{number}ᵀ    (BP2, first half)")
    if isinstance(layer, Convolution):
        own = (
            f"dW{number} = Σ over all places: patchᵀ {dout}    (BP4)",
            f"db{number} = Σ over all places: {dout}    (BP3)",
        )
        return (
            own
            if to_pixels
            else (*own, f"{dx} = Σ over the patches a number is in: {dout} W{number}ᵀ    (BP2, first half)")
        )
    if isinstance(layer, MaxPooling):
        return (f"{dx} = {dout} where {x} was the largest, else 0",)
    if layer.name == "softmax":
        return (f"{dx} = {out} ({dout} - Σ {out} {dout})",)
    if layer.name in ACTIVATIONS:
        slope = ACTIVATIONS[layer.name][1].format(x=x, a=out, **_settings(layer))
        return (f"{dx} = {dout} ⊙ {slope}    (BP2, second half)",)
    return (first_line(layer),)


def loss(kind: Loss, z: str, a: str) -> tuple[str, str]:
    """The loss of answers a made of scores z, and where the way back begins."""
    begins = derivative(z) if kind.closing else derivative(a)
    value, slope = LOSSES[type(kind)]
    return value.format(a=a), slope.format(a=a, d=begins) + (
        "    (BP1, with the closing layer)" if kind.closing else ""
    )


def derivative(symbol: str) -> str:
    """The symbol of the derivative of the loss: the books' δ for sums z, and d before everything else."""
    return symbol.replace("z", "δ") if symbol.startswith("z") else f"d{symbol}"


def meaning_forward(passage: Passage) -> str:
    """What the layer did with this picture."""
    name, a, n = passage.layer.name, passage.out, passage.out.size
    if name == "dense":
        top = int(a.argmax())
        return f"{n} units each weigh all {passage.x.size} numbers; unit {top} comes out highest, at {a[top]:.4f}."
    if passage.layer.passes_on:
        return "The same numbers, in another shape."
    if name in ("relu", "leaky-relu", "elu"):
        above = int((passage.x > 0).sum())
        below = {"relu": "become 0 and take no part in this picture", "elu": "bend towards a floor below 0"}
        return f"{above} of {n} sums are above 0 and pass as they are; the others {below.get(name, 'are made small')}."
    if name in ("sigmoid", "tanh"):
        floor = 0 if name == "sigmoid" else -1
        ends = int(((a < floor + SATURATED) | (a > 1 - SATURATED)).sum())
        return f"Each sum is squeezed between {floor} and 1; {ends} of {n} lie at an end, where they learn slowly."
    if name == "softmax":
        top = int(a.argmax())
        return f"Scores become shares that add up to 1: digit {top} has {100 * a[top]:.2f} % of the belief."
    if isinstance(passage.layer, Convolution):
        p, q, o = (int(i) for i in np.unravel_index(a.argmax(), a.shape))
        return (
            f"{a.shape[2]} maps look for the same thing at all {a.shape[0]} × {a.shape[1]} places; "
            f"map {o} finds it best at [{p}, {q}], {a[p, q, o]:.4f}."
        )
    return f"{shape(passage.x)} numbers become {shape(a)}."


def meaning_backward(passage: Passage) -> str:
    """What came back to the layer."""
    if passage.dout is None:
        return ""
    if passage.layer.name == "dense":
        unused = int((passage.x == 0).sum())
        silent = (
            f" {unused} inputs are 0, so the weights behind them learn nothing from this picture." if unused else ""
        )
        return f"A weight's gradient is what it saw times the error of its unit.{silent}"
    if passage.layer.name in ACTIVATIONS:
        stopped = int(((passage.dx == 0) & (passage.dout != 0)).sum())
        return f"The error passes where the slope lets it: at {stopped} of {passage.dx.size} units it stops."
    if isinstance(passage.layer, Convolution):
        return "A weight is used at every place, so its gradient is a sum over them all."
    if isinstance(passage.layer, MaxPooling):
        return f"Only {int((passage.dx != 0).sum())} of {passage.dx.size} numbers were the largest, and learn."
    return f"The error of {shape(passage.out)} numbers becomes that of {shape(passage.x)}."


def first_line(layer: Layer) -> str:
    """What a layer that is not in the tables says of itself."""
    return (type(layer).__doc__ or layer.name).strip().splitlines()[0]


def shape(array: Array) -> str:
    """The shape of an array in words: 24 × 24 × 8."""
    return " × ".join(map(str, array.shape))


def _place(at: str, offset: str, layer: Convolution) -> str:
    """Where in the picture a kernel at place p finds its number i: sp + i - padding."""
    start = at if layer.stride == 1 else f"{layer.stride}{at}"
    return f"{start} + {offset}" + (f" - {layer.padding}" if layer.padding else "")


def _settings(layer: Layer) -> dict[str, str]:
    return {key: f"{getattr(layer, key):g}" for key in layer.settings}
