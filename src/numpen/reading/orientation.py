"""Which way up a page lies: one that reads badly as it came is tried on its other three sides, too.

Turned digits look like none, so a page on its side reads badly, but for its 0s, 1s and 8s. A page that reads badly for
another reason reads no better on any side, and stays as it is, unless lines that touched its digits were the reason.
"""

from collections.abc import Sequence
from dataclasses import replace

from numpen.reading.answers import Page, likeness

READ_WELL = 0.86  # by the mean of its digits' looks; what reads so well lies as it should
READ_BETTER = 0.9, 3  # so well, and of so many digits at least, is a side that a page is turned to, or it without lines

Box = tuple[int, int, int, int]  # left, top, width, height


def is_doubtful(page: Page) -> bool:
    """Whether something was read, and badly."""
    return 0 < _mean(page) < READ_WELL


def better(page: Page, others: Sequence[Page]) -> Page:
    """The best of the other ways to see a page, if one is good and has more to read than the page as it came."""
    (least, digits), before = READ_BETTER, sum(_looks(page))
    good = [
        side for side in others if _mean(side) >= least and len(_looks(side)) >= digits and sum(_looks(side)) > before
    ]
    return max(good, key=_mean, default=page)


def _looks(page: Page) -> list[float]:
    """How much each digit of a page looks like some, 0 to 1."""
    return [likeness(each) for line in page.lines for each in line.digits]


def _mean(page: Page) -> float:
    looks = _looks(page)
    return sum(looks) / len(looks) if looks else 0.0


def turned_back(page: Page, quarters: int, size: tuple[int, int]) -> Page:
    """The page with boxes and tilt as they were before a picture of now this size was turned left by so many quarters.

    The lines of a page that had to be turned left fall by 90 degrees more than they do now.
    """
    if not quarters:
        return page
    lines = tuple(
        replace(line, digits=tuple(replace(each, box=_box_before(each.box, quarters, size)) for each in line.digits))
        for line in page.lines
    )
    return replace(page, lines=lines, tilt=(page.tilt + 90 * quarters + 180) % 360 - 180)


def _box_before(box: Box, quarters: int, size: tuple[int, int]) -> Box:
    left, top, width, height = box
    for _ in range(quarters):
        left, top, width, height = size[0] - top - height, left, height, width
        size = size[1], size[0]
    return left, top, width, height
