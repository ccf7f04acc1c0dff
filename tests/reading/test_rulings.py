"""Lines among points: the same that a search of every slope among all points finds, again after some are taken away."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from numpen.reading.rulings import SLOPES, Lines


def slow_best(rows: NDArray[np.intp], columns: NDArray[np.intp], least: float) -> tuple[float, int] | None:
    """The slope and the level whose points, and those of the next level, stand in the most columns."""
    best, line = 0, None
    for slope in SLOPES:
        level = np.rint(rows - columns * slope).astype(int)
        two = {at: np.isin(level, (at, at + 1)) for at in range(level.min() - 1, level.max() + 1)}
        fullest = max(two, key=lambda at: (two[at].sum(), -at))
        covered = len(np.unique(columns[two[fullest]]))
        if covered > best:
            best, line = covered, (float(slope), fullest)
    return line if best >= least else None


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_lines_are_found_as_by_a_slow_search(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random((60, 90)) < 0.03
    columns = np.arange(90)
    for _ in range(count):
        rows = np.rint(rng.integers(5, 55) + columns * rng.choice(SLOPES)).astype(int)
        inside = (rows >= 0) & (rows < 60) & (rng.random(90) < 0.95)
        mask[rows[inside], columns[inside]] = True
    rows, columns = np.nonzero(mask)
    lines, left = Lines(rows, columns, mask.shape), np.ones(len(rows), bool)
    for _ in range(count + 1):
        found, expected = lines.best(45), slow_best(rows[left], columns[left], 45)
        assert (found is None) == (expected is None)
        if not found or not expected:
            return
        assert found == (expected[0], expected[1] + 0.5)
        distance = np.abs(rows - columns * found[0] - found[1])
        near = lines.near(*found, 2)
        assert set(near) >= set(np.flatnonzero(left & (distance <= 2)))
        gone = near[distance[near] <= 2]
        lines.drop(gone)
        left[gone] = False


def test_no_points_no_lines() -> None:
    nothing = np.zeros(0, np.intp)
    assert Lines(nothing, nothing, (10, 10)).best(5) is None
