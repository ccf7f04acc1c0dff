"""`numpen train`: from a recipe and a dataset to a model file."""

import time
from collections.abc import Collection
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.crew import cluster_options, team
from numpen.cli.interruption import Request
from numpen.cli.output import json_option, percent, print_json
from numpen.cli.resumed import shares_told_by, told_by
from numpen.cli.source import open_source
from numpen.errors import DivergenceError, InterruptionError, OutputError
from numpen.files import check_place
from numpen.training.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from numpen.training.checkpoint import Checkpoint
    from numpen.training.parallel import Team
    from numpen.training.trainer import Trainer
    from numpen.workers.crew import Tls

EXAMPLES = """\b
Examples:
  numpen train
  numpen train --layers 784-100-10 --activation sigmoid --epochs 30
  numpen train --layers 784-16c5s2-32c5s2-64-10 --distortions "rotate(10) elastic(34,4)" --halves
  numpen train --validation 6000 --patience 3 --out mine.numpen
  numpen train --resume mine.checkpoint
  numpen train --layers 784-2048-2048-10 --cluster tcp://127.0.0.1:8786 --sync-every 16
  numpen train --from shipped --data mine --out my-hand.numpen
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
@click.option(
    "--from",
    "start",
    type=click.Path(path_type=Path),
    metavar="MODEL",
    help="Adapt this model, or the one that is shipped, to DATA, one's own digits, while it rehearses MNIST.",
)
@click.option(
    "--rehearse",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --from: pictures of MNIST.  [default: 12,000, or 6 for each of one's own]",
)
@click.option("--no-save", is_flag=True, help="Keep nothing.")
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Write what the run can go on from beside the model; 0: after every batch.  [default: 30, after a minute]",
)
@click.option("--resume", type=click.Path(path_type=Path), metavar="CHECKPOINT", help="Go on with an interrupted run.")
@click.option("--allow-drift", is_flag=True, help="Go on even where the last bits will be others.")
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="Let N workers share every batch.")
@cluster_options
@click.option(
    "--sync-every",
    type=click.IntRange(min=1),
    metavar="K",
    help="Let each worker take K steps by itself before their weights are averaged; for slow networks.",
)
@click.option("--verbose", is_flag=True, help="Print a line for every sixtieth of an epoch: 1,000 pictures of MNIST.")
@json_option
@recipe_options
def train(
    recipe_name: str,
    data: str,
    out: Path,
    teachers: tuple[Path, ...],
    start: Path | None,
    rehearse: int | None,
    no_save: bool,
    checkpoint_every: float | None,
    resume: Path | None,
    allow_drift: bool,
    workers: int | None,
    cluster: str | None,
    tls: "Tls | None",
    sync_every: int | None,
    verbose: bool,
    as_json: bool,
    **changes: Any,
) -> None:
    """Train a network, test it, and save it.

    Every option below --json changes one thing of the recipe. The first Ctrl-C finishes the batch and saves.
    """
    changes = {key: value for key, value in changes.items() if value is not None}
    if start or rehearse:
        from numpen.cli.adapt import adapt

        adapt(start, data, None if no_save else out, rehearse, changes, as_json=as_json)
        return
    if resume:
        checkpoint, out, data, teachers = told_by(resume, changes, out, data, teachers)
        recipe = checkpoint.recipe
        workers, sync_every = shares_told_by(checkpoint, workers, sync_every)
    else:
        checkpoint, recipe = None, load_recipe(recipe_name).changed(**changes)
    if no_save and checkpoint_every is not None:
        raise OutputError("expected a model to keep checkpoints of, got --no-save: leave out --checkpoint-every")
    if not no_save:
        check_place(out)
    from numpen.cli.keeper import Keeper

    with team(workers, cluster, tls, sync_every) as who:
        trainer = _trainer(recipe, data, teachers, checkpoint, who, allow_drift=allow_drift)
        command: dict[str, Any] = {
            "data": data,
            "out": out.name,
            "teachers": [str(path.absolute()) for path in teachers],
        }
        if who:
            command |= {"workers": who.shares, "sync_every": who.sync_every}
        keeper = Keeper(trainer, None if no_save else out, checkpoint_every, command, resumed=resume)
        with keeper:
            result = _train_and_test(trainer, data, keeper.out, keeper.request, quiet=as_json, verbose=verbose)
    if as_json:
        print_json(result)
    if keeper.request.number:
        raise InterruptionError(f"interrupted when training had ended; saved {keeper.out}", keeper.request.number)


def _trainer(
    recipe: Recipe,
    data: str,
    teachers: tuple[Path, ...],
    checkpoint: "Checkpoint | None",
    who: "Team | None",
    *,
    allow_drift: bool,
) -> "Trainer":
    from numpen.models.committee import Committee
    from numpen.models.model import Model
    from numpen.training.trainer import Trainer

    teacher = Committee([Model.load(path) for path in teachers], reach=1) if teachers else None
    dataset = open_source(data, "train")
    if checkpoint:
        return checkpoint.resume(dataset, teacher, who, allow_drift=allow_drift)
    return who.trainer(recipe, dataset, teacher) if who else Trainer(recipe, dataset, teacher)


def _train_and_test(
    trainer: "Trainer", data: str, out: Path | None, request: Request, *, quiet: bool, verbose: bool
) -> dict[str, Any]:
    from numpen.cli.progress import TrainingDisplay
    from numpen.digits.sources import has_test_part
    from numpen.evaluation.metrics import evaluate
    from numpen.training.trainer import until_enough

    began, model = time.perf_counter() - trainer.position.seconds, trainer.model
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
    if has_test_part(data) and not request.number:
        test = open_source(data, "test")
        model.card["test"] = {"source": test.source, "count": len(test), "accuracy": evaluate(model, test).accuracy}
    result = _result(trainer, seconds, out)
    if not quiet:
        _print(result)
    return result


def _result(trainer: "Trainer", seconds: float, out: Path | None) -> dict[str, Any]:
    """Save the model and say what came of it, in the keys of `numpen train --json`."""
    model = trainer.model
    return {
        "model": None if out is None else str(out),
        "bytes": None if out is None else model.save(out),
        "recipe": trainer.recipe.name,
        "seed": trainer.recipe.seed,
        "parameters": model.network.theta.size,
        "epochs": [vars(epoch) for epoch in trainer.history],
        "test_accuracy": model.card.get("test", {}).get("accuracy"),
        "seconds": seconds,
    }


def _print(result: dict[str, Any]) -> None:
    click.echo(f"trained in {result['seconds']:.1f} s")
    if result["test_accuracy"] is not None:
        click.echo(f"test accuracy {percent(result['test_accuracy'])}")
    if result["model"] is not None:
        click.echo(f"saved {result['model']} ({result['bytes'] / 1000:.0f} kB)")
