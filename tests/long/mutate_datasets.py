"""Many mutated files of every dataset format: `python -m tests.long.mutate_datasets [FORMAT=COUNT...] [seed=N]`."""

import sys
import tempfile
import time
from pathlib import Path

from numpen.digits.mnist import load_mnist
from tests.digits.mutations import survive

COUNTS = {"csv": 50_000, **dict.fromkeys(("idx", "npz", "parquet", "pickled", "pictures"), 20_000)}


def main(asked: dict[str, int]) -> None:
    seed = asked.pop("seed", 0)
    dataset = load_mnist("test")
    for form, count in (asked or COUNTS).items():
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            outcomes = survive(dataset, Path(folder) / "files", dict.fromkeys(COUNTS, 0) | {form: count}, seed)
        read, refused = outcomes[f"{form} read"], outcomes[f"{form} refused"]
        seconds = time.perf_counter() - began
        print(
            f"{form:10}{read:>7,} read, {refused:>7,} refused, nothing else, seed {seed}, {seconds:.0f} s", flush=True
        )


if __name__ == "__main__":
    main({name: int(count) for name, count in (each.split("=") for each in sys.argv[1:])})
