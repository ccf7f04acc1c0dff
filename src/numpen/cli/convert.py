"""`numpen convert`: labelled pictures from any format into any other."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import json_option, print_json
from numpen.cli.source import open_source

if TYPE_CHECKING:
    from numpen.digits.dataset import Dataset
    from numpen.digits.formats.parts import Part
    from numpen.digits.recognition import Format
    from numpen.digits.targets import TargetFormat

SOURCE_FORMATS = ("idx", "csv", "pictures", "npz", "pickled", "parquet")
TARGET_FORMATS = ("idx", "idx.gz", "csv", "pictures", "npz", "parquet")

EXAMPLES = """\b
Examples:
  numpen convert mnist:test digits.csv
  numpen convert scans/ scans.npz
  numpen convert mnist digits --to pictures
"""


@click.command(epilog=EXAMPLES)
@click.argument("source")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(SOURCE_FORMATS), help="Of the source; else told from its content.")
@click.option("--to", type=click.Choice(TARGET_FORMATS), help="Of the target; else told from its name.")
@click.option("--part", type=click.Choice(["train", "test"]), help="Only this part of a source that has both.")
@click.option("--as-is", is_flag=True, help="Take pictures as they are; they must be of 28x28 pixels.")
@json_option
def convert(
    source: str,
    target: Path,
    form: "Format | None",
    to: "TargetFormat | None",
    part: "Part | None",
    as_is: bool,
    as_json: bool,
) -> None:
    """Read labelled pictures in any format and write them in another.

    A part to train and a part to test both go along. Formats of files: csv, npz, parquet; of folders: idx,
    idx.gz, pictures, csv, parquet. Pickles are read only.
    """
    from numpen.digits.sources import has_test_part
    from numpen.digits.targets import check_target, target_format, write_target

    to = to or target_format(target)
    both = has_test_part(source, form)
    wanted: list[Part] = [part] if part else ["train", "test"] if both else ["test" if _is_test(source) else "train"]
    check_target(target, to, len(wanted))
    parts = {each: open_source(source, each, form, as_is=as_is) for each in wanted}
    write_target(parts, target, to)
    result = {
        "path": str(target),
        "format": to,
        "bytes": _size(target),
        "count": sum(map(len, parts.values())),
        "parts": [_facts(each, dataset, to) for each, dataset in parts.items()],
    }
    if as_json:
        print_json(result)
    else:
        _print(result)


def _is_test(source: str) -> bool:
    return source == "mnist:test"


def _facts(part: str, dataset: "Dataset", to: str) -> dict[str, Any]:
    return {
        "part": part,
        "found": dataset.found,
        "count": len(dataset),
        "per_digit": [int(count) for count in dataset.counts()],
        "sha256": dataset.checksum,
        "writers_lost": dataset.writers is not None and to not in ("idx", "idx.gz"),
    }


def _size(target: Path) -> int:
    files = target.rglob("*") if target.is_dir() else [target]
    return sum(path.stat().st_size for path in files if path.is_file())


def _print(result: dict[str, Any]) -> None:
    for part in result["parts"]:
        counts = " ".join(f"{digit}:{count}" for digit, count in enumerate(part["per_digit"]))
        name = f"{part['part']}: " if len(result["parts"]) > 1 else ""
        click.echo(f"{name}{part['count']:,} pictures ({counts})")
        click.echo(f"  read as {part['found']}")
        click.echo(f"  sha256 {part['sha256']}")
        if part["writers_lost"]:
            click.echo(f"  who wrote each picture is left out: {result['format']} has no place for it")
    click.echo(f"saved {result['path']} as {result['format']} ({result['bytes'] / 1000:,.0f} kB)")
