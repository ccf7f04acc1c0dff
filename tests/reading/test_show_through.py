"""Faint writing in a mirror is the other side's and is left out; faint writing that is not stays."""

import numpy as np
import pytest
from benchmarks.pages import row, text_of
from benchmarks.papers import PAPERS, written
from numpy.typing import NDArray

import numpen
from numpen.digits.dataset import Dataset
from numpen.reading import show_through
from numpen.reading.cleaning import Strokes
from numpen.reading.pieces import pieces_of


def paper(digits: Dataset, seed: int, *, mirrored: bool) -> tuple[NDArray[np.uint8], str, str]:
    """A page with a line by a dark pen above a faint one, and what each says."""
    rng = np.random.default_rng(seed)
    (dark, first), (faint, second) = (row(digits, 5, 60, rng) for _ in range(2))
    width = max(dark.shape[1], faint.shape[1])
    above, below = (np.pad(each, ((40, 40), (40, width - each.shape[1] + 40))) for each in (dark, faint))
    ink = np.concatenate([above, 0.42 * (below[:, ::-1] if mirrored else below)])
    return (235 - 200 * ink).astype(np.uint8), text_of(digits, first), text_of(digits, second)


@pytest.mark.parametrize("seed", range(3))
def test_the_other_side_is_left_out_and_a_pencil_is_not(seed: int, mnist: Dataset) -> None:
    reader = numpen.Reader()
    picture, first, second = paper(mnist, seed, mirrored=False)
    assert reader.read_page(picture).text == f"{first}\n{second}"
    picture, first, _ = paper(mnist, seed, mirrored=True)
    page = reader.read_page(picture)
    assert page.text == first
    ink = page.stages["ink"]  # what is shown is what was read
    assert not ink[len(ink) // 2 :].any()


@pytest.mark.parametrize("seed", [8, 27, 32])
def test_old_paper_that_shows_through(seed: int, mnist: Dataset) -> None:
    picture, text = written(mnist, PAPERS["old paper"], np.random.default_rng([seed, 7]))
    assert numpen.Reader().read_page(picture).text == text


def strokes(*bars: tuple[int, int, float]) -> tuple[Strokes, NDArray[np.float32]]:
    """Strokes between two columns, the second tall and the others as they come, and how dark the paper is."""
    dark = np.zeros((40, 60), np.float32)
    for number, (left, height, darkness) in enumerate(bars):
        dark[2 + number : 2 + number + height, left : left + 6] = darkness
    ink = (dark > 0).astype(np.float32)
    return Strokes(ink, 6, pieces_of(ink > 0)), dark


def test_who_judges_is_asked_about_faint_pieces_alone_that_are_tall() -> None:
    asked: list[int] = []

    def judge(inks: list[NDArray[np.float32]]) -> NDArray[np.float64]:
        asked.append(len(inks))
        return np.full(len(inks), 1.0 if len(asked) % 2 else 0.5)  # a mirror is asked about first

    drawn, dark = strokes((5, 30, 0.9), (25, 30, 0.3), (45, 8, 0.3))
    left = show_through.without_show_through(drawn, dark, judge)
    assert asked == [1, 1]
    assert len(left.pieces) == 1 and not left.ink[:, 20:].any()  # what is low goes with the rest


def test_a_low_faint_piece_alone_and_an_even_page_stay() -> None:
    def judge(inks: list[NDArray[np.float32]]) -> NDArray[np.float64]:
        assert not inks
        return np.zeros(0)

    for bars in (((5, 30, 0.9), (45, 8, 0.3)), ((5, 30, 0.9), (25, 30, 0.7))):
        drawn, dark = strokes(*bars)
        assert show_through.without_show_through(drawn, dark, judge) is drawn
