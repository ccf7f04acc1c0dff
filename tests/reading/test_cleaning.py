"""Each stage does what it says to pictures that are made to show it."""

import numpy as np
import pytest

from numpen.reading import cleaning
from numpen.reading.cleaning import separate
from numpen.reading.light import lift_ink
from numpen.reading.rulings import drop_rulings
from tests.reading.shapes import on_paper, ring


def test_the_grain_of_an_empty_sheet_is_no_ink() -> None:
    sheet = np.random.default_rng(0).normal(200, 3, (200, 200, 1)).astype(np.uint8)
    assert cleaning.clean(lift_ink(sheet)).width == 0


def test_strokes_are_full_and_paper_is_empty() -> None:
    ink = ring(200, 10)
    picture = on_paper(ink) + np.random.default_rng(0).integers(-6, 7, (200, 200, 1))
    strokes = cleaning.clean(lift_ink(picture.astype(np.uint8)))
    assert strokes.ink[ink > 0].mean() > 0.95 and strokes.ink[ink == 0].max() == 0
    assert strokes.width == pytest.approx(8, rel=0.3)


def test_a_faint_pen_counts_beside_a_strong_one_but_what_shines_through_does_not() -> None:
    strong, faint, through = (np.zeros((200, 600), np.float32) for _ in range(3))
    strong[:, :200], faint[:, 200:400], through[:, 400:] = (ring(200, 8) * darkness for darkness in (0.8, 0.4, 0.1))
    ink = cleaning.clean(strong + faint + through).ink
    assert ink[:, :200].max() == 1 and ink[:, 200:400].max() == 1 and not ink[:, 400:].any()


def test_ink_between_bars_that_fill_nearly_half_of_the_picture_counts() -> None:
    bars = np.pad(0.8 * ring(200, 20), ((0, 0), (82, 82)), constant_values=1).astype(np.float32)
    ink = cleaning.clean(bars).ink
    assert ink[:, 82:-82][ring(200, 20) > 0].min() == 1 and not ink[:, :80].any()


def test_digits_at_the_ends_of_a_tight_row_stay_and_a_table_beside_it_goes() -> None:
    round_ = np.pad(ring(80, 8), ((0, 0), (10, 10)))
    row = np.concatenate([round_, round_, round_, round_], axis=1)[8:-8, 20:-20]  # its first and last lie along a side
    assert len(cleaning.clean(row).pieces) == 4
    beside = np.concatenate([np.ones((64, 12), np.float32), np.zeros((64, 12), np.float32), row], axis=1)
    assert cleaning.clean(beside).pieces.boxes[:, 0].tolist() == [24, 122, 222, 322]


@pytest.mark.parametrize("tilt", [0.0, 0.03])
def test_rulings_go_and_the_strokes_that_cross_them_stay(tilt: float) -> None:
    ink = np.zeros((300, 300), np.float32)
    ink[50:250, 50:250] = ring(200, 12)
    ruled = ink.copy()
    columns = np.arange(300)
    for row in (80, 150, 220):
        for thick in (0, 1):
            ruled[np.rint(row + thick + tilt * columns).astype(int), columns] = 1
    without = drop_rulings(ruled, 8)
    assert without[ink > 0].mean() > 0.9 and without[ink == 0].mean() < 0.002


def test_the_bar_of_a_seven_in_a_tight_crop_is_no_ruling() -> None:
    seven = np.zeros((200, 120), np.float32)
    seven[:14] = 1
    for row in range(200):
        left = 106 - row // 3
        seven[row, left : left + 14] = 1
    assert np.array_equal(drop_rulings(seven, 13), seven)


