"""Makes src/numpen/models/shipped.numpen, the model that ships: `python -m benchmarks.shipped`.

A small convolutional network learns MNIST's training pictures as they are, twice, and four times as other hands might
have written them (see handwriting.py: flags, bars, curls, other pens) or as the reader's seams cut them out of a row
(cutting.py), framed as it frames a photo. All are distorted anew in every epoch, by the recipe `real-pictures`.
About three quarters of an hour on two cores.
"""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.cutting import cut_digits
from benchmarks.handwriting import digit
from numpen.cli.progress import TrainingDisplay
from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.evaluation.calibration import fit_temperature
from numpen.evaluation.metrics import evaluate
from numpen.models.model import Model
from numpen.training.recipe import load_recipe
from numpen.training.trainer import Trainer

Pictures = NDArray[np.uint8]

SHIPPED = Path(__file__).parents[1] / "src" / "numpen" / "models" / "shipped.numpen"
HANDFUL = 2500  # pictures made by one seed
HANDS = 4  # other hands that write each picture
CUT = 0.08  # of what they write is cut out of a row


def written_otherwise(task: tuple[int, int]) -> tuple[Pictures, Pictures]:
    """A handful of training pictures, those from a row on, as other hands write them, with their labels."""
    hand, start = task
    rng, mnist = np.random.default_rng([hand, start]), load_mnist("train")
    shown: list[tuple[Pictures, int]] = []
    while len(shown) < CUT * HANDFUL:
        shown += cut_digits(mnist, rng)[0]
    rows = range(start, min(start + HANDFUL - len(shown), len(mnist)))
    shown += [digit(mnist.images[row], int(mnist.labels[row]), rng) for row in rows]
    frames, labels = zip(*shown, strict=True)
    return np.stack(frames), np.array(labels, np.uint8)


def pictures() -> Dataset:
    """MNIST's training pictures as they are, twice, and as other hands write them."""
    mnist = load_mnist("train")
    tasks = [(hand, start) for hand in range(HANDS) for start in range(0, len(mnist), HANDFUL)]
    with ProcessPoolExecutor() as pool:
        parts = list(pool.map(written_otherwise, tasks))
    images, labels = zip(*[(mnist.images, mnist.labels)] * 2, *parts, strict=True)
    return Dataset(np.concatenate(images), np.concatenate(labels), source="mnist:train and benchmarks/handwriting.py")


def calibrate(model: Model) -> None:
    """Make the probabilities mean what they say: the temperature of the training pictures goes into the last weights.

    Learning from distorted pictures and smoothed labels leaves a network too modest about clean ones, also about
    those that it has learnt from.
    """
    mnist = load_mnist("train")
    temperature = fit_temperature(model.probabilities(mnist.images), mnist.labels)
    last = next(layer for layer in reversed(model.network.layers) if layer.n_weights)
    for array in last.tensors().values():
        array /= temperature
    model.card["temperature"] = temperature


@click.command(help=__doc__)
@click.option("--seed", default=0)
@click.option("--out", type=click.Path(path_type=Path), default=SHIPPED)
def main(seed: int, out: Path) -> None:
    """Make the pictures, learn, measure, and write the file."""
    trainer = Trainer(load_recipe("real-pictures").changed(seed=seed), pictures())
    with TrainingDisplay(trainer, quiet=False) as display:
        for record in trainer.run():
            display.show(record)
    test, model = load_mnist("test"), trainer.model
    calibrate(model)
    accuracy = evaluate(model, test).accuracy
    model.card["test"] = {"source": test.source, "count": len(test), "accuracy": accuracy}
    model.card["made by"] = f"python -m benchmarks.shipped --seed {seed}"
    click.echo(f"{out}: {model.save(out):,} bytes, test accuracy {accuracy:.2%}")


if __name__ == "__main__":
    main()
