"""Words beside numbers and lines of print are left out; lines of digits of another size are not."""

import numpy as np
import pytest
from benchmarks.pages import Ink, enlarged
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from numpen.digits.dataset import Dataset
from numpen.reading.answers import Digit, Line, Page
from numpen.reading.lattice import Part, Span
from numpen.reading.reader import Reader
from numpen.reading.words import without_print, without_words

READER = Reader()
TEXT = (
    "Please write your answers clearly in",
    "the boxes below and do not use any",
    "pencil. All illegal solutions will fill",
)
HEIGHT = 40


def parts(*lefts: int, heights: dict[int, int] | None = None) -> list[Part]:
    """Parts 20 pixels wide at these places, about HEIGHT tall unless it is said by their number."""
    sizes = [(heights or {}).get(number, HEIGHT) for number in range(len(lefts))]
    return [Part(left, 0, np.ones((tall, 20), np.float32), 0) for left, tall in zip(lefts, sizes, strict=True)]


WORD = parts(0, 25, 50, 75, 100)


@pytest.mark.parametrize(
    ("line", "read", "stay"),
    [
        (WORD, [0, 4], []),  # T o t a l
        (WORD, [0, 2, 4], []),
        (WORD, [0, 1, 3, 4], [0, 1, 3, 4]),  # 12+34
        (WORD, [1, 2, 3], [1, 2, 3]),  # (123)
        (WORD[:4], [1, 2], [1, 2]),  # (12)
        (WORD[:3], [0], [0]),
        (parts(0, 25, 50, 75, 100, heights={1: 10, 2: 10, 3: 10}), [0, 4], [0, 4]),  # specks
        ([*WORD, *parts(170, 195)], [0, 4, 5, 6], [5, 6]),  # a number behind a space
        ([], [], []),
    ],
)
def test_a_word_is_what_was_left_out_for_the_most_part(line: list[Part], read: list[int], stay: list[int]) -> None:
    spans: list[Span] = [(each, each + 1) for each in read]
    assert without_words(line, spans, HEIGHT) == [(each, each + 1) for each in stay]


def row(*likenesses: float, left: int = 0) -> tuple[Digit, ...]:
    sure = np.eye(10, dtype=np.float32)[1]
    return tuple(
        Digit(1, sure, each, (left + 25 * number, 0, 20, HEIGHT), np.zeros((28, 28), np.uint8))
        for number, each in enumerate(likenesses)
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.booleans())
def test_only_long_rows_that_look_no_more_like_digits_are_print(likenesses: list[float], apart: bool) -> None:
    number = row(1.0, 1.0, 0.9, left=25 * len(likenesses) + (100 if apart else 0))
    page = without_print(Page((Line((*row(*likenesses), *number)), Line(number))))
    together = [*likenesses, *([] if apart else [1.0, 1.0, 0.9])]
    is_print = len(together) >= 10 and np.mean(together) < 0.82
    assert len(page.lines[0].digits) == (3 * (apart or len(page.lines) == 1) if is_print else len(likenesses) + 3)
    assert page.lines[-1].digits == number


def written(mnist: Dataset, ink: Ink, place: tuple[int, int], height: int, rows: NDArray[np.intp]) -> str:
    """A number of these digits, so tall, at a place (left, top); and which it is."""
    rng, (left, top) = np.random.default_rng(rows), place
    for each in rows:
        digit = enlarged(mnist.images[each], height, rng)
        ink[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
        left += digit.shape[1] + height // 4
    return "".join(str(mnist.labels[each]) for each in rows)


def paper(ink: Ink) -> NDArray[np.uint8]:
    return (245 - 210 * ink).astype(np.uint8)


def printed(ink: Ink, text: str, place: tuple[int, int], size: int) -> None:
    page = Image.fromarray((ink * 255).astype(np.uint8))
    ImageDraw.Draw(page).text(place, text, fill=255, font=ImageFont.load_default(size))
    ink[:] = np.asarray(page, np.float32) / 255


@pytest.mark.parametrize("word", ["Total", "Room", "Amount"])
def test_a_number_is_read_and_not_the_word_before_it(word: str, mnist: Dataset) -> None:
    ink = np.zeros((240, 700), np.float32)
    wanted = [
        written(mnist, ink, (260, top), 54, np.arange(first, first + 4)) for top, first in ((40, 200), (140, 300))
    ]
    for top in (48, 148):
        printed(ink, word, (40, top), 38)
    assert READER.read_page(paper(ink)).text.split("\n") == wanted


@pytest.mark.parametrize(
    ("size", "height", "places"),
    [(30, 80, ((260, 20), (390, 40))), (36, 80, ((260, 20), (390, 40))), (40, 60, ((250, 100), (350, 110)))],
)
def test_print_is_left_out_and_the_numbers_below_it_are_read(
    size: int, height: int, places: tuple[tuple[int, int], ...], mnist: Dataset
) -> None:
    ink = np.zeros((520, 900), np.float32)
    for number, text in enumerate(TEXT):
        printed(ink, text, (40, 30 + number * 60), size)
    count = 400 // height
    wanted = [written(mnist, ink, (60, top), height, np.arange(first, first + count)) for top, first in places]
    assert READER.read_page(paper(ink)).text.split("\n") == wanted


def test_lines_of_very_different_sizes_are_read(mnist: Dataset) -> None:
    ink, top, wanted = np.zeros((560, 800), np.float32), 30, []
    for height, first in ((120, 10), (70, 20), (36, 30), (90, 50)):
        wanted.append(written(mnist, ink, (50, top), height, np.arange(first, first + 4)))
        top += height + 45
    assert READER.read_page(paper(ink)).text.split("\n") == wanted
