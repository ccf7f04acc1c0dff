"""`numpen train`: from a recipe and a dataset to a model file."""

import time
from collections.abc import Collection
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import json_option, percent, print_json
from numpen.cli.source import open_source
from numpen.errors import DivergenceError, OutputError
from numpen.training.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from numpen.models.model import Model
    from numpen.training.trainer import Epoch

EXAMPLES = """\b
Examples:
  numpen train
  numpen train --layers 784-100-10 --activation sigmoid --epochs 30
  numpen train --layers 784-16c5s2-32c5s2-64-10 --distortions "rotate(10) elastic(34,4)" --halves
  numpen train --validation 6000 --patience 3 --out mine.numpen
"""


def recipe_options(command: Any, only: Collection[str] = ()) -> Any:
    """Give a command an option for every field of a recipe (or `only` these), with the field's own help and choices."""
    for each in reversed(fields(Recipe)):
        if each.name in ("name", "summary") or (only and each.name not in only):
            continue
        flag = each.name.replace("_", "-")
        kind = type(each.default)
        command = click.option(
            f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}",
            type=click.Choice(each.metadata["choices"]) if "choices" in each.metadata else kind,
            default=None,
            help=each.metadata["help"],
        )(command)
    return command


@click.command(epilog=EXAMPLES)
@click.option("--recipe", "recipe_name", default="fast", metavar="NAME|FILE", show_default=True, help="Where to start.")
@click.option("--data", default="mnist", metavar="SOURCE", show_default=True, help="Pictures to learn from.")
@click.option("--out", type=click.Path(path_type=Path), default="model.numpen", show_default=True, help="Model file.")
@click.option(
    "--teacher",
    "teachers",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="MODEL",
    help="Learn a model's answers instead of the labels; several are a committee.",
)
@click.option("--no-save", is_flag=True, help="Keep nothing.")
@click.option("--verbose", is_flag=True, help="Print a line for every sixtieth of an epoch: 1,000 pictures of MNIST.")
@json_option
@recipe_options
def train(
    recipe_name: str,
    data: str,
    out: Path,
    teachers: tuple[Path, ...],
    no_save: bool,
    verbose: bool,
    as_json: bool,
    **changes: Any,
) -> None:
    """Train a network, test it, and save it.

    Every option below --json changes one thing of the recipe.
    """
    recipe = load_recipe(recipe_name).changed(**{key: value for key, value in changes.items() if value is not None})
    if not (no_save or out.absolute().parent.is_dir()):
        raise OutputError(f"expected a folder to write {out} in, got none: make {out.parent} first")
    result = _train_and_test(recipe, data, None if no_save else out, teachers, quiet=as_json, verbose=verbose)
    if as_json:
        print_json(result)


def _train_and_test(
    recipe: Recipe, data: str, out: Path | None, teachers: tuple[Path, ...], *, quiet: bool, verbose: bool
) -> dict[str, Any]:
    from numpen.cli.progress import TrainingDisplay
    from numpen.digits.sources import has_test_part
    from numpen.evaluation.metrics import evaluate
    from numpen.models.committee import Committee
    from numpen.models.model import Model
    from numpen.training.trainer import Trainer, until_enough

    teacher = Committee([Model.load(path) for path in teachers]) if teachers else None
    trainer = Trainer(recipe, open_source(data, "train"), teacher)
    began, model = time.perf_counter(), trainer.model
    try:
        with TrainingDisplay(trainer, quiet=quiet, verbose=verbose) as display:
            for record in until_enough(trainer):
                display.show(record)
    except DivergenceError as error:
        if out is None:
            raise
        model.save(out)
        raise DivergenceError(f"{error}; the last good weights are in {out}") from error
    seconds = time.perf_counter() - began
    if has_test_part(data):
        test = open_source(data, "test")
        model.card["test"] = {"source": test.source, "count": len(test), "accuracy": evaluate(model, test).accuracy}
    result = _result(recipe, model, display.epochs, seconds, out)
    if not quiet:
        _print(result)
    return result


def _result(recipe: Recipe, model: "Model", epochs: list["Epoch"], seconds: float, out: Path | None) -> dict[str, Any]:
    """Save the model and say what came of it, in the keys of `numpen train --json`."""
    return {
        "model": None if out is None else str(out),
        "bytes": None if out is None else model.save(out),
        "recipe": recipe.name,
        "seed": recipe.seed,
        "parameters": model.network.theta.size,
        "epochs": [vars(epoch) for epoch in epochs],
        "test_accuracy": model.card.get("test", {}).get("accuracy"),
        "seconds": seconds,
    }


def _print(result: dict[str, Any]) -> None:
    click.echo(f"trained in {result['seconds']:.1f} s")
    if result["test_accuracy"] is not None:
        click.echo(f"test accuracy {percent(result['test_accuracy'])}")
    if result["model"] is not None:
        click.echo(f"saved {result['model']} ({result['bytes'] / 1000:.0f} kB)")
