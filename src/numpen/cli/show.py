"""`numpen show`: look at data, or at what a network has learnt, in the terminal or as a PNG."""

import io
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numpen.cli.info import is_dataset
from numpen.files import write_atomically

if TYPE_CHECKING:
    from numpen.digits.dataset import Dataset

EXAMPLES = """\b
Examples:
  numpen show mnist
  numpen show mnist --means
  numpen show mnist --augment "rotate(12) elastic(34,4)"
  numpen show model.numpen --out weights.png
"""


@click.command(epilog=EXAMPLES)
@click.argument("source", metavar="SOURCE|MODEL")
@click.option("--means", is_flag=True, help="Of a dataset: the mean picture of each digit instead of examples.")
@click.option("--augment", metavar="DISTORTIONS", help="Of a dataset: each example distorted, as in training.")
@click.option("--rows", type=click.IntRange(1, 100), help="How many times ten pictures; 1 in a terminal, 10 in a PNG.")
@click.option("--out", type=click.Path(path_type=Path), help="Write a PNG instead.")
def show(source: str, means: bool, augment: str | None, rows: int | None, out: Path | None) -> None:
    """Show examples or means of a dataset, or the first-layer weights of a model.

    Of weights, orange speaks for a unit and blue against it.
    """
    from numpen.cli import draw
    from numpen.evaluation.painting import weights

    rows = rows or (10 if out else 1)
    across = draw.ACROSS if out else draw.fitting(shutil.get_terminal_size().columns)
    if is_dataset(source):
        from numpen.digits.sources import load_source

        dataset = load_source(source, "train")
        counts = " ".join(f"{digit}:{count}" for digit, count in enumerate(dataset.counts()))
        click.echo(f"{dataset.source}: {len(dataset):,} pictures ({counts})")
        if augment:
            dataset = _distorted(dataset, augment)
        sheet = draw.mean_digits(dataset, across) if means else draw.examples(dataset, rows, across)
    else:
        from numpen.models.model import Model

        model = Model.load(Path(source))
        click.echo(f"{source}: what the {len(model.first_layer())} units of the first layer look for")
        sheet = weights(model.first_layer()[: 10 * rows], across)
    if out:
        png = io.BytesIO()
        draw.enlarged(sheet).save(png, "PNG")
        write_atomically(out, png.getvalue())
        click.echo(f"saved {out}")
    else:
        click.echo(draw.half_blocks(sheet, colour=sys.stdout.isatty()))


def _distorted(dataset: "Dataset", words: str) -> "Dataset":
    """The dataset as a network would see it in an epoch."""
    import numpy as np

    from numpen.digits.augmentation import Augmentation
    from numpen.digits.distortions import Distortions

    out = np.empty((len(dataset), 784), np.float32)
    augmentation = Augmentation(Distortions.parse(words), np.random.default_rng(0))
    augmentation.distort(dataset.images.reshape(-1, 784), out)
    return replace(dataset, images=out.round().astype(np.uint8).reshape(-1, 28, 28))
