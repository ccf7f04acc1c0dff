"""`numpen train --from MODEL --data mine`: a network learns one's own hand while it rehearses MNIST."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from numpen.cli.output import console, percent, print_json
from numpen.cli.source import open_source
from numpen.errors import DataError, OutputError, RecipeError
from numpen.files import check_place

if TYPE_CHECKING:
    from numpen.digits.dataset import Dataset
    from numpen.models.model import Model
    from numpen.training.adaptation import Judgement, Plan

TOGETHER = {"start", "data", "out", "rehearse", "no_save", "as_json", "seed", "learning_rate"}  # what goes with --from


def adapt(
    start: Path | None, data: str, out: Path | None, rehearse: int | None, changes: dict[str, Any], *, as_json: bool
) -> None:
    """Adapt the model in a file, and say how well it reads before and after: one's own digits, and MNIST's test set."""
    _check(start, data, out)
    from numpen.models.model import Model
    from numpen.reading.reader import SHIPPED
    from numpen.training.adaptation import Plan

    model = Model.load(SHIPPED if str(start) == "shipped" else str(start))
    own = open_source(data, "train")
    plan = Plan(rehearse, **changes)
    if not as_json:
        looked = f"rehearsing {plan.rehearsed(len(own)):,} of MNIST's"
        click.echo(f"adapting {start} to {len(own):,} digits of {data}, {looked}")
    result, adapted = _adapted(model, own, plan)
    size = adapted.save(out) if out else None
    if as_json:
        print_json(result | {"model": None if out is None else str(out), "bytes": size})
        return
    _print(result)
    if out and size:
        click.echo(f"saved {out} ({size / 1000:.0f} kB)")


def _check(start: Path | None, data: str, out: Path | None) -> None:
    """Raise one of numpen's errors unless the command line makes sense with --from."""
    context = click.get_current_context()
    told = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if start is None:
        raise RecipeError("expected --from MODEL with --rehearse, got none: name the model that rehearses")
    flags = {each.name: max(each.opts, key=len) for each in context.command.params}
    if others := sorted(flags[name] for name in told - TOGETHER):
        raise RecipeError(
            f"expected a network that stays what it is with --from, got {', '.join(others)}: leave it out"
        )
    if data.partition(":")[0] == "mnist":
        raise DataError(f"expected one's own digits with --from, got --data {data}, which is rehearsed anyway")
    if out:
        check_place(out)
    if out and "out" not in told and out.resolve() == start.resolve():
        raise OutputError(f"expected --out, got none: {start} is what is begun with, and would be written over")


def _adapted(model: "Model", own: "Dataset", plan: "Plan") -> "tuple[dict[str, Any], Model]":
    """What `--json` says of it, but for the file, and the adapted model, whose card says it, too."""
    from numpen.digits.mnist import load_mnist
    from numpen.evaluation.metrics import evaluate
    from numpen.training.adaptation import adapt_and_judge

    began, test = time.perf_counter(), load_mnist("test")
    with console(stderr=True).status("adapting"):
        adapted, judgement = adapt_and_judge(model, own, load_mnist("train"), plan)
    seconds = time.perf_counter() - began
    before, after = (evaluate(each, test).accuracy for each in (model, adapted))
    adapted.card["test"] = {"source": test.source, "count": len(test), "accuracy": after}
    adapted.card["adapted"]["own"] = vars(judgement) if judgement else None
    return {
        "parameters": adapted.network.theta.size,
        "seed": plan.seed,
        "own": _facts(own, judgement),
        "mnist_test": {"count": len(test), "before": before, "after": after},
        "test_accuracy": after,
        "seconds": seconds,
    }, adapted


def _facts(own: "Dataset", judgement: "Judgement | None") -> dict[str, Any]:
    judged = {
        "judged": judgement.way if judgement else None,
        "judged_count": judgement.count if judgement else 0,
        "before": judgement.before / judgement.count if judgement else None,
        "after": judgement.after / judgement.count if judgement else None,
    }
    return {"count": len(own), **judged}


def _print(result: dict[str, Any]) -> None:
    own, mnist = result["own"], result["mnist_test"]
    click.echo(f"adapted in {result['seconds']:.1f} s")
    if own["judged"]:
        how = {
            "held out": "held out, never learnt from",
            "cross-validated": "each judged by a network that had not seen it",
        }[own["judged"]]
        before, after = (percent(own[key]) for key in ("before", "after"))
        click.echo(f"your digits  {before} right before, {after} after ({own['judged_count']:,}, {how})")
    else:
        click.echo("your digits  too few to say how well they are read: ten is the least")
    click.echo(f"MNIST test   {percent(mnist['before'])} right before, {percent(mnist['after'])} after")
