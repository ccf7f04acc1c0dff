"""How well real pictures are read: `python -m benchmarks.reading [PICTURES]`.

PICTURES is a folder with any of `single/` (labels.csv: file, label), `number/` (labels.csv: file, label with | between
lines) and `symbols/` (bhmsds-sample.npz, fashion-mnist-sprite.png); what it lacks is left out. Pages of MNIST's test
digits are made by `benchmarks.pages`.
"""

import csv
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from benchmarks import pages
from benchmarks.harness import ROOT, Row, at_least, at_most, figure, table
from numpen.digits.mnist import load_mnist
from numpen.models.model import Model
from numpen.nn.arrays import Array
from numpen.reading.answers import Reading
from numpen.reading.reader import Reader

CLOTHES = 28  # pixels of a side of each in the sprite


def labelled(folder: Path) -> Iterator[tuple[Path, str]]:
    """The pictures of a folder with their labels."""
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield folder / row["file"], row["label"]


def single(reader: Reader, folder: Path) -> list[Row]:
    """Pictures of one digit."""
    answers = [(reader.read(path), int(label)) for path, label in labelled(folder)]
    right = [reading.digit == label for reading, label in answers]
    wrong = [r for r, label in answers if r.digit not in (label, None) and r.confidence >= 0.9]
    return [
        at_least(f"single digits right, of {len(answers)}", 100 * float(np.mean(right)), 98.5, "%"),
        at_most("of them wrong with 0.9 or more", len(wrong), 0),
    ]


def numbers(reader: Reader, folder: Path) -> list[Row]:
    """Pages of numbers."""
    errors = digits = exact = lines = found = count = 0
    for path, label in labelled(folder):
        want, got = label.split("|"), reader.read_page(path).text.split("\n")
        errors += distance("|".join(want), "|".join(got))
        digits += sum(map(len, want))
        exact, lines = exact + sum(line in got for line in want), lines + len(want)
        found, count = found + (len(want) == len(got)), count + 1
    return [
        at_least(f"pages whose lines are found, of {count}", 100 * found / count, 100, "%"),
        at_least(f"digits right on pages, of {digits}", 100 * (1 - errors / digits), 97, "%"),
        at_least(f"lines without a mistake, of {lines}", 100 * exact / lines, 75, "%"),
    ]


def distance(want: str, got: str) -> int:
    """How many characters must be changed, put in or left out (Levenshtein 1966)."""
    row = list(range(len(got) + 1))
    for number, letter in enumerate(want, 1):
        above, row = row, [number]
        for place, other in enumerate(got, 1):
            row.append(min(above[place] + 1, row[-1] + 1, above[place - 1] + (letter != other)))
    return row[-1]


def pages_right(reader: Reader, made: Iterable[tuple[NDArray[np.uint8], str]]) -> tuple[float, int, int]:
    """How much of the digits of pages is read, in percent, how many these are, and how many pages have no mistake."""
    wrong = total = exact = 0
    for picture, text in made:
        got = reader.read_page(picture).text
        wrong, total, exact = wrong + distance(text, got), total + len(text.replace("\n", "")), exact + (got == text)
    return 100 * (1 - wrong / total), total, exact


def symbols(reader: Reader, folder: Path) -> list[Row]:
    """Digits of other hands, and what is none: how well the two are told apart."""
    with np.load(folder / "bhmsds-sample.npz") as sample:
        images, names = sample["images"], sample["symbols"]
    readings = [reader.read(image) for image in images]
    looks = np.array([score(each) for each in readings])
    is_digit = np.char.isdigit(names)
    right = [
        np.argmax(each.probabilities) == int(name) for each, name in zip(readings, names, strict=True) if name.isdigit()
    ]
    accepted = [each.digit is not None for each, digit in zip(readings, is_digit, strict=True) if digit]
    rows = [
        at_least(f"digits of other hands right, of {len(right)}", 100 * float(np.mean(right)), 95, "%"),
        at_least("of them accepted", 100 * float(np.mean(accepted)), 98, "%"),
        at_least("AUROC, all signs", auroc(looks[is_digit], looks[~is_digit]), 0.92),
    ]
    rows += [
        figure(f"AUROC, {name}", auroc(looks[is_digit], looks[names == name])) for name in sorted(set(names[~is_digit]))
    ]
    sprite = np.asarray(Image.open(folder / "fashion-mnist-sprite.png").convert("L"))
    across, down = sprite.shape[1] // CLOTHES, sprite.shape[0] // CLOTHES
    each = sprite.reshape(down, CLOTHES, across, CLOTHES).swapaxes(1, 2).reshape(-1, CLOTHES, CLOTHES)
    clothes = [reader.read(image) for image in each]
    rows.append(at_least("AUROC, clothes", auroc(looks[is_digit], np.array([score(r) for r in clothes])), 0.99))
    rows.append(figure("clothes declined", 100 * float(np.mean([r.digit is None for r in clothes])), "%"))
    return rows


