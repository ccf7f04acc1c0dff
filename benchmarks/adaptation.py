"""What a network gains by one's own digits, and what it forgets: `python -m benchmarks.adaptation PICTURES`.

PICTURES is a folder with `symbols/bhmsds-sample.npz`, of whose 2,000 digits some are learnt and 1,400 others read, and
with `single/`, of whose writers each is learnt in parts (labels.csv: file, label). Nothing is chosen by the result.
"""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import click
import numpy as np

from benchmarks.reading import labelled
from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.evaluation.metrics import evaluate
from numpen.models.model import Model
from numpen.pictures.decode import Picture
from numpen.reading.reader import Reader
from numpen.training.adaptation import Plan, adapt, adapt_and_judge

COUNTS = 40, 100, 200, 600  # digits that are learnt


def framed(pictures: list[tuple[Picture, int]], read: Callable[[Picture], dict[str, np.ndarray]]) -> Dataset:
    """Pictures with their labels, as the reader frames them; those with nothing on them are left out."""
    frames = [(read(picture).get("frame"), label) for picture, label in pictures]
    found = [(frame, label) for frame, label in frames if frame is not None]
    return Dataset(np.stack([frame for frame, _ in found]), np.array([label for _, label in found], np.uint8))


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--model", "model_file", type=click.Path(path_type=Path), help="Model file; else the model that ships.")
@click.option("--writer", help="Of the writers of single digits this one alone.")
def main(folder: Path, model_file: Path | None, writer: str | None) -> None:
    """Adapt, and count."""
    reader = Reader(Model.load(model_file) if model_file else None)
    model, train, test = reader.model, load_mnist("train"), load_mnist("test")
    with np.load(folder / "symbols" / "bhmsds-sample.npz") as sample:
        digits = np.char.isdigit(sample["symbols"])
        pictures = list(zip(sample["images"][digits], map(int, sample["symbols"][digits]), strict=True))
    hands = framed(pictures, lambda picture: reader.read(picture).stages)
    order = np.random.default_rng(0).permutation(len(hands))
    others = hands.take(order[max(COUNTS) :])
    click.echo("| own digits | others of the kind | MNIST test |\n|---|---|---|")
    for count in (0, *COUNTS):
        adapted = adapt(model, hands.take(order[:count]), train, Plan()) if count else model
        right, mnist = (100 * evaluate(adapted, each).accuracy for each in (others, test))
        click.echo(f"| {count} | {right:.2f} % of {len(others):,} | {mnist:.2f} % |")
    click.echo("\n| writer | right before | right after | MNIST test after |\n|---|---|---|---|")
    for name, files in groupby(labelled(folder / "single"), lambda each: each[0].parent.name):
        if writer not in (None, name):
            continue
        own = framed([(path, int(label)) for path, label in files], lambda picture: reader.read(picture).stages)
        adapted, said = adapt_and_judge(model, own, train, Plan())
        assert said
        accuracy = 100 * evaluate(adapted, test).accuracy
        click.echo(f"| {name} | {said.before} of {said.count} | {said.after} of {said.count} | {accuracy:.2f} % |")


if __name__ == "__main__":
    main()
