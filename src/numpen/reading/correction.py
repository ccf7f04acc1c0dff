"""What was read, put right: each digit found in a picture, paired with what it really is, as a frame to learn from."""

import re
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError, PictureError
from numpen.pictures.decode import Picture
from numpen.reading.reader import Reader

LEFT_OUT = "?"  # in a text: what was found there is no digit, or nobody can tell which


@dataclass(frozen=True, eq=False)
class Found:
    """A digit that was found in a picture, and what it was taken for."""

    frame: NDArray[np.uint8] = field(repr=False)  # (28, 28), what the network was shown
    read: int | None  # None: not sure enough, or no digit at all
    confidence: float  # 0 to 1


def found_digit(reader: Reader, picture: Picture, name: str) -> list[list[Found]]:
    """The one digit of a picture, as a line of one; raises PictureError for what is none, or has nothing on it."""
    reading = reader.read(picture)
    if "frame" not in reading.stages:
        raise PictureError(f"expected a digit in {name}, got a picture with nothing drawn on it")
    return [[Found(reading.stages["frame"], reading.digit, reading.confidence)]]


def found_digits(reader: Reader, picture: Picture, name: str) -> list[list[Found]]:
    """The digits of a page, line by line; raises PictureError for what is no picture, or shows no digits."""
    lines = reader.read_page(picture).lines
    if not lines:
        raise PictureError(f"expected digits in {name}, got a picture in which none are found")
    return [[Found(each.frame, each.digit, each.confidence) for each in line.digits] for line in lines]


def text_of(found: list[list[Found]]) -> str:
    """What was read, as `paired` takes it: lines apart by |, what was not sure enough left out."""
    return "|".join("".join(LEFT_OUT if each.read is None else str(each.read) for each in line) for line in found)


def lines_of(text: str) -> list[str]:
    """The lines of a text: digits, ? for what shall be left out, | or a new line between lines; spaces do not count.

    Raises DataError for anything else.
    """
    lines = [re.sub(r"\s", "", line) for line in re.split(r"[|\n]", text.strip())]
    if not all(re.fullmatch(r"[0-9?]+", line) for line in lines):
        raise DataError(f"expected digits with | between lines, ? for what is no digit, got {text!r}")
    return lines


def paired(found: list[list[Found]], text: str, name: str) -> list[tuple[Found, int]]:
    """Each digit that was found with the one that the text has in its place.

    Raises DataError unless the text has as many lines, and as many places in each, as were found.
    """
    lines = lines_of(text)
    if len(lines) != len(found):
        raise DataError(
            f"expected as many lines as were found in {name}, {len(found)} ({text_of(found)}), "
            f"got {len(lines)} in {text}"
        )
    for number, (line, right) in enumerate(zip(found, lines, strict=True), 1):
        if len(line) != len(right):
            raise DataError(
                f"expected as many digits as were found in line {number} of {name}, {len(line)} ({text_of([line])}), "
                f"got {len(right)} in {right}: ? stands for what is no digit, and read --overlay shows what was found"
            )
    pairs = zip(chain.from_iterable(found), chain.from_iterable(lines), strict=True)
    return [(each, int(digit)) for each, digit in pairs if digit != LEFT_OUT]
