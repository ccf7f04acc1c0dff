"""Digits as they are cut out of pages, one or a row, and how much of each is read: `python -m benchmarks.strips`.

Three to six of MNIST's training digits, which the networks know, or one alone, cut out tightly or with what stood
around them: the line they were written on, the box of a form, the feet of the row above; on white paper and on old.
"""

from dataclasses import dataclass, replace

import click
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks import pages, papers
from benchmarks.reading import pages_right
from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.pictures.framing import crop
from numpen.reading.reader import Reader

HEIGHTS = 30, 45, 70  # pixels of a digit
RULED = 0.8  # how dark printed lines are


@dataclass(frozen=True)
class Strip:
    """What a row was cut out with."""

    tight: bool = False  # at most two pixels of margin
    underlined: bool = False
    boxed: bool = False  # the foot of a box, and some of its other sides
    below_another: bool = False
    faded: bool = False
    old: bool = False  # brown, stained paper


ON_WHITE = {
    "plain": Strip(),
    "cut out tightly": Strip(tight=True),
    "underlined": Strip(underlined=True),
    "in a box": Strip(boxed=True),
    "below another row": Strip(below_another=True),
    "the same, cut out tightly": Strip(below_another=True, tight=True),
    "faded": Strip(faded=True),
}
STRIPS = ON_WHITE | {f"{name}, on old paper": replace(kind, old=True) for name, kind in ON_WHITE.items()}


def cut_out(digits: Dataset, kind: Strip, rng: Generator, *, alone: bool = False) -> tuple[NDArray[np.uint8], str]:
    """A photo (height, width, 3) of a row, or of one digit `alone`, and what is written there."""
    tall, count = int(rng.choice(HEIGHTS)), 1 if alone else int(rng.integers(3, 7))
    ink, rows = pages.row(digits, count, tall, rng)
    margins = rng.integers(*((0, 3) if kind.tight else (max(2, tall // 12), tall // 3)), 4)
    ink = np.pad(crop(ink), (margins[:2], margins[2:]))
    if kind.faded:
        ink = ink * papers.cloudy(rng.uniform(0.35, 1, (4, max(2, ink.shape[1] // 40))), ink.shape).clip(0.3, 1)
    if kind.below_another:
        feet = crop(pages.row(digits, count, tall, rng)[0])[-max(2, tall // 6) :, : ink.shape[1]]
        ink[: len(feet), : feet.shape[1]] = np.maximum(ink[: len(feet), : feet.shape[1]], feet)
    ink = np.maximum(ink, _printed(kind, tall, ink.shape, rng))[..., None]
    paper, pen = ((215, 195, 150), (70, 50, 35)) if kind.old else ((235, 233, 228), (40, 40, 70))
    light = np.broadcast_to(np.array(paper, np.float32), (*ink.shape[:2], 3))
    if kind.old:
        coarse = rng.normal(0, 1, (ink.shape[0] // 30 + 2, ink.shape[1] // 30 + 2))
        light = light * (1 + 0.06 * papers.cloudy(coarse, ink.shape))[..., None]
    light = light * (1 - ink) + np.array(pen, np.float32) * ink
    return papers.photographed(light, rng), pages.text_of(digits, rows)


def _printed(kind: Strip, tall: int, shape: tuple[int, ...], rng: Generator) -> pages.Ink:
    """How dark printed lines are (height, width)."""
    lines, thick = np.zeros(shape[:2], np.float32), max(1, tall // 25)
    if kind.underlined:
        below = -max(2, int(rng.integers(2, max(3, tall // 6))))
        lines[below - thick : below] = RULED
    if kind.boxed:
        lines[-1 - thick : -1] = RULED
        sides = ((lines[:, 1 : 1 + thick], 0.7), (lines[:, -1 - thick : -1], 0.7), (lines[1 : 1 + thick], 0.5))
        for side, chance in sides:
            if rng.random() < chance:
                side[...] = RULED
    return lines


def alone_right(digits: Dataset, reader: Reader, kind: Strip, count: int) -> int:
    """How many of so many digits alone are read."""
    cut = [cut_out(digits, kind, np.random.default_rng([seed, 33]), alone=True) for seed in range(count)]
    return sum(str(reader.read(picture).digit) == text for picture, text in cut)


@click.command(help=__doc__)
@click.option("--count", default=100, show_default=True, help="Rows, and digits alone, of each kind.")
def main(count: int) -> None:
    """Cut out, read and count."""
    digits, reader = load_mnist("train"), Reader()
    lines = [
        f"| cut out of a page | digits of {count} rows right | rows without a mistake | of {count} digits alone right |"
    ]
    lines.append("|---|---|---|---|")
    for name, kind in STRIPS.items():
        rows = (cut_out(digits, kind, np.random.default_rng([seed, 31])) for seed in range(count))
        right, _, exact = pages_right(reader, rows)
        lines.append(f"| {name} | {right:.1f} % | {exact} | {alone_right(digits, reader, kind, count)} |")
    click.echo("\n".join(lines))


if __name__ == "__main__":
    main()
