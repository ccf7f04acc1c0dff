"""Reader: a real picture, a photo or a drawing, to the digit in it.

The picture walks through named stages until it looks as MNIST's do; every stage is kept in the Reading, so
that what the network was given can be looked at.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.models.model import Model
from numpen.nn.arrays import Array
from numpen.pictures.decode import Picture, decode
from numpen.pictures.framing import Ink, centre, crop, shrink
from numpen.reading import cleaning

SHIPPED = Path(__file__).parent.parent / "models" / "shipped.numpen"
STROKE = 1 / 10  # of the digit's longer side: how thick MNIST's strokes are, by cleaning.stroke_width


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read in a picture, and the stages it went through."""

    digit: int | None  # None: nothing was read, and `reason` says why
    probabilities: Array  # (10,), how likely each digit is; all 0 where there was nothing to ask about
    reason: str | None = None
    stages: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    @property
    def confidence(self) -> float:
        """The probability of the digit, 0 to 1."""
        return 0.0 if self.digit is None else float(self.probabilities[self.digit])

    def as_dict(self) -> dict[str, Any]:
        """Everything but the stages in plain values, as `numpen predict --json` prints it."""
        return {
            "digit": self.digit,
            "confidence": self.confidence,
            "probabilities": [float(p) for p in self.probabilities],
            "accepted": self.digit is not None,
            "reason": self.reason,
        }


class Reader:
    """Reads pictures with a model; without one, with the model that ships."""

    def __init__(self, model: Model | None = None) -> None:
        self.model = model or Model.load(SHIPPED)

    def read(self, picture: Picture) -> Reading:
        """The digit in a picture: a path, bytes, an open file, a Pillow image or an array.

        Raises PictureError for what is no picture.
        """
        stages = prepare(picture)
        if "frame" not in stages:
            return Reading(None, np.zeros(10, np.float32), "nothing is drawn on it", stages)
        (probabilities,) = self.model.probabilities(stages["frame"])
        return Reading(int(np.argmax(probabilities)), probabilities, None, stages)


def prepare(picture: Picture) -> dict[str, NDArray[Any]]:
    """Every stage of a picture from its grey values to the "frame" (28, 28) that a model takes.

    A picture without ink has no stage behind "ink".
    """
    grey = cleaning.resize(decode(picture))
    dark_ink = cleaning.darken_ink(grey)
    ink = cleaning.drop_specks(cleaning.separate(cleaning.lift_ink(dark_ink)))
    stages: dict[str, NDArray[Any]] = {"grey": grey, "dark ink": dark_ink, "ink": ink}
    digit: Ink = crop(ink)
    if digit.size:
        thick = cleaning.thicken(digit, STROKE * max(digit.shape))
        box = shrink(thick)
        stages |= {"digit": digit, "thick": thick, "box": box, "frame": centre(box)}
    return stages
