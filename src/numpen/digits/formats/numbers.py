"""Pixels and labels out of arrays of any numbers: what was divided by 255 or 256 is told from the values."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError

Numbers: TypeAlias = NDArray[Any]
Chunks: TypeAlias = Callable[[], Iterable[Numbers]]  # the same pictures, a few at a time, as often as it is called

SCALES = (1, 255, 256)
CHUNK = 100  # pictures


def chunked(array: Numbers) -> Chunks:
    """An array a hundred pictures at a time."""
    return lambda: (array[start : start + CHUNK] for start in range(0, len(array), CHUNK))


def images_of(chunks: Chunks, count: int, where: str, whole: Numbers | None = None) -> tuple[NDArray[np.uint8], str]:
    """The images (count, 28, 28) and how their pixels were written, in words.

    `whole` is all of them in one array, if there is one. Bytes are taken as they are. Other numbers must be whole
    numbers from 0 to 255, or all of them such numbers divided by 255 or by 256, within what float32 rounds. Raises
    DataError for others, and if they leave a doubt.
    """
    if whole is not None and whole.dtype == np.uint8:
        return np.ascontiguousarray(_pictures(whole, where)), "pixels 0 to 255"
    scale = _scale(chunks, where)
    images = np.empty((count, 28, 28), np.uint8)
    start = 0
    for chunk in chunks():
        pixels = _whole(_pictures(chunk, where), scale)
        if pixels is None:
            raise _neither(where)
        images[start : start + len(pixels)] = pixels
        start += len(pixels)
    return images, "pixels 0 to 255" if scale == 1 else f"pixels divided by {scale}"


def labels_of(numbers: Numbers, where: str) -> NDArray[np.uint8]:
    """Labels (N,) out of (N,), (N, 1), or rows of ten with a single 1; raises DataError for anything else."""
    if numbers.dtype.kind not in "iuf" or numbers.ndim not in (1, 2):
        raise DataError(f"expected labels from 0 to 9 in {where}, got {numbers.shape} of {numbers.dtype}")
    if numbers.ndim == 2 and numbers.shape[1] == 10:
        if not (np.isin(numbers, (0, 1)).all() and (numbers.sum(axis=1) == 1).all()):
            raise DataError(f"expected rows of ten with a single 1 as labels in {where}, got other numbers")
        digits: NDArray[np.uint8] = np.argmax(numbers, axis=1).astype(np.uint8)
        return digits
    flat: Numbers = numbers.reshape(-1)
    if len(flat) != len(numbers) or not np.isin(flat, range(10)).all():
        raise DataError(f"expected a label from 0 to 9 for each picture in {where}, got other numbers")
    return flat.astype(np.uint8)


def _scale(chunks: Chunks, where: str) -> int:
    """What the pixels were divided by: read until a single answer is left."""
    possible, ink = set(SCALES), False
    for chunk in chunks():
        pixels = _pictures(chunk, where)
        if pixels.dtype == np.uint8:
            return 1
        possible = {scale for scale in possible if _whole(pixels, scale) is not None}
        ink = ink or bool(pixels.any())
        if not possible:
            raise _neither(where)
        if len(possible) == 1:
            return possible.pop()
    if ink:
        ways = " or ".join(str(scale) for scale in sorted(possible))
        raise DataError(f"expected pixels that tell what they were divided by in {where}, got some that fit {ways}")
    return 1


def _whole(pixels: Numbers, scale: int) -> NDArray[np.uint8] | None:
    """The whole numbers from 0 to 255 that were divided by `scale`, or None if these are not."""
    if pixels.dtype == np.uint8:
        return pixels if scale == 1 else None
    if not (pixels.min(initial=0) >= 0 and pixels.max(initial=0) <= 255):  # which NaN is not, either
        return None
    if scale == 1 and pixels.dtype.kind in "iu":
        return pixels.astype(np.uint8)
    values = pixels.astype(np.float64)
    numbers = np.rint(values * scale)
    # a number was rounded when it was divided and again when it was stored
    rounding = 0.0 if scale == 1 else 2.0**-10 if pixels.dtype == np.float16 else 2.0**-23
    if numbers.max(initial=0) > 255 or (np.abs(values - numbers / scale) > values * rounding).any():
        return None
    return numbers.astype(np.uint8)


def _pictures(numbers: Numbers, where: str) -> Numbers:
    """The numbers (n, 28, 28): rows of 784, or 28x28 with an axis of 1 for the colour, are the same."""
    if numbers.dtype.kind not in "iuf" or numbers.shape[1:] not in (
        (784,),
        (784, 1),
        (28, 28),
        (28, 28, 1),
        (1, 28, 28),
    ):
        raise DataError(
            f"expected pictures (N, 28, 28) or (N, 784) of numbers in {where}, got {numbers.shape} of {numbers.dtype}"
        )
    return numbers.reshape(-1, 28, 28)


def _neither(where: str) -> DataError:
    return DataError(
        f"expected pixels from 0 to 255, or all of them divided by 255 or by 256, in {where}, got other numbers"
    )
