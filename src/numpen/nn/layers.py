"""What a layer is, and the two kinds that are not activations: Dense, which learns, and Dropout.

A layer has three verbs. `forward` turns the pictures of a batch into the layer's answer; `learn` writes
the gradient of the layer's own weights; `backward` hands the error on to the layer below.

Letters: B pictures in a batch, I inputs and O outputs of a layer; x goes in, z = xW + b, a = f(z).
dz is the derivative of the loss by z, and so on: dX always has the shape of X.

Everything runs in place. An activation writes over its argument, and its backward writes its slope
over the activation it no longer needs: that is safe because `learn` and `backward` of the layer above
have come first.

NumPy loads its generators when they are first used, and a network that only answers uses none: so that
nobody waits for them, `np.random` is told of in quotation marks here.
"""

import math
import operator
from typing import Any, ClassVar

import numpy as np

from numpen.errors import NetworkError
from numpen.nn.arrays import Array, Shape, zeros
from numpen.nn.initializers import Initializer


class Layer:
    """What every layer is; on its own, a layer with nothing to learn and no buffer."""

    name: ClassVar[str]
    settings: ClassVar[tuple[str, ...]] = ()  # the constructor's arguments, kept under the same names
    only_when_learning: ClassVar[bool] = False
    writes_over: ClassVar[bool] = False  # its answer lies where what it was given lay
    passes_on: ClassVar[bool] = False  # its answer is what it was given, in another shape
    answer_is_needed: ClassVar[bool] = False  # its backward looks at its answer, which nobody may write over
    inputs: int = 0  # 0: takes what comes
    n_weights: int = 0
    n_biases: int = 0

    def shape_after(self, shape: Shape) -> Shape:
        """The shape of one picture behind this layer; raises NetworkError if it does not fit."""
        return shape

    def place(self, weights: Array, biases: Array) -> None:
        """Take (2, n_weights) and (2, n_biases): a row of values and a row for their gradients."""

    def initialize(self, weights: Initializer, biases: Initializer, rng: "np.random.Generator") -> None:
        """Draw first values for the layer's weights and biases."""

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        """Make every buffer for `batch` pictures of `shape`: the only place where a layer allocates."""

    def forward(self, x: Array) -> Array:
        """Return the layer's answer to x; it may be written over x."""
        raise NotImplementedError

    def answer(self, x: Array) -> Array:
        """What `forward` returns where nothing will be learned from x; few layers make a difference."""
        return self.forward(x)

    def learn(self, dout: Array) -> None:
        """Write the gradients of the layer's own parameters."""

    def backward(self, dout: Array) -> Array:
        """Return the error of the layer below; it may be written over dout."""
        raise NotImplementedError

    def tensors(self) -> dict[str, Array]:
        """The layer's parameters by their symbols; views, which can be written to."""
        return {}

    def numbers(self, shape: Shape) -> int:
        """How many numbers the buffers hold for a picture of `shape`, at most."""
        return 2 * math.prod(self.shape_after(shape))

    def spec(self) -> dict[str, Any]:
        """The layer in plain words, as the model file keeps it."""
        return {"layer": self.name} | {key: getattr(self, key) for key in self.settings}


class Dense(Layer):
    """z = xW + b: every output looks at every input.

    x is (B, I), W (I, O), b (O,), z (B, O).
    """

    name = "dense"
    settings = ("inputs", "outputs")

    def __init__(self, inputs: int, outputs: int) -> None:
        inputs, outputs = operator.index(inputs), operator.index(outputs)
        if inputs < 1 or outputs < 1:
            raise NetworkError(f"expected a layer with at least 1 input and 1 output, got {inputs}-{outputs}")
        self.inputs, self.outputs = inputs, outputs
        self.n_weights, self.n_biases = inputs * outputs, outputs

    def shape_after(self, shape: Shape) -> Shape:
        if shape != (self.inputs,):
            raise NetworkError(f"expected {self.inputs} inputs for a {self.inputs}-{self.outputs} layer, got {shape}")
        return (self.outputs,)

    def place(self, weights: Array, biases: Array) -> None:
        self.W, self.dW = weights.reshape(2, self.inputs, self.outputs)  # (I, O)
        self.b, self.db = biases  # (O,)
        self.b_row = self.b[np.newaxis]  # (1, O): for one picture NumPy is twice as quick with two rows

    def initialize(self, weights: Initializer, biases: Initializer, rng: "np.random.Generator") -> None:
        weights.fill(self.W, self.inputs, self.outputs, rng)
        biases.fill(self.b, self.inputs, self.outputs, rng)

    def tensors(self) -> dict[str, Array]:
        return {"W": self.W, "b": self.b}

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        self.z = zeros((batch, self.outputs), dtype)  # (B, O)
        self.ones = zeros((batch,), dtype)  # (B,)
        self.ones += 1
        if not first:
            self.dx = zeros((batch, self.inputs), dtype)  # (B, I)

    def forward(self, x: Array) -> Array:
        # z = xW + b
        self.x = x
        z = x.dot(self.W, out=self.z[: len(x)])
        z += self.b_row
        return z

    def learn(self, dout: Array) -> None:
        # dW = xᵀ dz,  db = 1ᵀ dz, the sum over the batch    (Nielsen's BP4 and BP3)
        # (`dot`, because `matmul` does not hand a product of one column and one row to BLAS)
        self.x.T.dot(dout, out=self.dW)
        self.ones[: len(dout)].dot(dout, out=self.db)

    def backward(self, dout: Array) -> Array:
        # dx = dz Wᵀ    (the first half of Nielsen's BP2)
        return dout.dot(self.W.T, out=self.dx[: len(dout)])


class Dropout(Layer):
    """While learning, leaves out each number with probability `rate` and makes up for it in the rest.

    (Srivastava et al. 2014, in its inverted form: nothing needs scaling afterwards.)
    """

    name = "dropout"
    settings = ("rate",)
    only_when_learning = True

    def __init__(self, rate: float = 0.5, rng: "np.random.Generator | None" = None) -> None:
        if not 0 <= rate < 1:
            raise NetworkError(f"expected a dropout rate of at least 0 and less than 1, got {rate}")
        self.rate, self.rng = float(rate), rng or np.random.default_rng(0)

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        self.mask = zeros((batch, *shape), dtype)  # (B, O)
        self.kept = zeros((batch, *shape), dtype)  # (B, O)

    def forward(self, x: Array) -> Array:
        # a = x m, with m = 1 / (1 - rate) where kept, else 0; written beside x, whose slope is still needed
        mask = self.mask[: len(x)]
        self.rng.random(out=mask, dtype=mask.dtype.type)
        np.greater_equal(mask, self.rate, out=mask)
        mask *= 1 / (1 - self.rate)
        return np.multiply(x, mask, out=self.kept[: len(x)])

    def backward(self, dout: Array) -> Array:
        # dx = da m
        dout *= self.mask[: len(dout)]
        return dout
