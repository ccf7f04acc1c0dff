"""`numpen predict`: the digit in each picture."""

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import json_option, percent, print_json
from numpen.errors import PictureError
from numpen.files import write_atomically

if TYPE_CHECKING:
    from numpen.reading.reader import Reader

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"))

EXAMPLES = """\b
Examples:
  numpen predict photo.png
  numpen predict scans/ --csv digits.csv
  cat photo.png | numpen predict -
"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--model", "model_file", type=click.Path(path_type=Path), help="Model file; else the model that ships.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write the answers to a CSV file as well.")
@json_option
def predict(paths: tuple[str, ...], model_file: Path | None, csv_file: Path | None, as_json: bool) -> None:
    """Read the digit in each picture: files, folders with all below them, or - for standard input."""
    from numpen.models.model import Model
    from numpen.reading.reader import Reader

    reader = Reader(Model.load(model_file) if model_file else None)
    rows, failures = [], 0
    for path in list(_pictures(paths)):
        row, failed = _row(reader, path)
        rows.append(row)
        failures += failed
        if failed:
            click.echo(f"numpen: {row['reason']}", err=True)
        elif not as_json:
            click.echo(_line(row))
    if as_json:
        print_json(rows)
    if csv_file:
        write_atomically(csv_file, _csv(rows))
    if failures == len(rows):
        raise click.exceptions.Exit(2)
    if failures:
        click.echo(f"numpen: {failures} of {len(rows)} pictures could not be read", err=True)


def _pictures(paths: Iterable[str]) -> Iterator[str]:
    """Every picture file that the paths name; raises PictureError for a folder without any."""
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        found = sorted(
            str(each) for each in Path(path).rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file()
        )
        if not found:
            raise PictureError(f"expected a folder with pictures ({', '.join(sorted(SUFFIXES))}), got none in {path}")
        yield from found


def _row(reader: "Reader", path: str) -> tuple[dict[str, Any], bool]:
    """The answer for a picture, and whether it could not be read at all."""
    try:
        return {"path": path} | reader.read(sys.stdin.buffer if path == "-" else path).as_dict(), False
    except PictureError as error:
        nothing = {"digit": None, "confidence": 0.0, "probabilities": [0.0] * 10, "accepted": False}
        return {"path": path} | nothing | {"reason": str(error)}, True


def _line(row: dict[str, Any]) -> str:
    if row["digit"] is None:
        return f"{row['path']}: - ({row['reason']})"
    return f"{row['path']}: {row['digit']} ({percent(row['confidence'])})"


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["path", "digit", "confidence", "reason"])
    for row in rows:
        cells = row["path"], row["digit"], f"{row['confidence']:.6f}", row["reason"]
        writer.writerow(["" if cell is None else _harmless(str(cell)) for cell in cells])
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
