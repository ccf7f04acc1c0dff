"""Lines of boxes in reading order, on paper that is tilted; seams through what touches."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from numpen.reading.cuts import STIFF, between, seams
from numpen.reading.lattice import Part, Sides, tight, together
from numpen.reading.lines import Boxes, lines_of, typical_height
from tests.reading.shapes import ring

KINDS = STIFF[:1], STIFF[1:]


def rows_of_boxes(tilt: float, seed: int) -> tuple[Boxes, list[list[int]]]:
    """Three rows of digits with uneven places and heights, in a random order, and which is where."""
    rng = np.random.default_rng(seed)
    boxes: list[list[float]] = []
    lines: list[list[int]] = []
    for row in range(3):
        line = []
        for column in range(8):
            x, height = 60 * column + rng.uniform(-8, 8), rng.uniform(32, 46)
            y = 200 + 90 * row + tilt * x + rng.uniform(-6, 6)
            line.append(len(boxes))
            boxes.append([x, y, x + rng.uniform(12, 30), y + height])
        lines.append(line)
    order = rng.permutation(len(boxes))
    place = np.argsort(order)
    return np.array(boxes)[order].astype(np.intp), [[int(place[each]) for each in line] for line in lines]


@pytest.mark.parametrize("tilt", [-0.25, -0.1, 0, 0.1, 0.25])
def test_lines_are_found_on_tilted_paper(tilt: float) -> None:
    for seed in range(5):
        boxes, lines = rows_of_boxes(tilt, seed)
        found, slope = lines_of(boxes, typical_height(boxes, 4))
        assert found == lines
        assert slope == pytest.approx(tilt, abs=0.06)


def columns_of_boxes(tilt: float, seed: int) -> Boxes:
    """A ledger: three columns of eight numbers, whose 3s and 9s reach below the line and whose 6s and 8s above."""
    rng, boxes = np.random.default_rng(seed), []
    for row, column in np.ndindex(8, 3):
        for digit in range(rng.integers(2, 6)):
            up, down = rng.choice([(20, 0), (20, 14), (34, 0)])
            x = 300 * column + 30 * digit
            y = 90 * row + round(x * tilt)
            boxes.append((x, y - up, x + 24, y + down))
    return np.array(boxes, np.intp)


@pytest.mark.parametrize("tilt", [-0.03, 0.0, 0.02])
def test_the_ends_of_far_columns_say_how_lines_are_tilted(tilt: float) -> None:
    found = [lines_of(columns_of_boxes(tilt, seed), 34.0) for seed in range(20)]
    assert np.abs([slope - tilt for _, slope in found]).max() < 0.012
    assert all(len(rows) == 8 for rows, _ in found)


def test_a_loose_part_joins_its_digit_s_line_and_far_dust_none() -> None:
    boxes = np.array([[0, 0, 20, 40], [50, 2, 70, 42], [70, 4, 84, 9], [300, 400, 304, 404]])
    assert lines_of(boxes, 40)[0] == [[0, 1, 2]]


def test_the_bar_of_a_small_digit_joins_it_although_no_large_one_is_near() -> None:
    boxes = np.array([[0, 0, 20, 90], [32, 25, 70, 65], [78, 18, 118, 26], [200, 0, 240, 90]])
    assert lines_of(boxes, 85)[0] == [[0, 1, 2, 3]]


def test_a_trail_of_dust_does_not_lead_away_from_a_line() -> None:
    boxes = np.array([[0, 0, 20, 90], [50, 0, 70, 90], [80, 70, 90, 80], [90, 120, 100, 130], [100, 170, 110, 180]])
    assert lines_of(boxes, 90)[0] == [[0, 1, 2]]


def test_the_halves_of_a_broken_digit_are_in_one_line_and_two_near_lines_are_not() -> None:
    broken = np.array([[0, 0, 40, 60], [60, 0, 100, 60], [118, -10, 150, 30], [120, 32, 160, 66], [180, 0, 220, 60]])
    assert lines_of(broken, 60)[0] == [[0, 1, 2, 3, 4]]
    below = np.array([[0, 0, 40, 60], [60, 0, 100, 60], [62, 65, 100, 120], [120, 0, 160, 60]])
    assert lines_of(below, 60)[0] == [[0, 1, 3], [2]]


def test_digits_that_stand_far_apart_are_one_line() -> None:
    boxes = np.array([[0, 0, 20, 40], [400, 5, 420, 45], [10, 120, 30, 160]])
    assert lines_of(boxes, 40)[0] == [[0, 1], [2]]


def test_the_cheapest_seam_parts_two_rings_where_they_touch() -> None:
    two = np.zeros((100, 141), np.float32)
    two[:, :100] = ring(100, 8)
    two[:, 70:] = np.maximum(two[:, 70:], ring(100, 8)[:, :71])
    crossed, columns = min(seams(two, 8), key=lambda seam: abs(seam[1].mean() - 85))
    assert 0 < crossed < 3 and 75 < columns[50] < 95
    left, right = between(two, edge := np.zeros(100, int), columns), between(two, columns, edge + 141)
    assert np.array_equal(left + right, two) and left.any() and right.any()


def test_a_seam_goes_below_what_hangs_over() -> None:
    two = np.zeros((100, 120), np.float32)
    two[0:8, 0:70] = two[0:100, 0:8] = 1  # a bar that reaches over the foot of the other
    two[92:100, 30:110] = two[30:100, 102:110] = 1
    two[8:92, 45:50] = 1  # where they meet
    want = np.zeros_like(two, bool)
    want[92:100, 30:110] = want[30:100, 102:110] = True
    edge = np.full(100, 120)
    best = min(np.abs((between(two, columns, edge) > 0) ^ want).sum() for _, columns in seams(two, 8))
    assert best < 0.25 * want.sum()


def test_a_stiff_seam_goes_between_two_rings_that_lie_along_each_other() -> None:
    two = np.zeros((160, 175), np.float32)
    tall = np.asarray(Image.fromarray(ring(100, 8)).resize((100, 160)))
    two[:, :100] = tall
    two[:, 67:167] = np.maximum(two[:, 67:167], tall)  # their sides share a stroke
    nearest = [min(np.ptp(columns) for _, columns in seams(two, 8, kinds) if 70 < columns[80] < 97) for kinds in KINDS]
    assert nearest[1] < 12 < nearest[0]


def test_slices_taken_together_lie_between_the_first_seam_and_the_last() -> None:
    whole = Part(5, 7, np.ones((10, 30), np.float32), 0)
    down = np.arange(10)
    borders = [np.zeros(10, np.intp), 10 + down, 19 - down, np.full(10, 30)]  # the two in the middle cross
    parts = []
    for left, right in pairwise(borders):
        sides = Sides(whole, left, right)
        parts.append(tight(Part(5, 7, between(whole.ink, left, right), 0, True, None, sides), whole))
    assert np.array_equal(together(parts).ink, whole.ink) and together(parts).box == whole.box
    assert together(parts[:2]).ink.sum() == (19 - down).sum()
    assert not together(parts).is_cut and all(together(some).is_cut for some in (parts[:2], parts[1:], parts[:1]))
