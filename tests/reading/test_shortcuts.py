"""What is left out, because it changes nothing, changes nothing: the short way ends where the long one does."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from numpen.pictures.decode import Picture
from numpen.reading import batch, cleaning, light
from numpen.reading.batch import Desk, Task
from numpen.reading.cleaning import drop_borders, stroke_width
from numpen.reading.morphology import largest_around, largest_in_cells, smallest_around
from numpen.reading.pieces import pieces_of
from numpen.reading.reader import Reader, decode_one_digit
from numpen.reading.single import _quantile
from tests.reading.shapes import ring

PICTURES = sorted((Path(__file__).parents[1] / "pictures" / "single").rglob("*.png"))[:12]
SIDES = st.tuples(st.integers(6, 60), st.integers(6, 60))


def test_pictures_that_are_read_together_are_read_as_each_by_itself() -> None:
    reader = Reader()
    empty = np.full((40, 40), 255, np.uint8)
    pictures: list[Picture] = [*PICTURES, empty]
    alone = [reader.read(picture) for picture in pictures]
    together = reader.read_together([decode_one_digit(picture) for picture in pictures])
    for one, other in zip(alone, together, strict=True):
        assert one.as_dict() == other.as_dict()
        assert one.stages.keys() == other.stages.keys()
        assert all(np.array_equal(one.stages[name], other.stages[name]) for name in one.stages)
    assert together[-1].digit is None and reader.read_together([]) == []


@pytest.mark.parametrize("room", [True, False])
def test_a_handful_has_the_rows_that_its_pictures_have(room: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(Task())
    handful: list[batch.Given] = [str(path) for path in PICTURES[:4]]
    handful[2:2] = [str(PICTURES[0].parent), {"path": "gone.png", "error": "expected it, got none"}]
    want = [desk.row(given) for given in handful]
    if not room:
        monkeypatch.setattr(batch, "_together", lambda *_: (_ for _ in ()).throw(MemoryError))
    assert desk.rows(handful) == want
    assert [row["error"] is None for row in want] == [True, True, False, False, True, True]


@given(st.integers(0, 255), SIDES, st.integers(1, 40), st.integers(0, 40))
def test_the_light_on_paper_of_one_light_is_that(value: int, sides: tuple[int, int], window: int, dark: int) -> None:
    channel = np.full(sides, value, np.uint8)
    channel[2:4, 2:4] = max(0, value - dark)
    cell = max(1, window // 4)
    spread = largest_around(largest_in_cells(channel, cell), 2)
    small = smallest_around(spread, 3).astype(np.float32)
    size = small.shape[1] * cell, small.shape[0] * cell
    smooth = np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))[: sides[0], : sides[1]]
    assert np.array_equal(light._closing(channel, window), smooth)


@given(SIDES, st.floats(0, 4), st.integers(0, 2**32 - 1))
def test_a_blur_of_what_is_drawn_is_that_of_the_whole(sides: tuple[int, int], reach: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    dark = np.zeros(sides, np.uint8)
    top, left = (int(rng.integers(0, side)) for side in sides)
    part = dark[top : top + 9, left : left + 9]
    part[...] = rng.integers(0, 256, part.shape)
    whole = np.asarray(Image.fromarray(dark).filter(ImageFilter.BoxBlur(reach)))
    assert np.array_equal(cleaning._soft(dark, reach), whole)


@pytest.mark.parametrize("value", range(0, 256, 5))
def test_darkness_that_is_the_same_everywhere_stays_so(value: int) -> None:
    image = Image.fromarray(np.full((7, 5), value, np.uint8)).filter(ImageFilter.BoxBlur(1))
    darkness = np.asarray(image, np.float32) / 255
    smooth = np.asarray(Image.fromarray(darkness).resize((5 * 13, 7 * 13), Image.Resampling.BILINEAR))
    assert np.array_equal(smooth, np.full((91, 65), np.float32(value) / np.float32(255)))


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 9))
def test_a_pen_s_width_is_that_without_what_lies_along_the_border(top: int, left: int, edge: int) -> None:
    ink = np.zeros((130, 130), np.float32)
    ink[top : top + 100, left : left + 100] = ring(100, 10)
    ink[60:62, :edge] = 1
    pieces = pieces_of(ink > 0.5)
    stay = drop_borders(pieces)
    want = stroke_width(pieces.mask(stay).astype(np.float32) if stay.any() else ink)
    assert cleaning._pen_width(ink > 0.5) == want


@given(arrays.arrays(np.uint8, st.integers(1, 40)))
def test_quantiles_are_numpy_s(values: NDArray[np.uint8]) -> None:
    assert _quantile(values, 2) == np.median(values)
    assert _quantile(values, 3) == np.percentile(values, 75)
