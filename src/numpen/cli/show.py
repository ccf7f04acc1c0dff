"""`numpen show`: look at data, or at what a network has learnt, in the terminal or as a PNG."""

import io
import shutil
import sys
from pathlib import Path

import click

from numpen.cli.info import is_dataset
from numpen.cli.source import open_source
from numpen.files import write_atomically

EXAMPLES = """\b
Examples:
  numpen show mnist
  numpen show mnist --means
  numpen show model.numpen --out weights.png
"""


@click.command(epilog=EXAMPLES)
@click.argument("source", metavar="SOURCE|MODEL")
@click.option("--means", is_flag=True, help="Of a dataset: the mean picture of each digit instead of examples.")
@click.option("--rows", type=click.IntRange(1, 100), help="How many times ten pictures; 1 in a terminal, 10 in a PNG.")
@click.option("--out", type=click.Path(path_type=Path), help="Write a PNG instead.")
def show(source: str, means: bool, rows: int | None, out: Path | None) -> None:
    """Show examples or means of a dataset, or the first-layer weights of a model.

    Of weights, orange speaks for a unit and blue against it.
    """
    from numpen.cli import draw

    rows = rows or (10 if out else 1)
    across = draw.ACROSS if out else draw.fitting(shutil.get_terminal_size().columns)
    if is_dataset(source):
        dataset = open_source(source, "train")
        counts = " ".join(f"{digit}:{count}" for digit, count in enumerate(dataset.counts()))
        click.echo(f"{dataset.source}: {len(dataset):,} pictures ({counts})")
        sheet = draw.mean_digits(dataset, across) if means else draw.examples(dataset, rows, across)
    else:
        from numpen.models.model import Model

        model = Model.load(Path(source))
        click.echo(f"{source}: what the {len(model.first_layer())} units of the first layer look for")
        sheet = draw.weights(model.first_layer()[: 10 * rows], across)
    if out:
        png = io.BytesIO()
        draw.enlarged(sheet).save(png, "PNG")
        write_atomically(out, png.getvalue())
        click.echo(f"saved {out}")
    else:
        click.echo(draw.half_blocks(sheet, colour=sys.stdout.isatty()))
