"""Real pictures: how many of a folder's pictures of single digits `numpen predict` gets right.

The folder holds `labels.csv`, whose columns `file` and `label` say which digit each picture shows; it is
the argument, or the environment's NUMPEN_PICTURES, or the one in tests/pictures.
"""

import csv
import json
import os
from functools import partial
from pathlib import Path

import click

from benchmarks.harness import NUMPEN, ROOT, Benchmark, Row, at_least, figure, run

FOLDER = os.environ.get("NUMPEN_PICTURES", str(ROOT / "tests" / "pictures" / "single"))


def measure(quick: bool, folder: str = FOLDER) -> list[Row]:
    labels = read_labels(Path(folder) / "labels.csv")
    answers = json.loads(run(NUMPEN, "predict", "--json", *labels).output)
    right = sum(str(answer["digit"]) == labels[Path(answer["path"])] for answer in answers)
    declined = sum(answer["digit"] is None for answer in answers)
    return [
        figure("pictures", len(labels)),
        figure("declined, which counts as wrong", declined),
        at_least("right", 100 * right / len(labels), 93, "%"),
    ]


def read_labels(path: Path) -> dict[Path, str]:
    """Each picture's label."""
    with path.open(encoding="utf-8", newline="") as file:
        return {path.parent.resolve() / row["file"]: row["label"] for row in csv.DictReader(file)}


BENCHMARK = Benchmark("accuracy", __doc__, measure)


@click.command(help=__doc__)
@click.argument("folder", default=FOLDER)
def main(folder: str) -> None:
    """Answer this one question, as a program."""
    click.echo(Benchmark("accuracy", __doc__, partial(measure, folder=folder)).section(quick=False))


if __name__ == "__main__":
    main()
