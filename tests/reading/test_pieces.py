"""Pieces from runs are what SciPy's labels say they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from numpen.reading.pieces import Mask, pieces_of


@given(arrays.arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14))))
def test_pieces_are_what_touches(mask: Mask) -> None:
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    pieces = pieces_of(mask)
    assert len(pieces) == count
    assert np.array_equal(pieces.mask(np.ones(count, bool)), mask)
    boxes = {(x.start, y.start, x.stop, y.stop) for y, x in ndimage.find_objects(labels)}
    assert boxes == set(map(tuple, pieces.boxes.tolist()))
    for label in range(count):
        one = pieces.mask(np.arange(count) == label)
        assert one.sum() == pieces.areas[label] and len(np.unique(labels[one])) == 1
        left, top, right, bottom = pieces.boxes[label]
        assert np.array_equal(one[top:bottom, left:right], pieces.cut_out(label))


@given(arrays.arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14))), st.integers(0, 2**32 - 1))
def test_some_pieces_are_those_of_their_own_mask(mask: Mask, seed: int) -> None:
    pieces = pieces_of(mask)
    chosen = np.random.default_rng(seed).random(len(pieces)) < 0.5
    some, same = pieces.only(chosen), pieces_of(pieces.mask(chosen))
    for name in ("rows", "starts", "stops", "labels", "boxes", "areas"):
        assert np.array_equal(getattr(some, name), getattr(same, name))


def test_sums_are_taken_over_each_piece() -> None:
    mask = np.array([[1, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 1]], bool)
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert sorted(pieces_of(mask).sums(values)) == pytest.approx([1, 8, 18])
