"""Many numbers for each picture, shown on a plane: the two directions in which the pictures differ most."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError


def principal_components(values: NDArray[Any], count: int = 2) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The coordinates (N, count) of points (N, D) along their principal components, and the share of each.

    (Pearson 1901; by the singular value decomposition of the centred points, Jolliffe 2002, section 3.5.) Shares
    are of the whole variance. A component's sign is free: its largest weight is made positive. Where no point
    differs, all is 0. Raises DataError for fewer than two points.
    """
    if values.ndim != 2 or len(values) < 2 or not values.shape[1]:
        raise DataError(f"expected at least 2 points with at least 1 number each, got {values.shape}")
    # X = U S Vᵀ: the rows of Vᵀ are the components, U S the points' coordinates along them
    X = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    U, S, Vt = np.linalg.svd(X, full_matrices=False)
    kept = min(count, len(S))
    signs = np.sign(Vt[np.arange(kept), np.abs(Vt[:kept]).argmax(axis=1)])
    coordinates, shares = np.zeros((len(X), count)), np.zeros(count)
    coordinates[:, :kept] = U[:, :kept] * S[:kept] * signs
    shares[:kept] = S[:kept] ** 2 / max(float(np.sum(S**2)), np.finfo(float).tiny)
    return coordinates, shares
