"""`numpen import`: weights that another program saved, into a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import json_option, percent, print_json
from numpen.errors import OutputError
from numpen.files import check_place

if TYPE_CHECKING:
    from numpen.models.foreign.importing import Imported

EXAMPLES = """\b
Examples:
  numpen import weights.pkl biases.pkl theirs.numpen
  numpen import folder-of-csv/ theirs.numpen
  numpen import network2.json theirs.numpen --biases added --pixel-divisor 256
"""


@click.command("import", epilog=EXAMPLES)
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.argument("model_file", metavar="MODEL", type=click.Path(path_type=Path))
@click.option("--matrices", type=click.Choice(["in-out", "out-in"]), help="z = xW, or z = Wx.")
@click.option("--biases", type=click.Choice(["added", "subtracted"]), help="z = Wx + b, or z = Wx - b.")
@click.option(
    "--activation",
    type=click.Choice(["sigmoid", "tanh", "relu", "leaky-relu", "elu"]),
    help="What bends the hidden layers.",
)
@click.option("--pixel-divisor", type=float, metavar="NUMBER", help="What pixels, 0 to 255, are divided by.")
@click.option(
    "--output", type=click.Choice(["softmax", "sigmoid"]), help="What makes answers of the last layer's sums."
)
@json_option
def import_(sources: tuple[Path, ...], model_file: Path, as_json: bool, **given: Any) -> None:
    """Make a model of weights that another program saved: npz, npy, CSV, JSON, safetensors, pickles.

    SOURCE is a file, the files one after the other, or the folder that holds them. What no option says is
    found: the conventions that fit are tried on 2,000 of MNIST's training pictures.
    """
    from numpen.digits.mnist import load_mnist
    from numpen.evaluation.metrics import evaluate
    from numpen.models.foreign.importing import import_weights
    from numpen.models.foreign.sources import SUFFIXES

    if model_file.suffix.lower() in SUFFIXES or model_file.is_dir():  # a source, and the model was forgotten
        raise OutputError(f"expected the model to write (theirs.numpen, say) as the last word, got {model_file}")
    check_place(model_file)
    imported = import_weights(list(sources), load_mnist("train"), **given)
    model, test = imported.model, load_mnist("test")
    model.card["test"] = {
        "source": test.source,
        "count": len(test),
        "accuracy": evaluate(model, test).accuracy,
    }
    size = model.save(model_file)
    if as_json:
        print_json(_facts(imported) | {"path": str(model_file), "bytes": size})
    else:
        _print(imported)
        click.echo(f"saved {model_file} ({size / 1000:.0f} kB)")


def _facts(imported: "Imported") -> dict[str, Any]:
    network = imported.model.network
    return {
        "parameters": network.theta.size,
        "layers": _layers(imported),
        "convention": [vars(each) for each in imported.findings],
        "sample_accuracy": imported.accuracy,
        "sample_count": imported.count,
        "test_accuracy": imported.model.card["test"]["accuracy"],
        "not_used": list(imported.aside),
    }


def _layers(imported: "Imported") -> str:
    weights = [tensors["W"].shape for layer in imported.model.network.layers if "W" in (tensors := layer.tensors())]
    return "-".join(map(str, (weights[0][0], *(outputs for _, outputs in weights))))


def _print(imported: "Imported") -> None:
    facts = _facts(imported)
    click.echo(f"{'layers':15}{facts['layers']}")
    for each in imported.findings:
        words = f"{each.sure}: {each.reason}" if each.reason else each.sure
        click.echo(f"{each.part.replace('_', ' '):15}{each.value!s:12}{words}")
    if imported.aside:
        click.echo(f"{'not used':15}{', '.join(imported.aside)}")
    click.echo(f"{percent(imported.accuracy)} right of {imported.count:,} training pictures")
    click.echo(f"test accuracy {percent(facts['test_accuracy'])}")
