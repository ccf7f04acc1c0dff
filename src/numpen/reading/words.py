"""Words between numbers, and lines of print: an l is read as a 1, but what stands beside it looks like no digit."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from numpen.reading.answers import Digit, Line, Page, likeness
from numpen.reading.lattice import Part, Span

SPACE = 0.5  # typical heights between two words
TALL = 0.5  # of the tallest of a word: what is lower, a point or a speck, says nothing
LETTERS, LONG = 2, 4  # that were left out at least, and with the digits, if it is a word
MOST_DIGITS = 0.6  # of a word's letters are read as digits
GAP = 1.5  # of a line's height between a number and print beside it
PRINT, AS_PRINT = 10, 0.82  # so many in a row that look no more like digits, in the mean, are a line of print


def without_words(parts: Sequence[Part], spans: Sequence[Span], typical: float) -> list[Span]:
    """The spans of parts that were read as digits, but for those of words most of which was left out."""
    stay: list[Span] = []
    for first, after in _words(parts, typical):
        inside = [span for span in spans if first <= span[0] < after]
        read = {each for span in inside for each in range(*span)}
        least = TALL * max(part.ink.shape[0] for part in parts[first:after])
        out = [each for each in range(first, after) if each not in read and parts[each].ink.shape[0] >= least]
        letters, is_bracketed = len(out) + len(inside), out in ([first, after - 1], [])
        if is_bracketed or len(out) < LETTERS or letters < LONG or len(inside) > MOST_DIGITS * letters:
            stay += inside
    return stay


def _words(parts: Sequence[Part], typical: float) -> list[Span]:
    """Stretches of parts without a space in them."""
    words, first, reach = [], 0, 0
    for number, part in enumerate(parts):
        if number and part.left - reach > SPACE * typical:
            words.append((first, number))
            first = number
        reach = max(reach, part.box[2])
    return [*words, (first, len(parts))] if parts else []


def without_print(page: Page) -> Page:
    """The page without long rows of what looks only now and then like digits."""
    lines = []
    for line in page.lines:
        rows = [row for row in _rows(line) if len(row) < PRINT or np.mean([*map(likeness, row)]) >= AS_PRINT]
        lines += [Line(tuple(digit for row in rows for digit in row))] if rows else []
    return replace(page, lines=tuple(lines))


def _rows(line: Line) -> list[list[Digit]]:
    """The digits of a line, but for gaps that are too wide for a space between words."""
    space, rows = GAP * float(np.median([digit.box[3] for digit in line.digits])), [[line.digits[0]]]
    for before, digit in pairwise(line.digits):
        if digit.box[0] - before.box[0] - before.box[2] > space:
            rows.append([])
        rows[-1].append(digit)
    return rows
