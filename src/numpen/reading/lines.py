"""Lines of writing: which boxes stand side by side, on paper that may be tilted, and the order they are read in."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.intp]  # (N, 4): left, top, right, bottom

MAIN = 0.5  # of the typical height: what is lower is a loose part, which belongs to what it stands nearest to
OVERLAP = 0.4  # of the lower of two neighbours is how much their heights have in common at least
NEAR = 4.0  # typical heights: neighbours within it say how the paper is tilted
REACH = 0.6  # typical heights from a loose part to what it belongs to
SMALL = 0.3  # of the typical height: from here on it may be a small digit, and belongs to a line as far as NEAR
STEEPEST = 0.6  # tangent of the tilt
SAME = 0.45  # typical heights between the middles of two stretches of one line
HALVES = 0.8  # typical heights between them where one digit of theirs is broken in two, one above the other
BROKEN = 1.4  # times as tall as its line at most is such a digit


def typical_height(boxes: Boxes, stroke: float) -> float:
    """The height of most of what was written: the median over all boxes, each counted by its height."""
    heights = np.sort(boxes[:, 3] - boxes[:, 1])
    heights = heights[heights > min(3 * stroke, heights[-1] - 1)]
    weight = np.cumsum(heights)
    return float(heights[np.searchsorted(weight, weight[-1] / 2)])


def lines_of(boxes: Boxes, typical: float) -> tuple[list[list[int]], float]:
    """The lines from top to bottom, each the indices of its boxes from left to right, and the tangent of their tilt.

    A box that belongs to no line, a speck far from everything, is left out.
    """
    heights = boxes[:, 3] - boxes[:, 1]
    main = np.flatnonzero(heights >= MAIN * typical)
    if not len(main):
        return [], 0.0
    slope = _tilt(boxes[main], typical)
    slope = _fitted(boxes[main], _rows(boxes[main], slope, typical), slope)
    lines = [[int(main[each]) for each in row] for row in _rows(boxes[main], slope, typical)]
    _attach(lines, boxes, np.setdiff1d(np.flatnonzero(heights < MAIN * typical), main), typical)
    middles = _middles(boxes)[0]
    return [sorted(line, key=lambda each: float(middles[each])) for line in lines], slope


def _middles(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2


def _links(boxes: Boxes, slope: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (left, right) of boxes each of which is the other's nearest neighbour on that side."""
    x, y = _middles(boxes)
    level = y - slope * x
    half = (boxes[:, 3] - boxes[:, 1]) / 2
    apart = np.abs(level[:, None] - level)
    common = half[:, None] + half - apart
    gap = np.maximum(boxes[:, 0] - boxes[:, 2][:, None], 0)
    allowed = (x > x[:, None]) & (common >= OVERLAP * 2 * np.minimum(half[:, None], half))
    cost = np.where(allowed, gap + 2 * apart + 0.01 * (x - x[:, None]), np.inf)
    follower, leader = cost.argmin(axis=1), cost.argmin(axis=0)
    left = np.arange(len(boxes))
    mutual = np.isfinite(cost[left, follower]) & (leader[follower] == left)
    return left[mutual], follower[mutual]


def _tilt(boxes: Boxes, typical: float) -> float:
    """The tangent of the angle at which the lines rise or fall: the median over near neighbours."""
    left, right = _links(boxes, 0.0)
    x, y = _middles(boxes)
    run = x[right] - x[left]
    near = (run < NEAR * typical) & (run > 0.3 * typical)
    if near.sum() < 2:
        return 0.0
    return float(np.median((y[right] - y[left])[near] / run[near]).clip(-STEEPEST, STEEPEST))


def _fitted(boxes: Boxes, rows: list[list[int]], slope: float) -> float:
    """The tangent of the tilt that fits all rows best, by least squares: their ends say more than any neighbours.

    This one if there are not two boxes in any row.
    """
    x, y = _middles(boxes)
    across = np.concatenate([x[row] - x[row].mean() for row in rows])
    down = np.concatenate([y[row] - y[row].mean() for row in rows])
    return float(np.clip(across @ down / (across @ across), -STEEPEST, STEEPEST)) if across.any() else slope


def _rows(boxes: Boxes, slope: float, typical: float) -> list[list[int]]:
    """Boxes in rows on paper that is tilted so, from top to bottom."""
    x, y = _middles(boxes)
    level = y - slope * x
    rows = _merged(_chains(boxes, slope), boxes, x, level, typical)
    return sorted(rows, key=lambda row: float(np.median(level[row])))


def _chains(boxes: Boxes, slope: float) -> list[list[int]]:
    """Boxes in rows, each linked with its neighbour; every box is in one."""
    follower = dict(zip(*(each.tolist() for each in _links(boxes, slope)), strict=True))
    chains = []
    for start in sorted(set(range(len(boxes))) - set(follower.values())):
        chain = [start]
        while chain[-1] in follower:
            chain.append(follower[chain[-1]])
        chains.append(chain)
    return chains


def _merged(
    chains: list[list[int]], boxes: Boxes, x: NDArray[np.float64], level: NDArray[np.float64], typical: float
) -> list[list[int]]:
    """Stretches of one line put together: what stands between two rows' ends at their height belongs to them.

    So does a stretch with the upper or lower half of a digit whose other half is in the line.
    """
    merged: list[list[int]] = []
    for chain in sorted(chains, key=len, reverse=True):
        for line in merged:
            nearest = [line[int(np.abs(x[line] - x[each]).argmin())] for each in chain]
            apart = np.median(np.abs(level[nearest] - level[chain])) / typical
            if apart < SAME or (apart < HALVES and _completes(boxes[chain], boxes[line])):
                line.extend(chain)
                break
        else:
            merged.append(list(chain))
    return merged


def _completes(others: Boxes, line: Boxes) -> bool:
    """Whether one of some boxes stands above or below one of a line, and both in the height of one digit of it."""
    if len(line) < 2:
        return False
    one, other = line[:, None], others[None]
    common = np.minimum(one[..., 2], other[..., 2]) - np.maximum(one[..., 0], other[..., 0])
    narrower = np.minimum(one[..., 2] - one[..., 0], other[..., 2] - other[..., 0])
    together = np.maximum(one[..., 3], other[..., 3]) - np.minimum(one[..., 1], other[..., 1])
    tall = BROKEN * np.median(line[:, 3] - line[:, 1])
    return bool(((common > narrower / 2) & (together <= tall)).any())


def _attach(lines: list[list[int]], boxes: Boxes, loose: NDArray[np.intp], typical: float) -> None:
    """Give each loose part to the line of the box that it is nearest to, if any is near; the tallest come first.

    So the bar of a small 5 has the 5 to stand near to.
    """
    owner = np.concatenate([np.full(len(line), number) for number, line in enumerate(lines)])
    placed = boxes[np.concatenate([np.array(line, np.intp) for line in lines])]
    for part in loose[np.argsort(boxes[loose, 1] - boxes[loose, 3], kind="stable")]:
        left, top, right, bottom = boxes[part]
        across = np.maximum(0, np.maximum(placed[:, 0] - right, left - placed[:, 2]))
        down = np.maximum(0, np.maximum(placed[:, 1] - bottom, top - placed[:, 3]))
        distance = np.hypot(across, 2 * down)
        nearest = int(distance.argmin())
        small_digit = bottom - top >= SMALL * typical and down[nearest] == 0
        if distance[nearest] < (NEAR if small_digit else REACH) * typical:
            lines[owner[nearest]].append(int(part))
            if bottom - top >= SMALL * typical:
                owner, placed = np.append(owner, owner[nearest]), np.append(placed, boxes[part][None], axis=0)
