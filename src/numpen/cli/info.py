"""`numpen info`: the card of a model, or the facts of a dataset."""

from pathlib import Path
from typing import Any

import click

from numpen.cli.output import json_option, print_json
from numpen.cli.source import open_source

EXAMPLES = """\b
Examples:
  numpen info model.numpen
  numpen info mnist:test --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", metavar="FILE")
@json_option
def info(file: str, as_json: bool) -> None:
    """Say what a model file or a dataset is."""
    facts = _dataset_facts(file) if is_dataset(file) else _model_facts(Path(file))
    if as_json:
        print_json(facts)
    else:
        _print(facts)


def is_dataset(source: str) -> bool:
    """Whether it is a SOURCE of labelled pictures rather than a model file."""
    from numpen.digits.sources import is_source

    return is_source(source)


def _model_facts(path: Path) -> dict[str, Any]:
    from numpen.models.model import Model

    model = Model.load(path)
    return {
        "model": str(path),
        "bytes": path.stat().st_size,
        "parameters": model.network.theta.size,
        "layers": [" ".join(str(value) for value in spec.values()) for spec in model.network.specs()],
        "pixel_divisor": model.pixel_divisor,
    } | model.card


def _dataset_facts(source: str) -> dict[str, Any]:
    from numpen.digits.sources import has_test_part

    dataset = open_source(source, "train")
    return {
        "dataset": dataset.source,
        "found": dataset.found,
        "count": len(dataset),
        "per_digit": [int(count) for count in dataset.counts()],
        "writers": None if dataset.writers is None else len(set(dataset.writers.tolist())),
        "test_part": has_test_part(source),
        "sha256": dataset.checksum,
    }


def _print(facts: dict[str, Any], indent: str = "") -> None:
    width = max(len(key) for key in facts) + 2
    for key, value in facts.items():
        if isinstance(value, dict):
            click.echo(f"{indent}{key}")
            _print(value, indent + "  ")
        else:
            shown = " · ".join(str(each) for each in value) if isinstance(value, list) else value
            click.echo(f"{indent}{key:{width}}{shown}")
