"""Canny's edges, fog and maps, each against a slow twin in plain loops."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from numpen.digits.dataset import Dataset
from numpen.evaluation.edges import canny
from numpen.evaluation.overlays import clouds, strokes
from numpen.evaluation.warping import size, turn, warp


def slow_canny(picture: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The book's steps, pixel by pixel."""
    share = ndimage.gaussian_filter(np.ones((28, 28)), 1, mode="constant")
    smooth = ndimage.gaussian_filter(picture, 1, mode="constant") / share
    gy, gx = ndimage.sobel(smooth, 0), ndimage.sobel(smooth, 1)
    slope = np.hypot(gy, gx)
    faint = np.zeros((28, 28), bool)
    for r in range(1, 27):
        for c in range(1, 27):
            # along the slope until the next row or column, on both sides
            reach = max(abs(gy[r, c]), abs(gx[r, c]))
            if slope[r, c] < 0.1:
                continue
            dy, dx = gy[r, c] / reach, gx[r, c] / reach
            both = (between(slope, r + way * dy, c + way * dx) for way in (1, -1))
            faint[r, c] = all(each <= slope[r, c] + 1e-12 for each in both)
    edges: NDArray[np.bool_] = faint & (slope >= 0.2)
    while True:  # whatever is faint beside an edge is an edge
        grown = faint & ndimage.binary_dilation(edges, np.ones((3, 3)))
        if np.array_equal(grown, edges):
            return edges
        edges = grown


def between(slope: NDArray[np.float64], row: float, column: float) -> float:
    """The slope at a place between pixels."""
    r, c = int(np.floor(row)), int(np.floor(column))
    y, x = row - r, column - c
    corners = [(0, 0, (1 - y) * (1 - x)), (0, 1, (1 - y) * x), (1, 0, y * (1 - x)), (1, 1, y * x)]
    return float(sum(share * slope[r + down, c + right] for down, right, share in corners if share))


def test_edges_are_those_of_the_slow_twin(few: Dataset) -> None:
    # from faint to full ink: of the faint ones, some lines are steep nowhere and do not count
    pictures = few.images[:30] / 255 * np.linspace(0.03, 1, 30)[:, None, None]
    quick, slow = canny(pictures), np.stack([slow_canny(picture) for picture in pictures])
    assert slow.sum() > 500
    assert (quick != slow).sum() <= 2  # a tie may go either way in the last bit


def test_a_square_has_one_outline() -> None:
    picture = np.zeros((1, 28, 28))
    picture[0, 8:20, 8:20] = 1
    edges = canny(picture)[0]
    assert ndimage.label(edges, np.ones((3, 3)))[1] == 1
    middle = np.flatnonzero(edges[14])
    assert middle.tolist() in ([7, 19], [7, 20], [8, 19], [7, 8, 19, 20])
    assert not edges[10:18, 10:18].any() and not edges[:6].any()


def test_nothing_has_no_edges() -> None:
    assert not canny(np.zeros((2, 28, 28))).any()
    assert not canny(np.full((2, 28, 28), 0.7)).any()  # not even where the picture ends


def slow_cloud(decay: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Diamonds and squares, point by point, on a map that repeats."""
    cloud = np.zeros((256, 256))
    step, amplitude = 256, 100.0
    while step > 1:
        half = step // 2
        for down, right, ways in (
            (half, half, [(-1, -1), (-1, 1), (1, -1), (1, 1)]),
            (0, half, [(-1, 0), (1, 0), (0, -1), (0, 1)]),
            (half, 0, [(-1, 0), (1, 0), (0, -1), (0, 1)]),
        ):
            noise = 2 * rng.random((256 // step, 256 // step), np.float32) - 1
            for i, r in enumerate(range(down, 256, step)):
                for j, c in enumerate(range(right, 256, step)):
                    mean = sum(cloud[(r + half * y) % 256, (c + half * x) % 256] for y, x in ways) / 4
                    cloud[r, c] = mean + amplitude**2 * noise[i, j]
        step, amplitude = half, amplitude / decay
    cloud -= cloud.min()
    cloud /= cloud.max()
    return cloud


def test_clouds_are_those_of_the_slow_twin() -> None:
    slow = slow_cloud(1.4, np.random.default_rng(5))
    np.testing.assert_allclose(clouds(1, 1.4, np.random.default_rng(5))[0], slow[:28, :28], atol=1e-5)


def test_clouds_are_smooth_and_each_another() -> None:
    many = clouds(20, 1.4, np.random.default_rng(0))
    assert 0 <= many.min() < many.max() <= 1
    assert len(np.unique(many[:, 5, 5])) == 20
    assert np.abs(np.diff(many, axis=1)).mean() < 0.25 * many.std()


def test_a_stroke_fades_with_the_distance() -> None:
    ink = strokes((np.array([3.0]), np.array([10.0])), (np.array([9.5]), np.array([10.0])))[0]
    np.testing.assert_allclose(ink[8:13, 5], np.maximum(1 + np.log(1 - np.array([2, 1, 0, 1, 2]) / 2.3), 0))
    assert np.flatnonzero(ink.any(axis=0)).tolist() == list(range(3, 10))


@pytest.mark.parametrize("map_", [turn(0.4), size(0.7), size(1.3), np.array([[0.9, 0.1], [-0.4, 1.1]])])
@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (0.4, 1.7)])
def test_maps_are_scipy_s(few: Dataset, map_: NDArray[np.float64], shift: tuple[float, float]) -> None:
    picture = few.images[0] / 255
    offset = 13.5 - map_ @ [13.5, 13.5] - shift
    expected = ndimage.affine_transform(picture, map_, offset, order=1, mode="grid-constant")
    np.testing.assert_allclose(warp(picture[None], map_, shift)[0], expected, atol=1e-7)


def test_turning_is_anticlockwise() -> None:
    picture = np.zeros((1, 28, 28))
    picture[0, 13:15, 20] = 1  # right of the middle
    assert np.argwhere(warp(picture, turn(np.pi / 2))[0]).tolist() == [[7, 13], [7, 14]]  # above it
