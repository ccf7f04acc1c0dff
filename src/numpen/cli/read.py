"""`numpen read`: the numbers in each picture, line by line."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numpen.cli import pictures
from numpen.cli.output import json_option, percent
from numpen.errors import OutputError
from numpen.files import write_atomically

if TYPE_CHECKING:
    from PIL import Image

    from numpen.reading.batch import Row, Task
    from numpen.workers.crew import Tls

COLUMNS = "path", "text", "confidence", "error"

EXAMPLES = """\b
Examples:
  numpen read page.jpg
  numpen read page.jpg --overlay seen/
  numpen read page.jpg --explain
  numpen read scans/ --csv numbers.csv --resume
  numpen read scans/ --csv numbers.csv --cluster tcp://127.0.0.1:8786
"""


@click.command(epilog=EXAMPLES)
@pictures.options
@click.option(
    "--overlay", type=click.Path(path_type=Path), help="Write each picture to this folder, with what was read where."
)
@click.option(
    "--explain", is_flag=True, help="Show the stages each picture went through; with --overlay, write them too."
)
@json_option
def read(
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
    overlay: Path | None,
    explain: bool,
    as_json: bool,
) -> None:
    """Read the lines of digits in each picture: files, folders with all below them, patterns, or -.

    Words, signs and drawings are left out; a digit that is not sure enough is a question mark.
    """
    from numpen.reading.answers import THRESHOLD
    from numpen.reading.batch import Task

    pictures.check_cluster(cluster, workers, paths)
    table = pictures.table(csv_file, COLUMNS, resume=resume)
    names = pictures.named(paths, listing, table)
    task = Task(True, model_file, THRESHOLD if threshold is None else threshold)
    quiet = as_json or json_lines
    if cluster and (overlay or explain):
        raise click.UsageError("expected --overlay and --explain without --cluster, got both: what is seen stays here")
    if overlay or explain:
        rows = _looked_at(names, task, overlay, explain and not quiet)
    else:
        rows = pictures.rows_of(names, task, workers, cluster, tls, quiet=quiet)
    pictures.give_out(rows, table, _cells, _line, as_json=as_json, json_lines=json_lines, strict=strict)


def _cells(row: "Row") -> tuple[object, ...]:
    return row["path"], row["text"].replace("\n", " | "), f"{_confidence(row):.6f}", row["error"]


def _line(row: "Row") -> str:
    if not row["lines"]:
        return f"{row['path']}: - (no digits found)"
    texts = [f"{line['text']} ({percent(line['confidence'])})" for line in row["lines"]]
    return (
        "\n".join((f"{row['path']}:", *(f"  {text}" for text in texts)))
        if len(texts) > 1
        else f"{row['path']}: {texts[0]}"
    )


def _confidence(row: "Row") -> float:
    return min((line["confidence"] for line in row["lines"]), default=0.0)


def _looked_at(names: list[str], task: "Task", folder: Path | None, shown: bool) -> Iterator["Row"]:
    """The answers one by one, with what was seen written to a folder or shown."""
    from numpen.errors import PictureError
    from numpen.reading import batch, sight

    reader = task.reader()
    for number, name in enumerate(names):
        picture = sys.stdin.buffer.read() if name == pictures.STANDARD_INPUT else name
        try:
            page = reader.read_page(picture)
        except PictureError:
            yield batch.answer_to(reader, picture, name, pages=True)
            continue
        stem = "standard-input" if name == pictures.STANDARD_INPUT else Path(name).stem
        if len(names) > 1:
            stem = f"{number + 1:04d}-{stem}"  # two folders may hold pictures of one name
        if folder:
            _write(sight.overlay(picture, page), folder / f"{stem}.png")
            if shown:
                _write(sight.strip(page), folder / f"{stem}-stages.png")
        if shown:
            _show(sight.strip(page))
        yield {"path": name, **page.as_dict(), "error": None}


def _write(image: "Image.Image", path: Path) -> None:
    png = io.BytesIO()
    image.save(png, "PNG")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"expected a folder to write to, got {path.parent}: {error.strerror}") from error
    write_atomically(path, png.getvalue())


def _show(image: "Image.Image") -> None:
    import shutil

    import numpy as np

    from numpen.cli import draw

    width = 2 * min(shutil.get_terminal_size().columns, 160)
    small = image.convert("RGB").resize((width, max(4, image.height * width // image.width)))
    click.echo(draw.half_blocks(np.asarray(small), colour=sys.stdout.isatty()))
