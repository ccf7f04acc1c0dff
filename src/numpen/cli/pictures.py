"""What `predict` and `read` share: which pictures the words on the command line name, and where the answers go."""

import csv
import glob
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, nullcontext, suppress
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.crew import check_workers, cluster_options
from numpen.cli.output import console
from numpen.errors import OutputError, PictureError

if TYPE_CHECKING:
    from numpen.reading.batch import Row, Task
    from numpen.workers.crew import Tls

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"))
STANDARD_INPUT = "-"


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have."""
    for option in reversed(
        (
            click.argument("paths", metavar="PATH...", nargs=-1),
            click.option(
                "--list",
                "listing",
                metavar="FILE",
                help="Read the paths, one a line, from FILE or, with -, standard input.",
            ),
            click.option(
                "--model", "model_file", type=click.Path(path_type=Path), help="Model file; else the model that ships."
            ),
            click.option(
                "--threshold",
                type=click.FloatRange(0, 1),
                help="Read a digit if it is at least so likely. [default: 0.5]",
            ),
            click.option(
                "--csv",
                "csv_file",
                type=click.Path(path_type=Path),
                help="Write the answers to a CSV file as they come.",
            ),
            click.option("--resume", is_flag=True, help="Leave out the pictures that the CSV file has already."),
            click.option("--json-lines", is_flag=True, help="Print each answer as a line of JSON as it comes."),
            click.option(
                "--workers", type=click.IntRange(1, 256), help="Processes for many pictures. [default: all cores]"
            ),
            cluster_options,
            click.option("--strict", is_flag=True, help="Leave with 2 if any picture could not be read."),
        )
    ):
        command = option(command)
    return command


def table(path: Path | None, columns: tuple[str, ...], *, resume: bool) -> "Table | None":
    """The CSV file that was asked for, if any."""
    if path is None:
        if resume:
            raise click.UsageError("expected --csv FILE with --resume: the file says what is done")
        return None
    return Table(path, columns, resume=resume)


def named(paths: Iterable[str], listing: str | None, table: "Table | None") -> list[str]:
    """Every picture file that the words and the list name: files, patterns, folders with all below them, or -.

    Without those that the table has already.

    Raises PictureError for a folder or pattern without pictures, for a list that cannot be read, and for no words.
    """
    names = [*paths, *(_listed(listing) if listing else ())]
    found = [each for name in names for each in _pictures(name)]
    if not names:
        raise PictureError("expected the path of a picture, got none: name files or folders, or give --list")
    return [each for each in found if table is None or each not in table.done]


def check_cluster(cluster: str | None, workers: int | None, paths: Iterable[str]) -> None:
    """Raise click.UsageError for what does not go together with a cluster."""
    check_workers(workers, cluster)
    if cluster and STANDARD_INPUT in paths:
        raise click.UsageError("expected files for --cluster to read, got -: leave out --cluster")


def _listed(listing: str) -> list[str]:
    try:
        text = sys.stdin.read() if listing == STANDARD_INPUT else Path(listing).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PictureError(f"expected a list of paths, one a line, in {listing}, got: {error}") from error
    return [line for line in text.splitlines() if line.strip()]


def _pictures(name: str) -> list[str]:
    path = Path(name)
    if path.is_dir():
        found = sorted(str(each) for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        if not found:
            raise PictureError(f"expected a folder with pictures ({', '.join(sorted(SUFFIXES))}), got none in {name}")
        return found
    if glob.has_magic(name) and not path.exists():
        start = Path(path.anchor)
        pattern = str(path.relative_to(start))
        found = sorted(str(each) for each in start.glob(pattern) if each.is_file())
        if not found:
            raise PictureError(f"expected a pattern that fits some pictures, got {name}, which fits none")
        return found
    return [name]


def rows_of(
    names: list[str], task: "Task", workers: int | None, cluster: str | None, tls: "Tls | None", *, quiet: bool
) -> Iterator["Row"]:
    """The answers in order, as they come, with a bar on standard error where that is a terminal."""
    from numpen.reading.batch import answer_to, read_many

    rows: Iterator[Row]
    if STANDARD_INPUT in names:
        reader = task.reader()
        each = (sys.stdin.buffer if name == STANDARD_INPUT else name for name in names)
        rows = (answer_to(reader, picture, name, pages=task.pages) for name, picture in zip(names, each, strict=True))
    else:
        rows = read_many(names, task, workers, cluster, tls)
    if quiet or len(names) < 2 or not sys.stderr.isatty():
        yield from rows
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        MofNCompleteColumn(), BarColumn(), TimeRemainingColumn(), console=console(stderr=True), transient=True
    ) as bar:
        yield from bar.track(rows, total=len(names))


class Table:
    """A CSV file that grows row by row, so that what is there stays when the work is ended halfway."""

    def __init__(self, path: Path, columns: tuple[str, ...], *, resume: bool) -> None:
        """Begin the file anew, or with `resume` behind its last whole row; raises OutputError."""
        self.path, self._columns = path, columns
        self.done: set[str] = set()
        try:
            self._file = self._opened(resume)
        except OSError as error:
            raise OutputError(f"expected a place to write {path}, got: {error.strerror}") from error

    def _opened(self, resume: bool) -> BufferedIOBase:
        content, heading = self.path.read_bytes() if resume and self.path.exists() else b"", self._line(self._columns)
        if heading.startswith(content):  # nothing is there, or somebody was killed who had just begun
            begun = self.path.open("wb")
            try:
                begun.write(heading)
                begun.flush()
            except OSError:
                _let_go(begun)
                raise
            return begun
        whole = content[: content.rfind(b"\n") + 1]  # a row that was cut off is written again
        rows = list(csv.reader(io.StringIO(whole.decode("utf-8", "replace"))))
        if not rows or tuple(rows[0]) != self._columns:
            raise OutputError(
                f"expected {self.path} to begin with {','.join(self._columns)} to go on with it, got another file"
            )
        self.done = {row[0].removeprefix("'") for row in rows[1:] if row}
        file = self.path.open("r+b")
        file.truncate(len(whole))
        file.seek(len(whole))
        return file

    def write(self, cells: Iterable[Any]) -> None:
        """Add a row; raises OutputError."""
        try:
            self._file.write(self._line("" if cell is None else harmless(str(cell)) for cell in cells))
            self._file.flush()
        except OSError as error:
            raise OutputError(f"expected room to write {self.path}, got: {error.strerror}") from error

    def _line(self, cells: Iterable[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        return text.getvalue().replace("\r", " ").encode("utf-8", "replace")

    def close(self) -> None:
        """Let go of the file."""
        _let_go(self._file)


def _let_go(file: BufferedIOBase) -> None:
    with suppress(OSError):  # of what could not be written before, which has been told
        file.close()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, in one line."""
    cell = cell.replace("\n", " ")
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell


def give_out(
    rows: Iterator["Row"],
    table: Table | None,
    cells: Callable[["Row"], Iterable[Any]],
    line: Callable[["Row"], str],
    *,
    as_json: bool,
    json_lines: bool,
    strict: bool,
) -> None:
    """Print and keep the answers as they come, and say how many pictures could not be read.

    Leaves with 2 if it was all of them, or any and `strict`.
    """
    from threadpoolctl import threadpool_limits

    count = failures = 0
    kept = []
    # two threads gain nothing on products this small, and wait for each other where other programs want their cores
    with closing(table) if table else nullcontext(), threadpool_limits(1, user_api="blas"):
        for row in rows:
            count += 1
            failures += row["error"] is not None
            if table:
                table.write(cells(row))
            if as_json:
                kept.append(row)
            elif json_lines:
                click.echo(json.dumps(row))
            elif row["error"] is None:
                click.echo(line(row))
            if row["error"] is not None:
                click.echo(f"numpen: {row['error']}", err=True)
    if as_json:
        click.echo(json.dumps(kept, indent=2))
    if failures and count > 1:
        click.echo(f"numpen: {failures:,} of {count:,} pictures could not be read", err=True)
    if failures and (strict or failures == count):
        raise click.exceptions.Exit(2)
