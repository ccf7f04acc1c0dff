"""Reader: a real picture, a photo, a scan or a drawing, to the digit in it, or to lines of digits.

The picture walks through named stages until each digit looks as MNIST's do; every stage is kept, so that
what the network was given can be looked at. A page and a picture of one digit go the same way.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from numpen.models.committee import Committee
from numpen.models.model import Model
from numpen.nn.arrays import Array
from numpen.pictures.decode import Colours, Picture, decode_at_most
from numpen.pictures.framing import Ink, centre, crop, shrink
from numpen.reading import cleaning, orientation
from numpen.reading.answers import (
    DIGITNESS,
    EMPTY,
    LOOK_AGAIN,
    ON_A_PAGE,
    THRESHOLD,
    Digit,
    Line,
    Page,
    Reading,
    answer,
    likeness,
)
from numpen.reading.cleaning import DARKEST, DRY_PEN, USUAL, DropLines, Levels
from numpen.reading.digitness import Digitness
from numpen.reading.lattice import Found
from numpen.reading.rulings import drop_all_lines, drop_rulings
from numpen.reading.segmentation import find_digits
from numpen.reading.show_through import without_show_through
from numpen.reading.single import View, on_paper, views
from numpen.reading.stages import A_PAGE, ONE_DIGIT, Ready, Stages, cleaned_otherwise, ready, ready_for_one, strokes_of
from numpen.reading.words import without_print

SHIPPED = Path(__file__).parent.parent / "models" / "shipped.numpen"
STROKE = 1 / 10  # of the digit's longer side: how thick MNIST's strokes are, by cleaning.stroke_width
TURNED = 0.97  # so much like a digit is what counts when what was taken for paper is taken for ink
UNLINED, RELEVELLED = 0.85, 0.95  # and when lines across it are taken out, or ink begins at another darkness
DOUBT, MUCH = 0.9, 0.2  # of likeness: below, a picture is seen in these ways; by so much more what is there must have


class Reader:
    """Reads pictures with a model; without one, with the model that ships. Safe to ask from many threads."""

    def __init__(self, model: Model | None = None, threshold: float = THRESHOLD) -> None:
        """`threshold`: a digit is read if it is at least so likely, 0 to 1; 0 reads whatever looks like a digit."""
        self.model, self.threshold = model or Model.load(SHIPPED), threshold
        self._nine_looks = Committee([self.model], reach=1)
        self._digitness: Digitness | None = None
        self._lock = threading.Lock()

    def read(self, picture: Picture) -> Reading:
        """The digit in a picture: a path, bytes, an open file, a Pillow image or an array.

        Raises PictureError for what is no picture.
        """
        (reading,) = self.read_together([decode_one_digit(picture)])
        return reading

    def read_together(self, pictures: Sequence[Colours]) -> list[Reading]:
        """What `read` says of each of some pictures that `decode_one_digit` has made ready, in less time.

        Every stage is done to all of them before the next begins: a processor is much quicker with what it has just
        done. The answers are the same to the last bit.
        """
        each = [ready_for_one(colours) for colours in pictures]
        return [self._second_thought(*both) for both in zip(each, self._read(each), strict=True)]

    def _second_thought(self, one: Ready, reading: Reading) -> Reading:
        """The reading, or, where it leaves a doubt, that of the picture seen otherwise if that shows a plain digit."""
        if reading.digitness < DIGITNESS:  # was the sheet taken for ink, or a pen that fills the picture for paper?
            (other,) = self._read([one._replace(dark=255 - one.dark)], turned=True)
            reading = other if other.digitness >= TURNED else reading
        if 0 < likeness(reading) < DOUBT:
            others = [  # does a line touch it, or the box of a form? was the pen dry? is it written over a stamp?
                (self._cleaned_otherwise(reading, drop_all_lines, USUAL), UNLINED),
                (self._cleaned_otherwise(reading, one.drop_lines, DRY_PEN), RELEVELLED),
                (self._cleaned_otherwise(reading, one.drop_lines, DARKEST), RELEVELLED),
            ]
            least = likeness(reading) + MUCH
            plain = [other for other, sure in others if other.digitness >= sure and likeness(other) > least]
            reading = max(plain, key=likeness, default=reading)
        return reading

    def _cleaned_otherwise(self, reading: Reading, drop_lines: DropLines | None, levels: Levels) -> Reading:
        """What is read in the same even light by other means; the same reading if they give the same ink."""
        stages, strokes = cleaned_otherwise(reading.stages, drop_lines, levels)
        if np.array_equal(stages["ink"], reading.stages["ink"]):
            return reading
        (other,) = self._judged([(stages, strokes)])
        return other

    def _read(self, ready: Sequence[Ready], *, turned: bool = False) -> list[Reading]:
        """What is read in pictures; `turned`: what had been taken for paper is now taken for ink."""
        return self._judged(strokes_of(ready), turned=turned)

    def _judged(self, walked: Sequence[tuple[Stages, cleaning.Strokes]], *, turned: bool = False) -> list[Reading]:
        """What is read in the strokes of pictures."""
        seen = [views(strokes.ink, strokes.pieces) if strokes.width else [] for _, strokes in walked]
        framed = [[_framed(view.ink) for view in each] for each in seen]
        # each by itself: what a network says of a picture shall be the same to the last bit in any company
        judged = [self.judge(np.stack([each["frame"] for each in looks])) if looks else None for looks in framed]
        stages = [stages for stages, _ in walked]
        return [self._reading(*one, turned=turned) for one in zip(stages, seen, framed, judged, strict=True)]

    def _reading(
        self,
        stages: Stages,
        seen: list[View],
        framed: list[Stages],
        judged: tuple[Array, Array] | None,
        *,
        turned: bool,
    ) -> Reading:
        """What is read in the views of a picture's ink, by what the networks say of each."""
        if judged is None:
            return Reading(None, np.zeros(10, np.float32), EMPTY, stages)
        probabilities, digitness = judged
        # all ink is the digit, unless the network likes a part of it better
        looks = probabilities.max(axis=1) * digitness - [view.handicap for view in seen]
        best = int(looks.argmax())
        likely = float(digitness[best])
        if not turned:  # there what lies around the sheet is as dark as the ink
            likely *= on_paper(stages["dark ink"], seen[best].ink)
        digit, reason = answer(probabilities[best], likely, self.threshold)
        return Reading(digit, probabilities[best], reason, stages | framed[best], likely)

    def read_page(self, picture: Picture) -> Page:
        """The lines of digits in a picture, as `read` takes it; words, signs and drawings between them are left out.

        A page that lies on its side or upside down is turned; boxes and tilt are those of the picture as it came.
        Raises PictureError for what is no picture.
        """
        colours, size = decode_at_most(picture, A_PAGE[1])
        page = self._page(colours, size)
        numbers = without_print(page)
        if not orientation.is_doubtful(numbers if numbers.lines else page):
            return numbers
        sides = [self._page(colours, size, quarters) for quarters in (1, 2, 3)]
        unlined = self._lines(*cleaned_otherwise(page.stages, drop_all_lines, USUAL), size)
        dry = self._lines(*cleaned_otherwise(page.stages, drop_rulings, DRY_PEN), size)
        return without_print(orientation.better(page, [unlined, dry, *sides]))

    def _page(self, colours: Colours, size: tuple[int, int], quarters: int = 0) -> Page:
        """What is read on a picture of this size (height, width) if it is turned left by so many quarters."""
        turned = np.ascontiguousarray(np.rot90(colours, quarters))
        size = size[::-1] if quarters % 2 else size
        ((stages, strokes),) = strokes_of([ready(turned, A_PAGE[0])])
        return orientation.turned_back(self._lines(stages, strokes, size), quarters, size)

    def _lines(self, stages: Stages, strokes: cleaning.Strokes, size: tuple[int, int]) -> Page:
        """What is read in the strokes of a page of this size (height, width)."""
        scale = size[0] / strokes.ink.shape[0], size[1] / strokes.ink.shape[1]
        if not strokes.width:
            return Page((), 0.0, stages)
        strokes = without_show_through(strokes, stages["even light"], self._looks)
        stages["ink"] = strokes.ink
        rows, tilt = find_digits(strokes.ink, strokes.width, self._looks)
        lines = []
        for row in rows:
            frames = np.stack([frame(found.ink) for found in row])
            probabilities, digitness = self.judge(frames)
            each = zip(row, frames, probabilities, digitness.tolist(), strict=True)
            # in a line of digits the row of groups has left out already what is none
            least = 0.0 if np.median(digitness) > 0.5 else ON_A_PAGE
            digits = tuple(self._digit(*one, scale) for one in each if one[-1] >= least)
            lines += [Line(digits)] if digits else []
        return Page(tuple(lines), float(np.degrees(np.arctan(tilt))), stages)

    def judge(self, frames: NDArray[np.uint8]) -> tuple[Array, Array]:
        """For frames (N, 28, 28): how likely each digit is (N, 10), and how much they look like a digit at all (N,).

        Where one look leaves a doubt, the probabilities are the mean of nine: a digit that lies a pixel off is judged
        a little otherwise, and in the mean more often rightly. That takes a quarter of the errors away.
        """
        probabilities, digitness = self._glance(frames)
        unsure = probabilities.max(axis=1) < LOOK_AGAIN
        if unsure.any():
            probabilities[unsure] = self._nine_looks.probabilities(frames[unsure])
        return probabilities, digitness

    def _glance(self, frames: NDArray[np.uint8]) -> tuple[Array, Array]:
        """The same, with the probabilities of one look at each frame."""
        with self._lock:
            if self._digitness is None:
                self._digitness = Digitness()
        return self.model.probabilities(frames), self._digitness(frames)

    def _looks(self, inks: list[Ink]) -> NDArray[np.float64]:
        if not inks:
            return np.zeros(0)
        probabilities, digitness = self._glance(np.stack([frame(ink) for ink in inks]))
        looks: NDArray[np.float64] = probabilities.max(axis=1).astype(np.float64) * digitness
        return looks

    def _digit(
        self, found: Found, shown: NDArray[np.uint8], probabilities: Array, digitness: float, scale: tuple[float, float]
    ) -> Digit:
        digit, _ = answer(probabilities, 1.0, self.threshold)
        return Digit(digit, probabilities, digitness, _box(found.box, scale), shown, found.is_cut)


