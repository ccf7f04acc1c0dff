"""Ten thousand pictures of which some are broken: each has its row, the broken ones their reason.

python -m tests.long.many_pictures --pictures 10000 --broken 137
"""

import argparse
import csv
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from numpen.digits.mnist import load_mnist
from tests.cli.process import run


def written(folder: Path, count: int, broken: int) -> set[str]:
    """So many PNGs of test digits, dark on light, of several sizes; the names of those that are broken."""
    rng = np.random.default_rng(0)
    test = load_mnist("test").images
    bad = set(rng.choice(count, broken, replace=False).tolist())
    names = set()
    for number in range(count):
        path = folder / f"{number:05d}.png"
        side = int(rng.integers(28, 100))
        Image.fromarray(255 - test[number % len(test)]).resize((side, side)).save(path)
        if number in bad:
            content = path.read_bytes()
            path.write_bytes((content[: len(content) // 2], b"", b"no picture")[number % 3])
            names.add(str(path))
    return names


def check(folder: Path, count: int, broken: int) -> float:
    """Read a folder of them into a table twice, the second time strictly; the seconds that the first took."""
    (pictures := folder / "pictures").mkdir()
    bad = written(pictures, count, broken)
    began = time.monotonic()
    done = run("predict", pictures, "--csv", folder / "out.csv", timeout=1200)
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr[-300:]
    assert f"numpen: {broken:,} of {count:,} pictures could not be read" in done.stderr
    header, *rows = csv.reader((folder / "out.csv").read_text("utf-8").splitlines())
    assert len(rows) == count and [row[0] for row in rows] == sorted(row[0] for row in rows)
    failed = {row[0]: row[header.index("reason")] for row in rows if row[header.index("reason")].startswith("expected")}
    assert failed.keys() == bad and all(row[1] == "" for row in rows if row[0] in bad)
    assert run("predict", pictures, "--csv", folder / "again.csv", "--strict", timeout=1200).returncode == 2
    assert (folder / "out.csv").read_bytes() == (folder / "again.csv").read_bytes()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--broken", type=int, default=137)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = check(Path(folder), arguments.pictures, arguments.broken)
    whole = arguments.pictures - arguments.broken
    print(
        f"{whole:,} pictures read, {arguments.broken:,} rows with a reason, in {seconds:.1f} s; --strict leaves with 2"
    )


if __name__ == "__main__":
    main()
