"""Which pixels speak for one digit and against another: their parts add up to the difference of the two scores.

A score is what a digit has below the network's closing layer, z; the larger z has the larger probability.

Where every layer is linear on both sides of a kink (ReLU, leaky ReLU, max pooling), the network is, for this one
picture, a linear map: Euler's theorem gives  z_a - z_b = Σ x_i ∂(z_a - z_b)/∂x_i + Σ b_k ∂(z_a - z_b)/∂b_k,
exactly. Where layers bend (sigmoid, tanh, ELU below zero) no such sum is exact at a point, so the gradient is
averaged along the straight way from a blank sheet to the picture (integrated gradients, Sundararajan et al. 2017):
pixels that carry no ink have no part, the constant part is what the blank sheet gets, and the remainder, which is
shown, is the error of the quadrature alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError
from numpen.evaluation.walk import fed, float64_copy
from numpen.models.model import Model
from numpen.nn.arrays import Array
from numpen.nn.layers import Layer
from numpen.nn.network import Network

NODES = 128  # of the quadrature, between the blank sheet and the picture
ROUNDING = 1e-9  # of the scores' size: what adding up in another order may change


@dataclass(frozen=True, eq=False)
class Attribution:
    """Why one digit rather than another: Σ pixels + constant + remainder = difference."""

    digit: int
    other: int
    pixels: Array  # (28, 28), each pixel's part
    slopes: Array  # (28, 28), what each pixel is multiplied by
    constant: float  # the part that no pixel has
    remainder: float  # what the parts miss
    difference: float  # z of the digit less z of the other
    method: str  # "local linear map" or "integrated gradients"

    @property
    def exact(self) -> bool:
        """Whether the parts add up by algebra, rather than by a quadrature with a remainder."""
        return self.method == "local linear map"

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain values."""
        arrays = {"pixels": self.pixels.tolist(), "slopes": self.slopes.tolist()}
        return {key: value for key, value in vars(self).items() if key not in arrays} | {"exact": self.exact} | arrays


def attribute(model: Model, picture: NDArray[np.uint8], digit: int, other: int) -> Attribution:
    """Each pixel's part in z_digit - z_other for a picture (28, 28); raises DataError for what is no such thing."""
    if picture.shape != (28, 28) or picture.dtype != np.uint8:
        raise DataError(f"expected a picture (28, 28) of uint8, got {picture.shape} of {picture.dtype}")
    if not (0 <= digit <= 9 and 0 <= other <= 9 and digit != other):
        raise DataError(f"expected two different digits from 0 to 9, got {digit} and {other}")
    network, x = float64_copy(model, NODES), fed(model, picture)
    difference, size = _difference(network, x, digit, other)
    slopes = _slopes(network, x, digit, other)[0]
    constant = float(network.theta[network.n_weights :] @ network.grad[network.n_weights :])
    remainder, method = difference - float(x[0] @ slopes) - constant, "local linear map"
    if abs(remainder) > ROUNDING * max(1.0, size):
        slopes, constant = _along_the_way(network, x, digit, other)
        remainder, method = difference - float(x[0] @ slopes) - constant, "integrated gradients"
    shape = (28, 28)
    parts = (x[0] * slopes).reshape(shape)
    return Attribution(digit, other, parts, slopes.reshape(shape), constant, remainder, difference, method)


def scoring_layers(network: Network) -> tuple[Layer, ...]:
    """The layers up to the scores: all but a closing one that has nothing to learn."""
    return network.layers if network.layers[-1].n_weights else network.layers[:-1]


def _scores(network: Network, x: Array) -> Array:
    """The scores (B, 10) of x (B, 784); borrowed."""
    out = x.copy()
    for layer in scoring_layers(network):
        out = layer.forward(out)
    return out


def _difference(network: Network, x: Array, digit: int, other: int) -> tuple[float, float]:
    scores = _scores(network, x)[0]
    return float(scores[digit] - scores[other]), float(np.abs(scores).max())


def _slopes(network: Network, x: Array, digit: int, other: int) -> Array:
    """The derivative of z_digit - z_other by x (B, 784); that by the parameters, a sum over x, is in `grad`."""
    _scores(network, x)
    dout: Array = np.zeros((len(x), network.outputs))  # (B, 10)
    dout[:, digit], dout[:, other] = 1, -1
    for layer in reversed(scoring_layers(network)):
        layer.learn(dout)
        dout = layer.backward(dout)
    return dout.copy()


def _along_the_way(network: Network, x: Array, digit: int, other: int) -> tuple[Array, float]:
    """The mean slope of each pixel (784,) between the blank sheet and x (1, 784), and what the blank sheet gets."""
    at, weights = np.polynomial.legendre.leggauss(NODES)  # between -1 and 1
    slopes = _slopes(network, (at[:, np.newaxis] + 1) / 2 * x, digit, other)  # (NODES, 784)
    return weights / 2 @ slopes, _difference(network, np.zeros_like(x), digit, other)[0]