def test_a_table_around_the_page_goes_and_a_digit_that_fills_its_crop_stays() -> None:
    page = np.zeros((300, 300), np.float32)
    page[50:250, 50:250] = ring(200, 12)
    page[:, 280:] = 1
    page[290:] = 1
    ink = cleaning.clean(page * 0.8).ink
    assert ink[60:240, 60:240].max() == 1 and not ink[:, 280:].any() and not ink[290:].any()
    crop = np.zeros((120, 60), np.float32)
    crop[:10] = crop[:, 50:] = 1  # a 7 whose bar and stem lie along the border
    assert np.array_equal(cleaning.clean(crop * 0.8).ink > 0.5, crop > 0)


@pytest.mark.parametrize("thickness", [6, 10, 20])
def test_the_stroke_width_is_about_the_stroke_s(thickness: int) -> None:
    # an outline along pixels is up to 4/π times as long as the curve, so the width comes out smaller
    assert 0.7 * thickness < cleaning.stroke_width(ring(200, thickness)) <= 1.05 * thickness


def test_thin_strokes_are_thickened_and_thick_ones_left() -> None:
    thick = cleaning.thicken(ring(200, 3), 20)
    assert cleaning.stroke_width(thick) == pytest.approx(20, rel=0.2)
    ink = ring(200, 30)
    assert cleaning.thicken(ink, 20) is ink


def test_squared_paper_and_a_drawn_frame_go() -> None:
    digit = np.pad(ring(120, 12), 90)
    squares, frame = digit.copy(), digit.copy()
    squares[20::56, :] = squares[:, 20::56] = 0.8
    frame[12:288, 12:15] = frame[12:288, 285:288] = frame[12:15, 12:288] = frame[285:288, 12:288] = 1
    for drawn in (squares, frame):
        left = drop_rulings(drawn, 3)
        assert left[digit > 0].mean() > 0.8 and (left[digit == 0] > 0).mean() < 0.02


def test_more_ink_than_paper_is_ink_all_the_same() -> None:
    dark = np.zeros((100, 60), np.float32)
    dark[:, 12:50] = 0.9
    strokes = separate(dark)
    assert strokes.width > 0 and strokes.ink[:, 15:47].min() == 1 and strokes.ink[:, :10].max() == 0


def test_rulings_fainter_than_the_pen_go_also_where_nothing_is_written() -> None:
    digits = np.zeros((300, 600), np.float32)
    for left in (210, 290, 370):
        digits[110:190, left : left + 80] = ring(80, 8)
    squares = np.zeros_like(digits)
    squares[20::40, :] = squares[:, 20::40] = 0.4
    ink = cleaning.clean(np.maximum(squares, digits) * np.float32(0.8)).ink
    assert ink[digits > 0].mean() > 0.8 and (ink[digits == 0] > 0).mean() < 0.02


def test_a_row_of_digits_lower_than_half_its_frame_is_taken_out_of_it() -> None:
    row = np.zeros((200, 600), np.float32)
    for left in (100, 250, 400):
        row[70:130, left : left + 60] = ring(60, 6)
    framed = row.copy()
    framed[10:13, 10:590] = framed[187:190, 10:590] = framed[10:190, 10:13] = framed[10:190, 587:590] = 1
    without = drop_rulings(framed, 4)
    assert without[row > 0].min() == 1 and (without[row == 0] > 0).mean() < 0.001


def test_the_end_of_the_paper_is_no_stroke_and_a_1_in_a_row_that_fills_its_strip_is() -> None:
    page = np.zeros((600, 800), np.float32)
    for left in (200, 300, 400):
        page[250:330, left : left + 80] = ring(80, 8)
    ended = page.copy()
    ended[100:400, 760:763] = 1
    ink = cleaning.clean(ended * np.float32(0.8)).ink
    assert ink[page > 0].mean() > 0.9 and not ink[:, 750:].any()
    strip = np.zeros((90, 300), np.float32)
    for left in (30, 110, 190):
        strip[5:85, left : left + 80] = ring(80, 8)
    strip[8:80, 8:12] = 1
    assert cleaning.clean(strip * np.float32(0.8)).ink[20:70, 8:12].min() > 0.5
