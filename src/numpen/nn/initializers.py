"""What the weights are before anything has been learnt.

An initializer draws every number of a matrix at random around zero. The first three choose the
spread by the layer's size, so that signals neither fade nor explode on their way through many
layers; a layer has I inputs ("fan in") and O outputs ("fan out").
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from numpen.errors import NetworkError

if TYPE_CHECKING:  # recipes are checked by `initializer`, and `numpen --help` does not wait for NumPy
    from numpy.random import Generator

    from numpen.nn.arrays import Array


class Initializer(Protocol):
    """Writes first values over `out`, the weights or the biases of a layer of I inputs and O outputs."""

    def fill(self, out: Array, fan_in: int, fan_out: int, rng: Generator) -> None: ...


@dataclass(frozen=True)
class Glorot:
    """Uniform in ±√(6 / (I + O)); for sigmoid and tanh (Glorot & Bengio 2010, equation 16)."""

    def fill(self, out: Array, fan_in: int, fan_out: int, rng: Generator) -> None:
        limit = math.sqrt(6 / (fan_in + fan_out))
        out[...] = rng.uniform(-limit, limit, out.shape)


@dataclass(frozen=True)
class He:
    """Normal with standard deviation √(2 / I); for ReLU (He et al. 2015, equation 10)."""

    def fill(self, out: Array, fan_in: int, fan_out: int, rng: Generator) -> None:
        out[...] = rng.normal(0, math.sqrt(2 / fan_in), out.shape)


@dataclass(frozen=True)
class LeCun:
    """Normal with standard deviation √(1 / I) (LeCun et al. 1998, "Efficient BackProp", equation 16)."""

    def fill(self, out: Array, fan_in: int, fan_out: int, rng: Generator) -> None:
        out[...] = rng.normal(0, math.sqrt(1 / fan_in), out.shape)


@dataclass(frozen=True)
class Uniform:
    """Uniform in ±limit, whatever the size of the layer."""

    limit: float

    def fill(self, out: Array, fan_in: int, fan_out: int, rng: Generator) -> None:
        out[...] = rng.uniform(-self.limit, self.limit, out.shape)


@dataclass(frozen=True)
class Normal:
    """Normal with the given standard deviation, whatever the size of the layer."""

    deviation: float

    def fill(self, out: Array, fan_in: int, fan_out: int, rng: Generator) -> None:
        out[...] = rng.normal(0, self.deviation, out.shape)


@dataclass(frozen=True)
class Zeros:
    """All zero: right for biases; weights that start alike would stay alike for ever."""

    def fill(self, out: Array, fan_in: int, fan_out: int, rng: Generator) -> None:
        out[...] = 0


def initializer(text: str) -> Initializer:
    """The initializer that a word names: "glorot", "he", "lecun", "zeros", "uniform(0.5)", "normal(1)".

    Raises NetworkError for any other word, and for a spread that is not a positive number.
    """
    plain: dict[str, Initializer] = {"glorot": Glorot(), "he": He(), "lecun": LeCun(), "zeros": Zeros()}
    if text in plain:
        return plain[text]
    match = re.fullmatch(r"(uniform|normal)\(([0-9.eE+-]+)\)", text)
    try:
        kind, spread = (match[1], float(match[2])) if match else ("", 0.0)
    except ValueError:
        kind, spread = "", 0.0
    if not 0 < spread < math.inf:
        raise NetworkError(
            f"expected an initializer: glorot, he, lecun, zeros, uniform(A) or normal(S) (above 0), got {text}"
        )
    return Uniform(spread) if kind == "uniform" else Normal(spread)
