"""How good a model is: what it gets right, what it takes for what, and how sure it was."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.models.model import Model
from numpen.nn.arrays import Array


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What came of asking a model about labelled pictures."""

    confusion: NDArray[np.int64]  # (10, 10): rows are the truth, columns the answers
    mean_loss: float  # cross-entropy, in nats: -log of the probability given to the truth

    @property
    def count(self) -> int:
        """How many pictures were asked about."""
        return int(self.confusion.sum())

    @property
    def right(self) -> int:
        """How many answers were right."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1."""
        return self.right / self.count

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain numbers, as `numpen evaluate --json` prints it."""
        counts = self.confusion.sum(axis=1)
        errors = counts - np.diag(self.confusion)
        return {
            "accuracy": self.accuracy,
            "count": self.count,
            "per_digit": [
                {
                    "digit": digit,
                    "count": int(counts[digit]),
                    "errors": int(errors[digit]),
                    "error_rate": float(errors[digit] / max(counts[digit], 1)),
                    "share_of_errors": float(errors[digit] / max(errors.sum(), 1)),
                }
                for digit in range(10)
            ],
            "confusion": self.confusion.tolist(),
            "mean_loss": self.mean_loss,
        }


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often a model is right when it is so sure, in bins of equal width: a well-calibrated one as often as it says.

    The confidence of an answer is the largest of its probabilities. Bins hold their upper edge.
    """

    edges: NDArray[np.float64]  # (M + 1,), from 0 to 1
    counts: NDArray[np.int64]  # (M,), answers in each bin
    confidence: NDArray[np.float64]  # (M,), their mean confidence; 0 where there are none
    accuracy: NDArray[np.float64]  # (M,), the share of them that is right; 0 where there are none

    @property
    def expected_calibration_error(self) -> float:
        """Σ (n_m / N) |accuracy_m - confidence_m| over the bins, 0 to 1 (Guo et al. 2017, equation 3)."""
        gaps = np.abs(self.accuracy - self.confidence)
        return float(np.sum(gaps * self.counts) / self.counts.sum())


@dataclass(frozen=True)
class Mistake:
    """One wrong answer."""

    index: int  # in the dataset, from 0
    truth: int
    answer: int
    confidence: float  # in the answer, 0 to 1


def evaluate(model: Model, dataset: Dataset) -> Evaluation:
    """Ask the model about every picture of the dataset."""
    return judge(model.probabilities(dataset.images), dataset.labels)


class Predictor(Protocol):
    """Whatever reads digits: a Model, a committee of them, or another library's network behind the same method."""

    def predict(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """The digit of each image (N, 28, 28), (N,)."""


@dataclass(frozen=True, eq=False)
class WriterAccuracy:
    """How well each writer's digits are read; every writer counts alike, whoever wrote more."""

    writers: NDArray[np.int32]  # (W,), each once, in order
    counts: NDArray[np.int64]  # (W,), their pictures
    accuracies: NDArray[np.float64]  # (W,), the share of right answers, 0 to 1

    @property
    def mean(self) -> float:
        """The mean over the writers."""
        return float(np.mean(self.accuracies))

    @property
    def worst_tenth(self) -> float:
        """The mean over the tenth of the writers that is read worst, rounded up."""
        return float(np.mean(np.sort(self.accuracies)[: -(-len(self.writers) // 10)]))

    def as_dict(self) -> dict[str, Any]:
        """The three figures that `numpen evaluate --json` prints."""
        return {"count": len(self.writers), "mean": self.mean, "worst_tenth": self.worst_tenth}


def accuracy_by_writer(model: Predictor, dataset: Dataset) -> WriterAccuracy:
    """Ask the model about every picture, and judge writer by writer; see `judge_by_writer`."""
    return judge_by_writer(model.predict(dataset.images), dataset)


def judge_by_writer(answers: NDArray[Any], dataset: Dataset) -> WriterAccuracy:
    """What these answers (N,) are worth, writer by writer. Raises DataError if the writers are not known."""
    if dataset.writers is None:
        raise DataError(f"expected a dataset that knows its writers, got {dataset.source or 'one that does not'}")
    writers, writer, counts = np.unique(dataset.writers, return_inverse=True, return_counts=True)
    right = np.bincount(writer, answers == dataset.labels)
    return WriterAccuracy(writers, counts, right / counts)


def judge(probabilities: Array, labels: NDArray[np.uint8]) -> Evaluation:
    """What these probabilities (N, 10) are worth against the labels (N,)."""
    answers = np.argmax(probabilities, axis=1)
    confusion = np.bincount(labels * 10 + answers, minlength=100).reshape(10, 10)
    of_truth = probabilities[np.arange(len(labels)), labels]
    # a probability of zero counts as the smallest that can be told from zero: no infinite loss
    losses = -np.log(np.maximum(of_truth, np.finfo(of_truth.dtype).tiny))
    return Evaluation(confusion, float(np.mean(losses, dtype=np.float64)))


def wilson_interval(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Between what the true share may lie when `right` of `count` were right; z = 1.96 is 95 % (Wilson 1927).

    Unlike share ± z √(share (1 - share) / N), it stays between 0 and 1 and has a width even at the ends.
    """
    share, squared = right / count, z * z
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    half = z / (1 + squared / count) * math.sqrt(share * (1 - share) / count + squared / (4 * count * count))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def reliability(probabilities: Array, labels: NDArray[np.uint8], bins: int = 10) -> Reliability:
    """How sure and how right these probabilities (N, 10) are against the labels (N,)."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    # rounding may take a probability a little over 1: the last bin holds it
    at = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(at, minlength=bins)
    at_least_one = np.maximum(counts, 1)
    return Reliability(
        edges,
        counts,
        np.bincount(at, confidence, bins) / at_least_one,
        np.bincount(at, right, bins) / at_least_one,
    )


def mistakes(probabilities: Array, labels: NDArray[np.uint8]) -> list[Mistake]:
    """Every wrong answer of these probabilities (N, 10) against the labels (N,), the most confident first."""
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    confidence = probabilities[wrong, answers[wrong]]
    order = wrong[np.argsort(-confidence, kind="stable")]
    return [Mistake(int(i), int(labels[i]), int(answers[i]), float(probabilities[i, answers[i]])) for i in order]
