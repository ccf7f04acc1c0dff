"""What a model got wrong among the test pictures, as the page shows it: a table whose cells open pictures."""

from typing import Any

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.digits.label_review import load_reviews, review_of
from numpen.errors import LabError
from numpen.evaluation.metrics import judge
from numpen.lab.door import encoded
from numpen.nn.arrays import Array

SHOWN = 60  # pictures at most


def mistakes(answers: Array, test: Dataset) -> dict[str, Any]:
    """The confusion of answers (N, 10), the mistakes made with most confidence, and what has a doubtful label."""
    evaluation = judge(answers, test.labels)
    given = answers.argmax(axis=1)
    wrong = np.flatnonzero(given != test.labels)
    surest = wrong[np.argsort(-answers[wrong].max(axis=1), kind="stable")][:SHOWN]
    return {
        "accuracy": evaluation.accuracy,
        "count": evaluation.count,
        "errors": len(wrong),
        "confusion": evaluation.confusion.tolist(),
        "surest": [_picture(answers, test, int(row)) for row in surest],
        "doubtful": [_picture(answers, test, review.row) for review in load_reviews() if review.doubtful],
    }


def score(answers: Array, test: Dataset) -> dict[str, Any]:
    """How many of the first test pictures these answers (N, 10) get right, and the errors of each digit."""
    evaluation = judge(answers, test.labels[: len(answers)])
    errors = evaluation.confusion.sum(axis=1) - evaluation.confusion.diagonal()
    return {"count": evaluation.count, "accuracy": evaluation.accuracy, "errors": errors.tolist()}


def cell(answers: Array, test: Dataset, truth: int, answer: int) -> dict[str, Any]:
    """The pictures of one digit that got one answer, those with the least confidence in the truth first."""
    if not (0 <= truth <= 9 and 0 <= answer <= 9):
        raise LabError(f"expected two digits from 0 to 9, got {truth} and {answer}")
    rows = np.flatnonzero((test.labels == truth) & (answers.argmax(axis=1) == answer))
    hardest = rows[np.argsort(answers[rows, truth], kind="stable")]
    return {"count": len(rows), "pictures": [_picture(answers, test, int(row)) for row in hardest[:SHOWN]]}


def picture(test: Dataset, row: int) -> dict[str, Any]:
    """A test picture with its label, and what people said of the label if it was doubted; raises LabError."""
    if not 0 <= row < len(test):
        raise LabError(f"expected a test picture from 0 to {len(test) - 1}, got {row}")
    review = review_of(test.images[row])
    doubt = review.verdict if review and review.doubtful else None
    return {"row": row, "truth": int(test.labels[row]), "doubt": doubt, "frame": encoded(test.images[row])}


def _picture(answers: Array, test: Dataset, row: int) -> dict[str, Any]:
    said = {"answer": int(answers[row].argmax()), "confidence": float(answers[row].max())}
    return picture(test, row) | said
