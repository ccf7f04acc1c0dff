"""Pickled pictures and labels, read as data and never run: two parallel lists, a dict, or the book's `mnist.pkl.gz`."""

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.digits import mapped
from numpen.digits.dataset import Dataset
from numpen.digits.formats.npz import names_both, pair_of
from numpen.digits.formats.numbers import CHUNK, chunked, images_of, labels_of
from numpen.digits.formats.parts import Part, labels_beside
from numpen.errors import DataError
from numpen.unpickling import Rows, load_packed


def read_pickled(path: Path, part: Part) -> Dataset:
    """A part of a pickle; raises DataError if it holds no pictures and labels, FileFormatError if it is unsafe."""
    value = load_packed(path)
    pairs, form = _pairs(value, path, part)
    del value
    images, labels, pixels = [], [], ""
    while pairs:
        x, y = pairs.pop(0)
        if len(x) != len(y):
            raise DataError(f"expected as many labels as pictures in {path}, got {len(y)} and {len(x)}")
        each, pixels = images_of(lambda x=x: _chunks(x, path), len(x), str(path))  # type: ignore[misc]
        images.append(each)
        labels.append(labels_of(_label_array(y, path), str(path)))
    whole = (images[0], labels[0]) if len(images) == 1 else (np.concatenate(images), np.concatenate(labels))
    return Dataset(*whole, source=str(path), found=f"{form}, {pixels}")


def has_test_pickled(path: Path) -> bool:
    """Whether a pickle holds pictures for testing, apart from those to learn from."""
    value = load_packed(path)
    return names_both({*value}) if isinstance(value, dict) else _is_pairs(value)


def _pairs(value: Any, path: Path, part: Part) -> tuple[list[tuple[Any, Any]], str]:
    """The pictures and labels of a part, and what they were recognised as."""
    if isinstance(value, dict):
        names = pair_of({name for name in value if isinstance(name, str)}, part)
        if names is not None and all(_is_many(value[name]) for name in names):
            return [(value[names[0]], value[names[1]])], f"pickled dict with {names[0]} and {names[1]}"
    elif _is_pairs(value):
        if part == "test":
            return [tuple(value[-1])], f"pickled, the last of {len(value)} pairs"
        form = "pickled, the first of two pairs" if len(value) == 2 else "pickled, the first two of three pairs"
        return [tuple(each) for each in value[:-1]], form
    elif _is_pair(value):
        return [tuple(value)], "pickled pictures and labels"
    elif _is_many(value) and (labels_path := labels_beside(path)) is not None:
        labels = load_packed(labels_path)
        if _is_many(labels):
            return [(value, labels)], f"pickled pictures, labels in {labels_path.name}"
    raise DataError(
        f"expected pictures and labels in {path}, two lists of one length or three pairs, got something else"
    )


def _is_many(value: Any) -> bool:
    return isinstance(value, list | tuple | array | Rows) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _is_label(value: Any) -> bool:
    """Whether it is a number, or one number or ten in a row."""
    return isinstance(value, int | float | np.number) or (_is_many(value) and len(value) in (1, 10))


def _is_pair(value: Any) -> bool:
    """Whether these are pictures and as many labels."""
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(map(_is_many, value)):
        return False
    return len(value[0]) == len(value[1]) and len(value[1]) > 0 and _is_label(value[1][0])


def _is_pairs(value: Any) -> bool:
    """Whether these are the two or three parts of a dataset, each a pair."""
    return isinstance(value, list | tuple) and len(value) in (2, 3) and all(map(_is_pair, value))


def _chunks(pictures: Any, path: Path) -> Iterable[NDArray[Any]]:
    """The pictures a hundred at a time, whatever they are lists of."""
    if isinstance(pictures, Rows):
        pictures = pictures.array()
    if isinstance(pictures, np.ndarray):
        return _looked_at(pictures)
    rows = iter(pictures)
    chunks = iter(lambda: list(islice(rows, CHUNK)), [])
    return (_as_array(chunk, path) for chunk in chunks)


def _looked_at(pictures: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The pictures a hundred at a time; those on the disk are let go behind them."""
    owner = mapped.owner_of(pictures)
    for some in chunked(pictures)():
        yield some
        if isinstance(owner, mmap):
            mapped.let_go(owner)


def _label_array(labels: Any, path: Path) -> NDArray[Any]:
    if isinstance(labels, Rows):
        return labels.array()
    return labels if isinstance(labels, np.ndarray) else _as_array(list(labels), path)


def _as_array(values: list[Any], path: Path) -> NDArray[Any]:
    try:
        # each by itself first: NumPy looks at a list of arrays as a whole, which is slow
        return np.array([np.asarray(value) for value in values])
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"expected pictures of one size and their labels in {path}, got something else") from error
