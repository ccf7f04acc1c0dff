"""Which ink of a picture the digit is, and whether it stands on paper."""

import numpy as np

from numpen.reading.pieces import pieces_of
from numpen.reading.single import on_paper, views
from tests.reading import shapes


def test_a_stroke_stands_on_paper_and_a_gap_in_a_dark_thing_does_not() -> None:
    ink = np.zeros((120, 120), np.float32)
    ink[20:100, 56:64] = 1
    paper = shapes.on_paper(ink)[..., 0]
    assert on_paper(paper, ink) == 1
    legs = np.full((120, 120), 40, np.uint8)  # trousers, light on black, and the black between their legs
    legs[16:104, 40:80] = 220
    legs[ink > 0] = 40
    assert on_paper(legs, ink) == 0


def test_a_digit_near_the_table_s_edge_still_stands_on_paper() -> None:
    ink = np.pad(shapes.ring(100, 10), 50)
    picture = shapes.on_paper(ink)[..., 0]
    picture[:, :40] = 30
    assert on_paper(picture, ink) > 0.5


def test_paper_in_a_shadow_is_paper() -> None:
    ink = np.pad(shapes.ring(100, 10), 50)
    picture = shapes.on_paper(ink)[..., 0]
    picture[:, 100:] = picture[:, 100:] // 2
    assert on_paper(picture, ink) == 1


def test_what_reaches_the_border_is_left_out_of_the_second_view() -> None:
    ink = np.zeros((100, 200), np.float32)
    ink[:, 20:120], ink[70:, 150:] = shapes.ring(100, 10), 1  # a 0, and a finger that is larger
    first, second, *_ = views(ink, pieces_of(ink > 0))
    assert np.array_equal(first.ink, ink) and first.handicap == 0
    assert second.ink[:, :120].any() and not second.ink[:, 150:].any()
    assert second.handicap < 0


def test_views_are_all_ink_without_dust_then_the_largest_piece() -> None:
    ink = np.zeros((100, 200), np.float32)
    ink[:, :100], ink[60:75, 180:190], ink[5, 150] = shapes.ring(100, 10), 1, 1
    first, *others = views(ink, pieces_of(ink > 0))
    assert first.ink[60:75, 180:190].all() and not first.ink[5, 150]
    assert len(others) == 1 and not others[0].ink[:, 100:].any()
