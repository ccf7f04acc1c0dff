"""Many mutated files of every dataset format: `python -m tests.long.mutate_datasets [CSV [EACH OTHER [SEED]]]`."""

import sys
import tempfile
import time
from pathlib import Path

from numpen.digits.mnist import load_mnist
from tests.digits.mutations import survive


def main(csv: int = 50_000, other: int = 20_000, seed: int = 0) -> None:
    counts = {"csv": csv, **dict.fromkeys(("idx", "npz", "parquet", "pickled", "pictures"), other)}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for outcome, count in sorted(survive(load_mnist("test"), Path(folder) / "files", counts, seed).items()):
            print(f"{outcome:20}{count:>8,}")
    print(f"seed {seed}, {time.perf_counter() - began:.0f} s, nothing came out but datasets and numpen's own errors")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
