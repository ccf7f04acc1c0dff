"""`numpen correct`: pictures with their right labels, kept as a dataset of one's own."""

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli import pictures
from numpen.cli.output import json_option, percent, print_json
from numpen.errors import DataError, NumpenError

if TYPE_CHECKING:
    from numpen.reading.correction import Found
    from numpen.reading.reader import Reader

EXAMPLES = """\b
Examples:
  numpen correct photo.png 7
  numpen correct 7 sevens/ --into mine
  numpen correct page.jpg --is "0417|23"
  numpen correct page.jpg
  numpen train --from shipped --data mine --out my-hand.numpen
"""

QUESTION = "What is it? Enter: as read; | between lines; ? for what is no digit; quit to stop: "


@click.command(epilog=EXAMPLES)
@click.argument("words", metavar="PICTURE... [DIGIT]", nargs=-1, required=True)
@click.option("--is", "text", metavar="TEXT", help="What a page says: digits, | between lines, ? for what is no digit.")
@click.option(
    "--into", "folder", type=click.Path(path_type=Path), default="mine", show_default=True, help="Where they are kept."
)
@click.option(
    "--model", "model_file", type=click.Path(path_type=Path), help="Model that reads; else the model that ships."
)
@json_option
def correct(words: tuple[str, ...], text: str | None, folder: Path, model_file: Path | None, as_json: bool) -> None:
    """Keep pictures with their right labels, as the network sees them, to train with.

    DIGIT is what every picture shows. Without it, and without --is, each picture is read and you are asked.
    """
    from numpen.digits.own_digits import check_folder
    from numpen.reading.batch import Task

    names, text = _question(words, text)
    check_folder(folder)
    reader, rows = Task(model_file=model_file).reader(), list[dict[str, Any]]()
    for name in names:
        try:
            kept = _told(reader, name, text, folder) if text else _asked(reader, name, folder)
        except NumpenError as error:
            click.echo(f"numpen: {error}", err=True)
            rows.append({"path": name, "kept": [], "error": str(error)})
            continue
        if kept is None:
            break
        rows.append({"path": name, "kept": kept, "error": None})
        if not as_json:
            click.echo(_line(name, kept, folder))
    if as_json:
        print_json(rows)
    if any(row["error"] for row in rows):
        raise click.exceptions.Exit(2)


def _question(words: tuple[str, ...], text: str | None) -> tuple[list[str], str | None]:
    """The pictures, and what they are said to show, if it was said; raises UsageError, PictureError or DataError."""
    from numpen.reading.correction import lines_of

    if text is None and (digits := [word for word in (words[0], words[-1]) if re.fullmatch("[0-9]", word)]):
        text, words = digits[0], words[1:] if words[0] == digits[0] else words[:-1]
        if len(digits) > 1:
            raise click.UsageError("expected pictures and one digit, first or last: a picture of that name is ./7")
    names = pictures.named(words, None, None)
    if text is None and pictures.STANDARD_INPUT in names:
        raise click.UsageError("expected DIGIT or --is TEXT with -, got none: your answers come from standard input")
    if text is not None and len("".join(lines_of(text))) > 1 and len(names) > 1:
        raise click.UsageError(f"expected one page with --is, got {len(names)} pictures: correct one at a time")
    return names, text


def _told(reader: "Reader", name: str, text: str, folder: Path) -> list[dict[str, Any]]:
    """What was kept of a picture of which it was said what it shows."""
    from numpen.reading import correction

    picture = sys.stdin.buffer.read() if name == pictures.STANDARD_INPUT else name
    is_digit = len(text.strip()) == 1
    found = (correction.found_digit if is_digit else correction.found_digits)(reader, picture, name)
    return _kept(correction.paired(found, text, name), folder)


def _asked(reader: "Reader", name: str, folder: Path) -> list[dict[str, Any]] | None:
    """What was kept of a picture when a person has been asked what it shows; None: they want to stop.

    Somebody at a terminal is asked again until it fits what was found; of a list of answers each is for one picture.
    """
    from numpen.reading import correction

    found = correction.found_digits(reader, name, name)
    if sum(map(len, found)) < 2:  # one digit is looked at more closely
        found = correction.found_digit(reader, name, name)
    _show(found, name)
    while answer := _answer():
        try:
            pairs = correction.paired(found, answer.strip() or correction.text_of(found), name)
        except DataError as error:
            if not sys.stdin.isatty():
                raise
            click.echo(f"numpen: {error}", err=True)
        else:
            return _kept(pairs, folder)
    return None


def _answer() -> str | None:
    """A line of what a person, or a list, says; None to stop."""
    if sys.stdin.isatty():
        click.echo(QUESTION, nl=False, err=True)
    line = sys.stdin.readline()
    return None if line.strip().lower() in ("quit", "q") else line


def _show(found: "list[list[Found]]", name: str) -> None:
    """What a picture was read as and, on a terminal, the digits as the network sees them."""
    import numpy as np

    from numpen.cli import draw
    from numpen.reading.correction import text_of

    click.echo(f"{name}: {text_of(found)}", err=True)
    across = draw.fitting(shutil.get_terminal_size().columns)
    for some in (line[start : start + across] for line in found for start in range(0, len(line), across)):
        captions = [[f"{text_of([[each]])} ({percent(each.confidence)})"] for each in some]
        if sys.stderr.isatty():
            click.echo(draw.captioned(np.stack([each.frame for each in some]), captions, colour=True), err=True)


def _kept(pairs: "list[tuple[Found, int]]", folder: Path) -> list[dict[str, Any]]:
    """Keep each digit as what it is; what `--json` says of it."""
    from numpen.digits.own_digits import keep

    return [
        {"digit": digit, "read": each.read, "confidence": each.confidence, "file": str(keep(folder, each.frame, digit))}
        for each, digit in pairs
    ]


def _line(name: str, kept: list[dict[str, Any]], folder: Path) -> str:
    wrong = sum(each["read"] != each["digit"] for each in kept)
    if len(kept) == 1:
        read = (
            "not read" if kept[0]["read"] is None else f"read as {kept[0]['read']} ({percent(kept[0]['confidence'])})"
        )
        return f"{name}: {kept[0]['digit']}, {read}; kept in {folder}"
    return f"{name}: {len(kept)} digits kept in {folder}, {wrong} of them not read right"
