"""`numpen predict`: the digit in each picture."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from numpen.cli import pictures
from numpen.cli.output import json_option, percent

if TYPE_CHECKING:
    from numpen.reading.batch import Row
    from numpen.workers.crew import Tls

COLUMNS = "path", "digit", "confidence", "reason"

EXAMPLES = """\b
Examples:
  numpen predict photo.png
  numpen predict scans/ --csv digits.csv --resume
  find . -name "*.jpg" | numpen predict --list - --json-lines
  cat photo.png | numpen predict -
  numpen predict scans/ --csv digits.csv --cluster tcp://127.0.0.1:8786
"""


@click.command(epilog=EXAMPLES)
@pictures.options
@json_option
def predict(
    paths: tuple[str, ...],
    listing: str | None,
    model_file: Path | None,
    threshold: float | None,
    csv_file: Path | None,
    resume: bool,
    json_lines: bool,
    workers: int | None,
    cluster: str | None,
    tls: "Tls | None",
    strict: bool,
    as_json: bool,
) -> None:
    """Read the digit in each picture: files, folders with all below them, patterns, or - for standard input.

    A picture is declined when what is drawn looks like no digit, or when no digit is likely enough.
    """
    from numpen.reading.answers import THRESHOLD
    from numpen.reading.batch import Task

    pictures.check_cluster(cluster, workers, paths)
    table = pictures.table(csv_file, COLUMNS, resume=resume)
    names = pictures.named(paths, listing, table)
    task = Task(False, model_file, THRESHOLD if threshold is None else threshold)
    rows = pictures.rows_of(names, task, workers, cluster, tls, quiet=as_json or json_lines)
    pictures.give_out(rows, table, _cells, _line, as_json=as_json, json_lines=json_lines, strict=strict)


def _cells(row: "Row") -> tuple[object, ...]:
    return row["path"], row["digit"], f"{row['confidence']:.6f}", row["reason"]


def _line(row: "Row") -> str:
    if row["digit"] is None:
        return f"{row['path']}: - ({row['reason']})"
    return f"{row['path']}: {row['digit']} ({percent(row['confidence'])})"
