"""What was read: one digit (Reading), or the lines of a page (Page, Line, Digit), with how sure it is and why not."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.nn.arrays import Array

LOOK_AGAIN = 0.99  # what a network is less sure of is looked at nine times, moved by up to a pixel each way
THRESHOLD = 0.5  # a digit that is less likely than that is not read
DIGITNESS = 0.3  # what looks less like any digit than that is declined as none
ON_A_PAGE = 0.5  # the same on a page, where most of what is no digit is a stain or a letter
EMPTY = "nothing is drawn on it"


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read in a picture of one digit, and the stages it went through."""

    digit: int | None  # None: nothing was read, and `reason` says why
    probabilities: Array  # (10,), how likely each digit is; all 0 where there was nothing to ask about
    reason: str | None = None
    stages: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    digitness: float = 0.0  # how much it looks like a digit at all, 0 to 1; the probabilities do not tell

    @property
    def confidence(self) -> float:
        """The probability of the likeliest digit, 0 to 1, read or declined."""
        return float(self.probabilities.max())

    def as_dict(self) -> dict[str, Any]:
        """Everything but the stages in plain values, as `numpen predict --json` prints it."""
        return {
            "digit": self.digit,
            "confidence": self.confidence,
            "probabilities": [float(p) for p in self.probabilities],
            "accepted": self.digit is not None,
            "reason": self.reason,
            "digitness": self.digitness,
        }


def answer(probabilities: Array, digitness: float, threshold: float = THRESHOLD) -> tuple[int | None, str | None]:
    """The digit, or None and the reason: it looks like no digit, or no digit is likely enough."""
    first, second = (int(each) for each in np.argsort(-probabilities, kind="stable")[:2])
    if digitness < DIGITNESS:
        return None, f"it does not look like a digit (digitness {digitness:.2f})"
    if probabilities[first] < threshold:
        return None, (
            f"not sure: {first} ({100 * probabilities[first]:.0f} %) or {second} ({100 * probabilities[second]:.0f} %)"
        )
    return first, None


@dataclass(frozen=True, eq=False)
class Digit:
    """A digit that was found on a page."""

    digit: int | None  # None: it may be a digit, but which is not sure enough
    probabilities: Array  # (10,)
    digitness: float
    box: tuple[int, int, int, int]  # left, top, width, height, in pixels of the picture as it came
    frame: NDArray[np.uint8] = field(repr=False)  # (28, 28), what the network was shown
    is_cut: bool = False  # from a digit that it touches

    @property
    def confidence(self) -> float:
        """The probability of the likeliest digit, 0 to 1; less where it was cut and does not look like a whole one."""
        return float(self.probabilities.max()) * (self.digitness if self.is_cut else 1)

    def as_dict(self) -> dict[str, Any]:
        """As `numpen read --json` prints it."""
        return {
            "digit": self.digit,
            "confidence": self.confidence,
            "digitness": self.digitness,
            "box": list(self.box),
        }


def likeness(one: Reading | Digit) -> float:
    """How much it looks like some digit, 0 to 1."""
    return float(one.probabilities.max()) * one.digitness


@dataclass(frozen=True, eq=False)
class Line:
    """A line of digits, from left to right."""

    digits: tuple[Digit, ...]

    @property
    def text(self) -> str:
        """The digits in a row; what is not sure enough is a question mark."""
        return "".join("?" if each.digit is None else str(each.digit) for each in self.digits)

    @property
    def confidence(self) -> float:
        """The probability that all its digits are right, if their mistakes have nothing to do with each other."""
        return float(np.prod([each.confidence for each in self.digits]))

    def as_dict(self) -> dict[str, Any]:
        """As `numpen read --json` prints it."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "digits": [each.as_dict() for each in self.digits],
        }


@dataclass(frozen=True, eq=False)
class Page:
    """The lines that were read on a picture, from top to bottom, and the stages it went through."""

    lines: tuple[Line, ...]
    tilt: float = 0.0  # degrees by which the lines fall towards the right; beyond 45 the page lay on its side
    stages: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(line.text for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """As `numpen read --json` prints it."""
        return {"text": self.text, "lines": [line.as_dict() for line in self.lines], "tilt": self.tilt}
