"""Digits cut out of pages: none at the border is lost, nothing that stood around them is read."""

import numpy as np
import pytest
from benchmarks.strips import STRIPS, cut_out

import numpen
from numpen.digits.dataset import Dataset

SEEDS = {  # a 7 whose bar lies along the border, a 1 in the corner; an 8 on the line; sides of a box that look like 1s
    "cut out tightly": (1, 5, 16, 58),
    "underlined": (5, 26, 32),
    "in a box": (2, 5, 9, 36, 95, 98, 99),
    "in a box, on old paper": (20, 33),
    "below another row": (20, 52),
}


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind, seeds in SEEDS.items() for seed in seeds])
def test_a_strip_is_read_as_it_was_written(kind: str, seed: int, mnist: Dataset) -> None:
    picture, text = cut_out(mnist, STRIPS[kind], np.random.default_rng([seed, 31]))
    assert numpen.Reader().read_page(picture).text == text


ALONE = {  # much ink on little paper, a line through a foot, a box
    "cut out tightly": (32, 34, 56, 58),
    "cut out tightly, on old paper": (2, 9, 16, 25),
    "underlined": (4, 6, 32, 35, 36, 74),
    "in a box": (6, 31, 32, 34),
    "in a box, on old paper": (31, 52, 56, 58),
}


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind, seeds in ALONE.items() for seed in seeds])
def test_a_digit_alone_is_read_as_it_was_written(kind: str, seed: int, mnist: Dataset) -> None:
    picture, text = cut_out(mnist, STRIPS[kind], np.random.default_rng([seed, 33]), alone=True)
    assert str(numpen.Reader().read(picture).digit) == text
