"""How quickly a CSV of MNIST's 60,000 training pictures is read, beside pandas, which has to be installed.

Both take the same file, label first with a header, to whole numbers of a byte; numpen also finds out what the file is
and checks every value.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.harness import Benchmark, Row, in_turn, ratio, spread
from numpen.digits.mnist import load_mnist
from numpen.digits.sources import load_source


def measure(quick: bool) -> list[Row]:
    """The two in turn, after each other's answers were found to be the same."""
    import pandas as pd

    train = load_mnist("train")
    columns = ["label", *(f"pixel{number}" for number in range(784))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.csv"
        whole = np.column_stack([train.labels, train.images.reshape(-1, 784)])
        pd.DataFrame(whole, columns=columns).to_csv(path, index=False)
        read = load_source(str(path), "train")
        assert np.array_equal(np.column_stack([read.labels, read.images.reshape(-1, 784)]), pd.read_csv(path))
        seconds = in_turn(
            {
                "numpen": lambda number: _timed(lambda: load_source(str(path), "train")),
                "pandas": lambda number: _timed(lambda: pd.read_csv(path, dtype=np.uint8)),
            },
            2 if quick else 7,
        )
    return [
        spread("numpen", seconds["numpen"], "s"),
        spread("pandas", seconds["pandas"], "s"),
        ratio("numpen / pandas", seconds["numpen"], seconds["pandas"], 1),
    ]


def _timed(read: Callable[[], object]) -> float:
    began = time.perf_counter()
    read()
    return time.perf_counter() - began


BENCHMARK = Benchmark("tables", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
