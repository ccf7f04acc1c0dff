"""`numpen browse`: test pictures one at a time, with what the network says and the truth."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numpen.cli.output import percent

if TYPE_CHECKING:
    from numpen.digits.dataset import Dataset
    from numpen.models.model import Model

EXAMPLES = """\b
Examples:
  numpen browse model.numpen
  numpen browse model.numpen --first 8
"""


@click.command(epilog=EXAMPLES)
@click.argument("model_file", metavar="MODEL", type=click.Path(path_type=Path))
@click.option("--data", default="mnist", metavar="SOURCE", show_default=True, help="Pictures; of mnist, the test part.")
@click.option("--first", type=click.IntRange(min=1), metavar="N", help="Show the first N and stop, without asking.")
def browse(model_file: Path, data: str, first: int | None) -> None:
    """Show pictures one by one with the network's answer and the truth: Enter for the next, quit to stop."""
    from numpen.digits.sources import has_test_part, load_source
    from numpen.models.model import Model

    model = Model.load(model_file)
    dataset = load_source(data, "test" if has_test_part(data) else "train")
    dataset = dataset.take(slice(first)) if first else dataset
    for number in range(len(dataset)):
        click.echo(_shown(model, dataset, number))
        if not first and number + 1 < len(dataset) and not _wants_more():
            break


def _shown(model: "Model", dataset: "Dataset", number: int) -> str:
    """The picture and, below it, the answer and the truth."""
    from numpen.cli import draw

    probabilities = model.probabilities(dataset.images[number])[0]
    answer, truth = int(probabilities.argmax()), int(dataset.labels[number])
    picture = draw.half_blocks(draw.single(dataset.images[number]), colour=sys.stdout.isatty())
    said = f"says {answer} ({percent(float(probabilities[answer]))}), it is {truth}"
    return f"{picture}\npicture {number + 1:,} of {len(dataset):,}: {said}{'' if answer == truth else '  ✗ wrong'}"


def _wants_more() -> bool:
    """Whether the answer to what comes next is not quit, and not the end of the input."""
    if sys.stdin.isatty():
        click.echo("Enter for the next, quit to stop: ", nl=False)
    line = sys.stdin.readline()
    return line != "" and line.strip().lower() not in ("quit", "q")
