"""How good a model is: what it gets right, what it takes for what, and how sure it was."""

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
    def accuracy(self) -> float:
        """The share of right answers, 0 to 1."""
        return float(np.trace(self.confusion)) / self.count

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
    """Ask the model about every picture, and judge writer by writer. Raises DataError if they are not known."""
    if dataset.writers is None:
        raise DataError(f"expected a dataset that knows its writers, got {dataset.source or 'one that does not'}")
    writers, writer, counts = np.unique(dataset.writers, return_inverse=True, return_counts=True)
    right = np.bincount(writer, model.predict(dataset.images) == dataset.labels)
    return WriterAccuracy(writers, counts, right / counts)


def judge(probabilities: Array, labels: NDArray[np.uint8]) -> Evaluation:
    """What these probabilities (N, 10) are worth against the labels (N,)."""
    answers = np.argmax(probabilities, axis=1)
    confusion = np.bincount(labels * 10 + answers, minlength=100).reshape(10, 10)
    of_truth = probabilities[np.arange(len(labels)), labels]
    # a probability of zero counts as the smallest that can be told from zero: no infinite loss
    losses = -np.log(np.maximum(of_truth, np.finfo(of_truth.dtype).tiny))
    return Evaluation(confusion, float(np.mean(losses, dtype=np.float64)))
