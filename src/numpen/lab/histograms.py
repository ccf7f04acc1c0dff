"""What goes on in each layer at a moment of a run: histograms of activations and gradients, and units that are lost.

A unit is dead if a ReLU says 0 for every picture that is looked at, and stuck if a sigmoid or tanh is so near its
ends for nearly all of them that its slope, and with it what its weights learn, is next to nothing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.arrays import Array
from numpen.nn.layers import Layer
from numpen.nn.network import Network

BINS = 24
SAMPLE = 20_000  # numbers of a layer that are counted, at most
DECADES = (-9.0, 1.0)  # powers of ten between which the sizes of gradients are shown
NEAR, NEARLY_ALL = 0.02, 0.95  # of the way between its ends a stuck unit keeps to; of the pictures

BENDS = (ReLU, LeakyReLU, ELU, Sigmoid, Tanh, Softmax)
Counts = NDArray[np.int64]


class Units:
    """The units of one layer, with what they said to the pictures so far."""

    def __init__(self, layer: Any, bend: Layer) -> None:
        """Of the layer with weights, and of the one that bends its sums."""
        self.layer, self.bend, self.sample = layer, bend, list[Array]()
        self.count = len(layer.b)
        self.silent, self.at_ends = np.ones(self.count, bool), np.zeros(self.count, np.int64)  # (O,), (O,)
        self.said = 0  # numbers of each unit

    def take(self, a: Array, every: int) -> None:
        """Look at what the units said (..., O), and keep every so many of the numbers."""
        rows = a.reshape(-1, self.count)  # (B·places, O)
        if isinstance(self.bend, ReLU):
            self.silent &= ~(rows > 0).any(axis=0)
        elif isinstance(self.bend, (Sigmoid, Tanh)):
            low = -1.0 if isinstance(self.bend, Tanh) else 0.0
            edge = NEAR * (1 - low)
            self.at_ends += ((rows < low + edge) | (rows > 1 - edge)).sum(axis=0)
        self.said += len(rows)
        self.sample.append(rows.reshape(-1)[::every].copy())

    @property
    def dead(self) -> list[int]:
        """The numbers of those that said 0 to everything."""
        return np.flatnonzero(self.silent).tolist() if isinstance(self.bend, ReLU) else []

    @property
    def stuck(self) -> list[int]:
        """The numbers of those that sit at an end."""
        return np.flatnonzero(self.at_ends >= NEARLY_ALL * max(self.said, 1)).tolist()

    @property
    def lost(self) -> dict[str, int]:
        """How many units no longer take part, of how many."""
        return {"units": self.count, "dead": len(self.dead), "stuck": len(self.stuck)}

    def as_dict(self) -> dict[str, Any]:
        """The layer as the page shows it."""
        dW = self.layer.dW.reshape(-1)
        return {
            "units": self.count,
            "activation": self.bend.name,
            "activations": _spread(np.concatenate(self.sample)),
            "gradients": _sizes(dW[:: 1 + len(dW) // SAMPLE]),
            "dead": self.dead,
            "stuck": self.stuck,
        }


def look(network: Network, images: NDArray[np.uint8], pixel_divisor: float) -> list[Units]:
    """The layers from the first to the last, once they have looked at all images (N, 28, 28).

    The gradients are those that the network's last step has left.
    """
    layers: dict[int, Units] = {}
    for start in range(0, len(images), network.batch):
        x = images[start : start + network.batch].reshape(-1, 784).astype(np.float32)
        x *= 1 / pixel_divisor
        weighted: Layer | None = None
        for number, layer in enumerate(network.answering):
            x = layer.forward(x)
            weighted = layer if layer.n_weights else weighted
            if isinstance(layer, BENDS):
                every = 1 + x[0].size * len(images) // SAMPLE
                layers.setdefault(number, Units(weighted, layer)).take(x, every)
    return list(layers.values())


def _spread(values: Array) -> dict[str, Any]:
    """Numbers between their least and their largest; those that are exactly 0 apart."""
    others = _others(values)
    low, high = (float(others.min()), float(others.max())) if others.size else (0.0, 1.0)
    counts, _ = np.histogram(others, BINS, (low, high))
    return _told(values, counts, low, high)


def _sizes(values: Array) -> dict[str, Any]:
    """The sizes of numbers in powers of ten; those that are exactly 0 apart."""
    others = np.abs(_others(values))
    powers = np.log10(others).clip(*DECADES)
    counts, _ = np.histogram(powers, BINS, DECADES)
    middle = float(np.median(others)) if others.size else None
    return _told(values, counts, *DECADES) | {"median": middle}


def _others(values: Array) -> NDArray[np.float64]:
    """Those that are not 0, nor beyond what a number can be, as steps that are far too long can make them."""
    others: NDArray[np.float64] = values[(values != 0) & np.isfinite(values)].astype(np.float64)
    return others


def _told(values: Array, counts: Counts, low: float, high: float) -> dict[str, Any]:
    zero = float(np.mean(values == 0))
    return {"low": low, "high": high, "zero": zero, "counts": counts.tolist()}
