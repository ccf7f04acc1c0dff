"""`numpen info`: the card of a model, the state of a checkpoint, or the facts of a dataset."""

from pathlib import Path
from typing import Any

import click

from numpen.cli.output import json_option, print_json
from numpen.cli.source import open_source
from numpen.errors import on_one_line

DEEPEST = 40  # spaces before what lies in one another

EXAMPLES = """\b
Examples:
  numpen info model.numpen
  numpen info model.checkpoint
  numpen info mnist:test --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", metavar="FILE")
@json_option
def info(file: str, as_json: bool) -> None:
    """Say what a model file, a checkpoint or a dataset is."""
    facts = _dataset_facts(file) if is_dataset(file) else _file_facts(Path(file))
    if as_json:
        print_json(facts)
    else:
        _print(facts)


def is_dataset(source: str) -> bool:
    """Whether it is a SOURCE of labelled pictures rather than a model file."""
    from numpen.digits.sources import is_source

    return is_source(source)


def _file_facts(path: Path) -> dict[str, Any]:
    from numpen.training.checkpoint import is_checkpoint

    return _checkpoint_facts(path) if is_checkpoint(path) else _model_facts(path)


def _checkpoint_facts(path: Path) -> dict[str, Any]:
    from numpen.training.checkpoint import Checkpoint

    checkpoint = Checkpoint.load(path)
    recipe, now, history = checkpoint.recipe, checkpoint.state.numbers["position"], checkpoint.state.arrays["history"]
    return {
        "checkpoint": str(path),
        "bytes": path.stat().st_size,
        "epoch": min(now["epoch"], recipe.epochs),
        "epochs": recipe.epochs,
        "pictures_of_epoch": now["row"],
        "steps": checkpoint.state.numbers["steps"],
        "seconds": now["seconds"],
        "train_loss": float(history[-1, 0]) if len(history) else None,
        "best_validation_accuracy": now["best_accuracy"] if now["best_epoch"] else None,
        "goes_on_to_the_same_bits_here": not checkpoint.drift(),
        "data": checkpoint.data,
        "machine": checkpoint.machine,
        "command": checkpoint.command,
        "recipe": recipe.as_dict(),
    }


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
    width = max(map(len, facts), default=0) + 2
    for key, value in facts.items():
        name = on_one_line(key)
        if isinstance(value, dict) and len(indent) < DEEPEST:
            click.echo(f"{indent}{name}")
            _print(value, indent + "  ")
        else:
            click.echo(f"{indent}{name:{width}}{on_one_line(_shown(value))}")


def _shown(value: Any) -> str:
    """A value on one line; of a table only how long it is."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return f"{len(value)} rows, see --json"
    return " · ".join(str(each) for each in value) if isinstance(value, list) else str(value)
