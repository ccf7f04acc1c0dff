"""Points on a plane: principal components, against what is known of them."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from numpen.errors import DataError
from numpen.evaluation.projection import principal_components

RNG = np.random.default_rng(5)


def test_two_directions_are_found_where_they_were_put() -> None:
    along = RNG.normal(size=(500, 2)) * (5, 2)
    turned, _ = np.linalg.qr(RNG.normal(size=(30, 30)))
    coordinates, shares = principal_components(along @ turned[:2] + 7)
    centred = along - along.mean(axis=0)
    for found, put in zip(coordinates.T, centred.T, strict=True):
        assert abs(np.corrcoef(found, put)[0, 1]) > 0.999
    assert abs(shares.sum() - 1) < 1e-9
    assert shares[0] > shares[1]


def test_it_is_what_scikit_learn_finds() -> None:
    points = RNG.random((200, 40)) ** 3
    theirs = PCA(2, svd_solver="full").fit(points)
    coordinates, shares = principal_components(points)
    assert np.allclose(np.abs(coordinates), np.abs(theirs.transform(points)))
    assert np.allclose(shares, theirs.explained_variance_ratio_)


def test_the_sign_does_not_hang_on_the_order_of_the_points() -> None:
    points = RNG.random((50, 6)).astype(np.float32)
    order = RNG.permutation(50)
    assert np.allclose(principal_components(points)[0][order], principal_components(points[order])[0], atol=1e-6)


def test_points_that_do_not_differ_lie_in_the_middle() -> None:
    coordinates, shares = principal_components(np.full((9, 4), 3, np.uint8))
    assert not coordinates.any() and not shares.any()
    coordinates, _ = principal_components(np.arange(5.0).reshape(5, 1))
    assert np.allclose(np.abs(coordinates), [[2, 0], [1, 0], [0, 0], [1, 0], [2, 0]])


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (4, 0), (4,)])
def test_what_has_no_plane_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="expected at least 2 points"):
        principal_components(np.zeros(shape))
