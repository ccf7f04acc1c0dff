"""What an explanation is made of: cards with formulas, sentences and the numbers themselves; nothing here is printed.

The terminal, the HTML page and the browser all draw the same cards.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from numpen.nn.arrays import Array

Part = Literal["forward", "loss", "backward", "update"]
Index = tuple[int, ...]

WHOLE = 24  # so many numbers are shown one by one; of more, the strongest
STRONGEST = 10
IN_JSON = 1000  # longer arrays are told by their shape and their strongest numbers


@dataclass(frozen=True, eq=False)
class Numbers:
    """An array on a card."""

    symbol: str
    words: str
    array: Array
    ink: bool = False  # pixels, to be drawn in grey rather than in the colours of signed numbers

    @property
    def whole(self) -> bool:
        """Whether it is short enough to be shown number by number."""
        return self.array.size <= WHOLE

    def strongest(self, count: int = STRONGEST) -> list[tuple[Index, float]]:
        """The numbers furthest from zero with their indices, the furthest first; no zeros."""
        return [(index, float(self.array[index])) for index in strongest(self.array, count)]

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain values; `values` is null for a long array."""
        return {
            "symbol": self.symbol,
            "words": self.words,
            "shape": list(self.array.shape),
            "values": self.array.tolist() if self.array.size <= IN_JSON else None,
            "strongest": [{"index": list(index), "value": value} for index, value in self.strongest()],
        }


@dataclass(frozen=True)
class Term:
    """One product in a sum."""

    label: str
    factors: tuple[float, float]
    value: float


@dataclass(frozen=True)
class Sum:
    """A sum taken apart: terms + others + rest = total."""

    symbol: str
    terms: tuple[Term, ...]  # the strongest products
    n_others: int
    others: float  # all other products together
    rest: tuple[tuple[str, float], ...]  # what else is added: a bias
    total: float

    @property
    def decimals(self) -> int:
        """How many decimals show three figures of the largest part: at least 4, at most 15."""
        parts = (self.total, self.others, *(term.value for term in self.terms), *(value for _, value in self.rest))
        largest = max(map(abs, parts))
        return min(max(4, 2 - math.floor(math.log10(largest))), 15) if largest > 0 else 4

    @property
    def others_label(self) -> str:
        """What to call the part that is not taken apart."""
        return f"{self.n_others} others together" if self.n_others else "rounding"

    def rounded(self) -> "Sum":
        """The sum in figures that still add up when they are printed with `decimals`: the others take the rounding."""
        digits = self.decimals
        terms = tuple(replace(term, value=_rounded(term.value, digits)) for term in self.terms)
        rest = tuple((label, _rounded(value, digits)) for label, value in self.rest)
        total = _rounded(self.total, digits)
        others = total - sum(term.value for term in terms) - sum(value for _, value in rest)
        return replace(self, terms=terms, rest=rest, total=total, others=_rounded(others, digits))

    def rows(self) -> list[tuple[str, str, str]]:
        """The sum as a table, in figures that add up: what a part is, the product that it is, its value."""
        rounded, digits = self.rounded(), self.decimals
        rows = [
            (term.label, f"{figures(term.factors[0])} · {figures(term.factors[1])}", f"{term.value:.{digits}f}")
            for term in rounded.terms
        ]
        rows.append((rounded.others_label, "", f"{rounded.others:.{digits}f}"))
        rows += [(label, "", f"{value:.{digits}f}") for label, value in rounded.rest]
        return [*rows, (f"{rounded.symbol} =", "", f"{rounded.total:.{digits}f}")]


@dataclass(frozen=True)
class Check:
    """A derivative twice: by the rule, and as the slope that a tiny step shows."""

    label: str
    factors: tuple[float, float] | None  # whose product it is, where it is one
    gradient: float
    difference: float

    @property
    def relative_error(self) -> float:
        """|a - b| / max(|a|, |b|): 0 if equal."""
        size = max(abs(self.gradient), abs(self.difference))
        return abs(self.gradient - self.difference) / size if size else 0.0

    def row(self) -> tuple[str, str, str, str]:
        """The check as a line of a table: what it is of, the product that it is, by the rule, by differences."""
        factors = "" if self.factors is None else " · ".join(map(figures, self.factors))
        return self.label, factors, precise(self.gradient), precise(self.difference)


@dataclass(frozen=True, eq=False)
class Card:
    """One step of the way."""

    part: Part
    title: str
    formulas: tuple[str, ...]
    meaning: str
    layer: int | None = None  # from 1
    facts: dict[str, float] = field(default_factory=dict)
    numbers: tuple[Numbers, ...] = ()
    sums: tuple[Sum, ...] = ()
    checks: tuple[Check, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain values, as `numpen explain --json` prints it."""
        plain = {key: getattr(self, key) for key in ("part", "layer", "title", "formulas", "meaning", "facts")}
        return plain | {
            "numbers": [each.as_dict() for each in self.numbers],
            "sums": [vars(each) | {"terms": [vars(term) for term in each.terms]} for each in self.sums],
            "checks": [vars(each) | {"relative_error": each.relative_error} for each in self.checks],
        }


def figures(value: float) -> str:
    """A number as it is shown: four decimals, or four figures where those would say too little or too much."""
    return f"{value:.4f}" if value == 0 or 1e-2 <= abs(value) < 1e6 else f"{value:.3e}"


def precise(value: float) -> str:
    """A number that is to be compared with another, to seven figures."""
    return f"{value:.7f}" if value == 0 or 1e-2 <= abs(value) < 1e6 else f"{value:.6e}"


def strongest(array: Array, count: int = STRONGEST) -> list[Index]:
    """The indices of the numbers furthest from zero, the furthest first; zeros are left out."""
    order = np.argsort(-np.abs(array), axis=None, kind="stable")[:count]
    places = (tuple(int(i) for i in np.unravel_index(at, array.shape)) for at in order)
    return [place for place in places if array[place] != 0]


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) + 0.0  # -0.0 becomes 0.0


def sum_of_products(
    symbol: str,
    labels: tuple[str, str],
    factors: tuple[Array, Array],
    rest: tuple[tuple[str, float], ...],
    total: float,
    count: int = STRONGEST,
) -> Sum:
    """The sum of the products of two arrays, plus the rest; the labels have an {i} where the index goes."""
    products = factors[0] * factors[1]
    shown = strongest(products, count)
    terms = tuple(
        Term(
            " · ".join(labels).format(i=", ".join(map(str, i))),
            (float(factors[0][i]), float(factors[1][i])),
            float(products[i]),
        )
        for i in shown
    )
    others = products.copy()
    for i in shown:
        others[i] = 0
    return Sum(symbol, terms, int(np.count_nonzero(others)), float(others.sum()), rest, total)
