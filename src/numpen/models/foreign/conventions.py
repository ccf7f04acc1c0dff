"""Which convention makes the network work: every one that fits the shapes, tried on pictures with labels.

Programs differ in which way round a matrix lies, whether a bias is added or subtracted (z = Wx - b), what
pixels are divided by, and what bends the sums. What is not said is found: the right convention makes the
network read digits, a wrong one hardly ever does.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import ModelFileError
from numpen.models.foreign.naming import Floats, Parameters
from numpen.nn.arrays import Array
from numpen.nn.network import LAYERS


@dataclass(frozen=True)
class Convention:
    """What a program leaves unsaid about the weights it saves."""

    matrices: str  # "in-out": z = xW, or "out-in": z = Wx
    biases: str  # "added" or "subtracted"
    activation: str  # of the hidden layers, a name in LAYERS
    pixel_divisor: float
    output: str  # "softmax" or "sigmoid"


# What is tried. A leaky ReLU has to be said: its answers are too near to those of a ReLU to be told from them.
CHOICES: dict[str, tuple[Any, ...]] = {
    "matrices": ("in-out", "out-in"),
    "biases": ("added", "subtracted"),
    "activation": ("sigmoid", "tanh", "relu", "elu"),
    "pixel_divisor": (255.0, 256.0, 1.0),
    "output": ("softmax", "sigmoid"),
}


@dataclass(frozen=True, eq=False)
class Trial:
    """A convention and what came of it on N pictures."""

    convention: Convention
    right: NDArray[np.bool_]  # (N,)
    losses: Array  # (N,), -log of the probability of the truth, were the output a softmax
    sigmoid_sum: float  # median over the pictures of what the ten answers add up to, were the output sigmoids

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1."""
        return float(self.right.mean())

    @property
    def loss(self) -> float:
        """The mean loss, in nats."""
        return float(self.losses.mean())

    def is_no_worse_than(self, other: "Trial", errors: float = 2) -> bool:
        """Whether its accuracy is within so many standard errors of the other's, picture by picture."""
        difference = int(other.right.sum()) - int(self.right.sum())
        return difference <= errors * float(np.sqrt(np.count_nonzero(other.right ^ self.right)))


def ways_round(parameters: Parameters) -> dict[str, list[Floats]]:
    """The matrices as (in, out), for each way round in which they lead from 784 pixels to 10 digits.

    Raises ModelFileError, naming the matrix that does not fit, if there is none.
    """
    inward = list(parameters.weights.values())
    ways = {"in-out": inward, "out-in": [matrix.T for matrix in inward]}
    faults = {way: _fault(matrices, parameters) for way, matrices in ways.items()}
    fitting = {way: matrices for way, matrices in ways.items() if faults[way] is None}
    if not fitting:
        shapes = " ".join(f"{name} {matrix.shape}".strip() for name, matrix in list(parameters.weights.items())[:8])
        _, fault = max(fault for fault in faults.values() if fault)
        raise ModelFileError(f"expected matrices from 784 pixels to 10 digits, got {shapes}: {fault}")
    return fitting


def _fault(matrices: list[Floats], parameters: Parameters) -> tuple[int, str] | None:
    """How far all fits, in steps, and the words of the first thing that does not; None if all does."""
    inputs, biases = 784, list(parameters.biases.items())
    names = [name or "the matrix" for name in parameters.weights]  # in a file of its own it needs none
    for i, (name, W) in enumerate(zip(names, matrices, strict=True)):
        if len(W) != inputs:
            below = f"{names[i - 1]} has outputs" if i else "there are pixels"
            return 2 * i, f"{name} should have {inputs} inputs, as many as {below}"
        if biases and len(biases[i][1]) != W.shape[1]:
            return 2 * i + 1, f"{biases[i][0]} should have {W.shape[1]} numbers, as many as {name} has outputs"
        inputs = W.shape[1]
    return None if inputs == 10 else (2 * len(matrices), f"{names[-1]} should have 10 outputs")


def candidates(parameters: Parameters, given: dict[str, Any]) -> list[Convention]:
    """Every convention that fits the shapes and keeps what is given; what makes no difference is not varied."""
    choices = {key: (given[key],) if key in given else values for key, values in CHOICES.items()}
    choices["matrices"] = tuple(way for way in ways_round(parameters) if way in choices["matrices"])
    if not choices["matrices"]:
        raise ModelFileError(f"expected matrices that fit {given['matrices']}, got some that fit the other way round")
    if not parameters.biases:
        choices["biases"] = choices["biases"][:1]
    if len(parameters.weights) == 1:
        choices["activation"] = choices["activation"][:1]
    # which output it is does not change the order of the answers: it is told from the best trial's sums
    choices["output"] = choices["output"][:1]
    names = [each.name for each in fields(Convention)]
    return [Convention(*values) for values in itertools.product(*(choices[name] for name in names))]


def trials(
    parameters: Parameters, conventions: list[Convention], pixels: Array, labels: NDArray[Any]
) -> Iterator[Trial]:
    """What comes of each convention on pixels (N, 784), 0 to 255, with labels (N,)."""
    ways = ways_round(parameters)
    sums = {way: pixels @ ways[way][0].astype(pixels.dtype) for way in {each.matrices for each in conventions}}
    for convention in conventions:
        with np.errstate(all="ignore"):  # a wrong convention may overflow
            z = _scores(convention, parameters, ways[convention.matrices], sums[convention.matrices])
            yield _trial(convention, np.nan_to_num(z), labels)


def _scores(convention: Convention, parameters: Parameters, matrices: list[Floats], first: Array) -> Array:
    """The last layer's sums (N, 10), from the first layer's products with raw pixels (N, O)."""
    sign = 1 if convention.biases == "added" else -1
    biases = [sign * b for b in parameters.biases.values()] or [np.zeros(W.shape[1]) for W in matrices]
    z = first / convention.pixel_divisor + biases[0].astype(first.dtype)
    bend = LAYERS[convention.activation]()
    for W, b in zip(matrices[1:], biases[1:], strict=True):
        bend.bind(len(z), z.shape[1:], z.dtype, first=False)
        z = bend.forward(z) @ W.astype(z.dtype) + b.astype(z.dtype)
    return z


def _trial(convention: Convention, z: Array, labels: NDArray[Any]) -> Trial:
    # the probability that digit k is right, given that one is, is softmax(z)ₖ for sigmoids as well
    shifted = z - z.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(z)), labels]
    sigmoid_sum = np.median(np.sum(0.5 + 0.5 * np.tanh(z / 2), axis=1))
    return Trial(convention, z.argmax(axis=1) == labels, losses, float(sigmoid_sum))


def best_of(tried: list[Trial]) -> Trial:
    """The one with the lowest loss among those whose accuracy is no worse than the highest."""
    highest = max(tried, key=lambda trial: trial.accuracy)
    return min((trial for trial in tried if trial.is_no_worse_than(highest)), key=lambda trial: trial.loss)


def with_output(trial: Trial, given: dict[str, Any]) -> Convention:
    """The trial's convention with its output: sigmoids that were trained add up to about one, others to several."""
    found = "sigmoid" if 0.5 < trial.sigmoid_sum < 2 else "softmax"
    return replace(trial.convention, output=given.get("output", found))
