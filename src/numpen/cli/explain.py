"""`numpen explain`: one picture through every layer and back, with the numbers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numpen.cli.output import json_option, print_json
from numpen.errors import PictureError
from numpen.files import check_place, write_atomically

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numpen.models.model import Model

EXAMPLES = """\b
Examples:
  numpen explain model.numpen photo.png
  numpen explain model.numpen --index 247 --report why.html
  numpen explain model.numpen --index 247 --layer 3 --neuron 12
"""


@click.command(epilog=EXAMPLES)
@click.argument("model_file", metavar="MODEL", type=click.Path(path_type=Path))
@click.argument("picture", metavar="[PICTURE]", required=False)
@click.option("--index", type=click.IntRange(0, 9999), metavar="N", help="Test picture N of MNIST, with its truth.")
@click.option("--label", type=click.IntRange(0, 9), metavar="D", help="What PICTURE shows; else the answer is taken.")
@click.option("--layer", type=int, metavar="L", help="Only this layer, from 1.")
@click.option("--neuron", type=int, metavar="J", help="Of that layer, this neuron at length, from 0.")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write a page of HTML instead.")
@json_option
def explain(
    model_file: Path,
    picture: str | None,
    index: int | None,
    label: int | None,
    layer: int | None,
    neuron: int | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Follow a picture forward and backward through a model: formulas, numbers, and what they mean.

    The gradients stand beside slopes by finite differences. PICTURE is a file, or - for standard input.
    """
    _check_question(picture, index, label)
    from numpen.evaluation.explanation import explain as explanation_of
    from numpen.models.model import Model

    if report:
        check_place(report)
    model = Model.load(model_file)
    if index is None:
        name, frame = Path(str(picture)).name, _framed(model, str(picture))
    else:
        name, (frame, label) = f"test picture {index}", _test_picture(index)
    explanation = explanation_of(model, frame, label, layer=layer, neuron=neuron)
    if report:
        from numpen.evaluation.explanation_page import explanation_page

        write_atomically(report, explanation_page(explanation, name))
    if as_json:
        print_json(explanation.as_dict())
    elif report:
        click.echo(f"saved {report}")
    else:
        from numpen.cli.cards import print_explanation

        print_explanation(explanation, name)


def _check_question(picture: str | None, index: int | None, label: int | None) -> None:
    """Raise UsageError unless it is one picture that is asked about, and one truth."""
    if (picture is None) == (index is None):
        got = "neither" if picture is None else "both"
        raise click.UsageError(f"expected a PICTURE or --index N, got {got}: say which picture to explain")
    if index is not None and label is not None:
        raise click.UsageError(
            "expected --label with a PICTURE, got it with --index, which knows its truth: leave it out"
        )


def _test_picture(index: int) -> "tuple[NDArray[np.uint8], int]":
    """Test picture N of MNIST and its label."""
    from numpen.digits.mnist import load_mnist

    test = load_mnist("test")
    return test.images[index], int(test.labels[index])


def _framed(model: "Model", path: str) -> "NDArray[np.uint8]":
    """The picture as the model is given it (28, 28); raises PictureError for what is none, or has nothing on it."""
    from numpen.reading.reader import Reader

    frame = Reader(model).read(sys.stdin.buffer if path == "-" else path).stages.get("frame")
    if frame is None:
        raise PictureError(f"expected a digit in {path}, got a picture with nothing drawn on it: choose another")
    return frame
