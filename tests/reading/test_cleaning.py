"""Each stage does what it says to pictures that are made to show it."""

import numpy as np
import pytest

from numpen.pictures.framing import Ink
from numpen.reading import cleaning


def ring(side: int, thickness: int) -> Ink:
    """Ink in the shape of a 0."""
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    distance = np.hypot(rows, columns)
    ink: Ink = (np.abs(distance - side * 0.35) < thickness / 2).astype(np.float32)
    return ink


@pytest.mark.parametrize("share", [0.02, 0.2, 0.45])
def test_ink_is_what_there_is_less_of(share: float) -> None:
    paper = np.full((50, 50), 220, np.uint8)
    paper[:, : round(50 * share)] = 30  # it touches the border, as in a tight crop
    for grey in (paper, 255 - paper):
        dark = cleaning.darken_ink(grey)
        assert (dark < 128).mean() == pytest.approx(share, abs=0.02)


def test_uneven_light_is_no_ink() -> None:
    light = np.linspace(90, 250, 200)[None, :] * np.ones((200, 1))
    ink = ring(200, 12)
    found = cleaning.separate(cleaning.lift_ink((light * (1 - 0.7 * ink)).astype(np.uint8)))
    assert found[ink > 0].mean() > 0.9 and found[ink == 0].mean() < 0.02


def test_the_grain_of_an_empty_sheet_is_no_ink() -> None:
    sheet = np.random.default_rng(0).normal(200, 3, (100, 100)).astype(np.uint8)
    assert not cleaning.separate(cleaning.lift_ink(sheet)).any()


def test_specks_go_and_strokes_stay() -> None:
    ink = ring(200, 12)
    ink[2:6, 2:6] = 1  # dust
    ink[90:110, 90:110] = 1  # a piece that is no dust
    kept = cleaning.drop_specks(ink)
    assert not kept[:10, :10].any() and kept[95, 95] == 1
    assert np.array_equal(kept[ring(200, 12) > 0], ink[ring(200, 12) > 0])


def test_pieces_are_told_apart_by_what_touches() -> None:
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 1]], bool)
    labels = cleaning.label_pieces(mask)
    assert len(set(labels[mask])) == 4 and not labels[~mask].any()
    assert labels[0, 0] == labels[1, 1] and labels[0, 3] == labels[1, 3]  # corners and sides connect


@pytest.mark.parametrize("thickness", [6, 10, 20])
def test_the_stroke_width_is_about_the_stroke_s(thickness: int) -> None:
    # an outline along pixels is up to 4/π times as long as the curve, so the width comes out smaller
    assert 0.7 * thickness < cleaning.stroke_width(ring(200, thickness)) <= 1.05 * thickness


def test_thin_strokes_are_thickened_and_thick_ones_left() -> None:
    thick = cleaning.thicken(ring(200, 3), 20)
    assert cleaning.stroke_width(thick) == pytest.approx(20, rel=0.2)
    ink = ring(200, 30)
    assert cleaning.thicken(ink, 20) is ink


@pytest.mark.parametrize(("shape", "longer"), [((28, 20), 112), ((200, 300), 300), ((3000, 100), 400)])
def test_the_longer_side_is_brought_into_limits(shape: tuple[int, int], longer: int) -> None:
    resized = cleaning.resize(np.zeros(shape, np.uint8))
    assert max(resized.shape) == longer
    assert resized.shape[0] / resized.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.1)