def score(reading: Reading) -> float:
    """How much a picture is taken for a digit."""
    return reading.digitness * (reading.confidence > 0)


def auroc(ours: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """The chance that one of ours scores higher than one of the others (Mann & Whitney 1947)."""
    order = np.sort(others)
    below = np.searchsorted(order, ours, "left") + np.searchsorted(order, ours, "right")
    return float(below.mean() / 2 / len(others))


def calibration_error(probabilities: Array, labels: NDArray[np.uint8], bins: int = 15) -> float:
    """The mean gap between how sure and how right, over bins of confidence (Guo et al. 2017, equation 3)."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    which = np.minimum((confidence * bins).astype(np.intp), bins - 1)
    gaps = [abs(np.sum(right[which == b]) - np.sum(confidence[which == b])) for b in range(bins)]
    return float(np.sum(gaps)) / len(labels)


def mnist(reader: Reader, count: int) -> list[Row]:
    """Calibration on the test set, and photo-like pages of its digits."""
    test = load_mnist("test")
    rows = [
        at_most(
            "calibration error on MNIST's test",
            calibration_error(reader.model.probabilities(test.images), test.labels),
            0.003,
        )
    ]
    for touching, least in ((False, 98), (True, 85)):
        exact = clear = 0
        for seed in range(count):
            rng = np.random.default_rng([seed, touching])
            written = pages.string(test, 2 if touching else int(rng.integers(1, 13)), rng, touching=touching)
            exact += reader.read_page(written.picture).text == written.text
            clean = reader.model.probabilities(test.images[written.rows]).argmax(axis=1)
            clear += bool((clean == test.labels[written.rows]).all())
        what = "touching pairs" if touching else "strings of 1 to 12 digits"
        rows.append(at_least(f"{what} without a mistake, of {count}", 100 * exact / count, least, "%"))
        rows.append(
            figure("so many if only the network erred, on the digits as MNIST has them", 100 * clear / count, "%")
        )
    return rows + large(reader)


def large(reader: Reader) -> list[Row]:
    """A page of 12 megapixels, read by one thread: two would be counted while they wait for each other."""
    written = pages.full_page(load_mnist("test"), np.random.default_rng(0))
    with threadpool_limits(1):
        began = time.process_time()
        text = reader.read_page(written.picture).text
        seconds = time.process_time() - began
    return [
        at_most("12 megapixels with 100 digits", seconds, 1.5, "s of one core"),
        figure("digits of it right", 100 - distance(written.text, text), "of 100"),
    ]


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path), default=ROOT / "tests" / "pictures")
@click.option("--model", type=click.Path(path_type=Path), help="Model file; else the model that ships.")
@click.option("--quick", is_flag=True, help="Few made pages: does it run at all?")
def main(folder: Path, model: Path | None, quick: bool) -> None:
    """Read and count."""
    reader = Reader(Model.load(model) if model else None)
    parts: dict[str, Callable[[Reader, Path], list[Row]]] = {"single": single, "number": numbers, "symbols": symbols}
    rows = [row for name, part in parts.items() if (folder / name).exists() for row in part(reader, folder / name)]
    click.echo(table(rows + mnist(reader, 10 if quick else 200)))


if __name__ == "__main__":
    main()
