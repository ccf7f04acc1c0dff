"""Probabilities that mean what they say: a temperature for them, and what a threshold costs and gains.

The temperature is fitted on pictures by writers that the network has not learnt from. It changes no answer,
only how sure it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numpen.nn.arrays import Array

COLDEST, HOTTEST = 0.2, 5.0  # temperatures that are tried
STEPS = 60  # of the golden section: the temperature is then known to about 1e-12
GOLDEN = (5**0.5 - 1) / 2


def tempered(probabilities: Array, temperature: float) -> Array:
    """The probabilities (N, 10) at another temperature: below 1 surer, above 1 less sure (Guo et al. 2017, equation 9).

    softmax(z / T) = p^(1/T) / Σ p^(1/T), so the scores z themselves are not needed.
    """
    if temperature == 1:
        return probabilities
    logs = np.log(np.maximum(probabilities, np.finfo(probabilities.dtype).tiny)) / temperature
    logs -= logs.max(axis=1, keepdims=True)
    powers: Array = np.exp(logs)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def fit_temperature(probabilities: Array, labels: NDArray[np.uint8]) -> float:
    """The temperature at which the probabilities (N, 10) make the labels (N,) most likely, between 0.2 and 5.

    The mean loss has one lowest place along 1/T; a golden-section search finds it.
    """
    logs = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny))
    of_label = logs[np.arange(len(labels)), labels]

    def loss(cold: float) -> float:  # of the labels, at 1/T
        scaled = logs * cold
        top = scaled.max(axis=1)
        return float((top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)) - cold * of_label).mean())

    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(STEPS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return 2 / (low + high)


@dataclass(frozen=True)
class Coverage:
    """What comes of answering only when the likeliest digit is at least so likely."""

    threshold: float
    answered: float  # the share of the pictures that get an answer
    right: float  # the share of the answers that are right; 1 if there are none


def coverage(probabilities: Array, labels: NDArray[np.uint8], thresholds: NDArray[np.float64]) -> list[Coverage]:
    """The curve of how much is answered against how much of it is right, for probabilities (N, 10), labels (N,)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    curve = []
    for threshold in thresholds.tolist():
        answered = confidence >= threshold
        curve.append(
            Coverage(threshold, float(answered.mean()), float(right[answered].mean()) if answered.any() else 1)
        )
    return curve


def threshold_for(probabilities: Array, labels: NDArray[np.uint8], right: float) -> float:
    """The lowest threshold from which on at least the share `right` of the answers is right; 1 if there is none."""
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum((probabilities.argmax(axis=1) == labels)[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(hits >= right)
    return float(confidence[order[good[-1]]]) if len(good) else 1.0
