"""Pages are read on all kinds of paper and by all kinds of pens that `benchmarks.papers` makes."""

import numpy as np
import pytest
from benchmarks.papers import PAPERS, written
from benchmarks.reading import pages_right

from numpen.digits.dataset import Dataset
from numpen.reading.reader import Reader

READER = Reader()


def right(name: str, seeds: tuple[int, ...], mnist: Dataset) -> float:
    return pages_right(READER, (written(mnist, PAPERS[name], np.random.default_rng([seed, 7])) for seed in seeds))[0]


@pytest.mark.parametrize("name", PAPERS)
def test_pages_are_read_on_all_kinds_of_paper(name: str, mnist: Dataset) -> None:
    assert right(name, (3, 5), mnist) >= 90


def test_fibres_are_no_strokes(mnist: Dataset) -> None:
    assert right("packing paper", (0, 4, 6), mnist) == 100


def test_strokes_with_hardly_any_ink_are_read_if_the_page_reads_badly_without_them(mnist: Dataset) -> None:
    assert right("a pen that runs dry", tuple(range(6)), mnist) > 95