def decode_one_digit(picture: Picture) -> Colours:
    """A picture of one digit as it is read: as large as it came, but for large ones. Raises PictureError."""
    return decode_at_most(picture, ONE_DIGIT[1])[0]


def frame(ink: Ink) -> NDArray[np.uint8]:
    """The ink of one digit as a model takes it, (28, 28): the one way, for pictures, pages and drawings."""
    return _framed(ink)["frame"]


def prepare(picture: Picture) -> Stages:
    """Every stage of a picture of one digit from its grey values to the "frame" (28, 28) that a model takes.

    A picture without ink has no stage behind "ink".
    """
    ((stages, strokes),) = strokes_of([ready_for_one(decode_one_digit(picture))])
    return stages | _framed(views(strokes.ink, strokes.pieces)[0].ink) if strokes.width else stages


def _framed(ink: Ink) -> Stages:
    digit = crop(ink)
    thick = cleaning.thicken(digit, STROKE * max(digit.shape))
    box = shrink(thick)
    return {"digit": digit, "thick": thick, "box": box, "frame": centre(box)}


def _box(box: tuple[int, int, int, int], scale: tuple[float, float]) -> tuple[int, int, int, int]:
    """Left, top, width and height in pixels of the picture as it came."""
    left, right = (round(each * scale[1]) for each in (box[0], box[2]))
    top, bottom = (round(each * scale[0]) for each in (box[1], box[3]))
    return left, top, right - left, bottom - top
