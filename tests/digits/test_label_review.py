"""The review of the doubtful labels is of MNIST's own pictures, and is found wherever they are."""

import numpy as np
import pytest

from numpen.digits import label_review
from numpen.digits.dataset import Dataset
from numpen.digits.label_review import Review, load_reviews, review_of
from numpen.errors import DataError

NOT_CONFIRMED = [947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729]


def test_a_hundred_labels_were_reviewed_and_fifteen_not_confirmed(mnist_test: Dataset) -> None:
    reviews = load_reviews()
    assert len({review.row for review in reviews}) == 100
    assert all(mnist_test.labels[review.row] == review.label for review in reviews)
    assert [review.row for review in reviews if review.doubtful] == NOT_CONFIRMED


def test_a_review_is_found_by_the_picture_alone(mnist_test: Dataset) -> None:
    shuffled = mnist_test.take(np.random.default_rng(0).permutation(10_000))
    found = [review for image in shuffled.images if (review := review_of(image))]
    assert sorted(found, key=lambda review: review.row) == load_reviews()
    assert review_of(np.zeros((28, 28), np.uint8)) is None


def test_the_verdict_says_who_saw_what() -> None:
    assert Review(947, 8, 9, 0, 5, 0).verdict == "0 of 5 people see an 8, 5 a 9"
    assert Review(2654, 6, 1, 0, 2, 3).verdict == "0 of 5 people see a 6, 2 a 1, 3 neither"
    assert Review(2836, 4, 4, 4, 4, 1).verdict == "4 of 5 people see a 4, 1 neither"


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_review, "CHECKSUM", "0" * 64)
    with pytest.raises(DataError, match="install numpen again"):
        load_reviews()
