"""One digit shown in all kinds of ways, and how many of each are read: `python -m benchmarks.presentations`.

MNIST's training digits, which the networks know, as people hand them in: painted, photographed in shadows, on coloured
paper, as a note on a table, as a plot with its axes. What is measured is whether the digit is found, not whether it is
told apart.
"""

import io
from collections.abc import Callable
from typing import TypeAlias

import click
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks import pages, papers
from benchmarks.harness import figure, table
from numpen.digits.mnist import load_mnist
from numpen.reading.reader import Reader

Colour: TypeAlias = tuple[int, int, int]
Light = NDArray[np.float32]  # (height, width, 3), 0 to 255
Frame = NDArray[np.uint8]  # (28, 28)
Way: TypeAlias = Callable[[Frame, Generator], Image.Image]

WHITE, BLACK, PAPER, PEN = (255, 255, 255), (0, 0, 0), (235, 232, 225), (35, 35, 45)
WOOD, SKIN, STAMP = (90, 60, 40), (205, 150, 120), (205, 145, 180)


def digit(image: Frame, height: int, sheet: tuple[int, int] | None, rng: Generator) -> pages.Ink:
    """The ink of a digit, about so tall, in the middle of a sheet (height, width); without one, cropped."""
    ink = pages.enlarged(image, height, rng)
    if sheet is None:
        return ink
    top, left = (sheet[0] - ink.shape[0]) // 2, (sheet[1] - ink.shape[1]) // 2
    return np.pad(ink, ((top, sheet[0] - ink.shape[0] - top), (left, sheet[1] - ink.shape[1] - left)))


def drawn(ink: pages.Ink, paper: Colour | Light = PAPER, pen: Colour = PEN) -> Light:
    """Ink of a colour on paper of a colour, or on what lies there."""
    strength = ink[..., None]
    return np.array(paper, np.float32) * (1 - strength) + np.array(pen, np.float32) * strength


def photo(light: Light, rng: Generator) -> Image.Image:
    """What a camera makes of it."""
    jpeg = io.BytesIO()
    shown(light + rng.normal(0, 3, light.shape).astype(np.float32)).save(jpeg, "JPEG", quality=80)
    return Image.open(jpeg)


def shown(light: Light) -> Image.Image:
    """The light as a picture."""
    return Image.fromarray(light.clip(0, 255).astype(np.uint8))


def painted(paper: Colour, pen: Colour, height: int = 200, sheet: tuple[int, int] | None = (300, 300)) -> Way:
    """Drawn with a mouse, large and clean; without a sheet, cropped as narrowly as can be."""
    return lambda image, rng: shown(drawn(digit(image, height, sheet, rng), paper, pen))


def small(side: int, *, dark: bool) -> Way:
    """MNIST's own picture, or smaller."""

    def way(image: Frame, rng: Generator) -> Image.Image:
        return Image.fromarray(image if dark else 255 - image).resize((side, side), Image.Resampling.BOX)

    return way


def lit(light: Callable[[NDArray[np.float32], NDArray[np.float32], Generator], NDArray[np.float32]]) -> Way:
    """Photographed in a light that depends on the place (y, x), -1 to 1 from border to border."""

    def way(image: Frame, rng: Generator) -> Image.Image:
        y, x = np.meshgrid(np.linspace(-1, 1, 300), np.linspace(-1, 1, 400), indexing="ij")
        here = light(y.astype(np.float32), x.astype(np.float32), rng)
        return photo(drawn(digit(image, 150, (300, 400), rng)) * here[..., None], rng)

    return way


def lined(*, squared: bool) -> Way:
    """On ruled or squared paper."""

    def way(image: Frame, rng: Generator) -> Image.Image:
        light = drawn(digit(image, 130, (300, 300), rng), (245, 245, 245), (30, 40, 120))
        light[10 :: 28 if squared else 55] -= 55
        if squared:
            light[:, 10::28] -= 55
        return photo(light, rng)

    return way


def marker(image: Frame, rng: Generator) -> Image.Image:
    """By the thickest of pens."""
    return painted(WHITE, BLACK, 220, (340, 340))(image, rng).filter(ImageFilter.MinFilter(21))


def on_a_table(image: Frame, rng: Generator) -> Image.Image:
    """On a note that lies on a table."""
    note = shown(drawn(digit(image, 150, (300, 260), rng)))
    table_top = Image.new("RGB", (460, 460), WOOD)
    table_top.paste(note.rotate(float(rng.uniform(-8, 8)), expand=True, fillcolor=WOOD), (60, 50))
    return photo(np.asarray(table_top, np.float32), rng)


def with_a_finger(image: Frame, rng: Generator) -> Image.Image:
    """With a finger in the corner."""
    paper = shown(drawn(digit(image, 150, (400, 400), rng)))
    ImageDraw.Draw(paper).ellipse((300, 330, 520, 560), fill=SKIN)
    return photo(np.asarray(paper, np.float32), rng)


def plotted(image: Frame, rng: Generator) -> Image.Image:
    """As a plotting library shows it: light on a dark square in a white margin, with ticks."""
    plot = np.full((480, 640), 255, np.uint8)
    plot[58:428, 144:514] = np.asarray(Image.fromarray(image).resize((370, 370), Image.Resampling.NEAREST))
    for tick in range(6):
        plot[428:434, 150 + 66 * tick] = plot[60 + 66 * tick, 138:144] = 0
    return Image.fromarray(plot)


def between_bars(image: Frame, rng: Generator) -> Image.Image:
    """Upright, between the black bars of a wide screen."""
    return shown(np.pad(drawn(digit(image, 200, (300, 300), rng)), ((0, 0), (120, 120), (0, 0))))


def in_a_frame(image: Frame, rng: Generator) -> Image.Image:
    """In a box to write in."""
    box = shown(drawn(digit(image, 180, (320, 320), rng)))
    ImageDraw.Draw(box).rectangle((20, 20, 300, 300), outline=(90, 90, 90), width=3)
    return box


def in_a_ring(image: Frame, rng: Generator) -> Image.Image:
    """With a ring around it that may not quite close."""
    light = shown(drawn(digit(image, 120, (300, 300), rng)))
    corners, start = np.array([45, 45, 255, 255]) + rng.uniform(-20, 20, 4), rng.uniform(0, 360)
    end, width = start + rng.uniform(320, 360), int(rng.integers(4, 12))
    ImageDraw.Draw(light).arc(tuple(corners.tolist()), start, end, fill=PEN, width=width)
    return photo(np.asarray(light, np.float32), rng)


def speckled(image: Frame, rng: Generator) -> Image.Image:
    """With dust of both kinds."""
    light, dust = drawn(digit(image, 150, (240, 240), rng)), rng.random((240, 240))
    light[dust < 0.02], light[dust > 0.98] = 0, 255
    return shown(light)


def transparent(image: Frame, rng: Generator) -> Image.Image:
    """In black on nothing."""
    ink = digit(image, 200, (280, 280), rng)
    return Image.merge("LA", (Image.new("L", (280, 280)), Image.fromarray((ink * 255).astype(np.uint8))))


def small_on_large(image: Frame, rng: Generator) -> Image.Image:
    """Somewhere on a large sheet."""
    ink, (down, right) = digit(image, 40, None, rng), rng.integers(50, 650, 2)
    sheet = np.zeros((800, 1000), np.float32)
    sheet[down : down + ink.shape[0], right : right + ink.shape[1]] = ink
    return shown(drawn(sheet))


def blurred(image: Frame, rng: Generator) -> Image.Image:
    """Out of focus."""
    return shown(drawn(digit(image, 150, (300, 300), rng))).filter(ImageFilter.GaussianBlur(6))


def run_dry(image: Frame, rng: Generator) -> Image.Image:
    """By a pen that has hardly any ink left."""
    return photo(drawn(papers.run_dry(digit(image, 150, (300, 300), rng), 150, rng), pen=(30, 30, 60)), rng)


def on_packing_paper(image: Frame, rng: Generator) -> Image.Image:
    """On brown paper with fibres."""
    light = np.array((176, 138, 98), np.float32) * papers.fibres((300, 300), 150, rng, 0.06)
    return photo(drawn(0.75 * digit(image, 150, (300, 300), rng), light, (60, 50, 45)), rng)


def on_creased_paper(image: Frame, rng: Generator) -> Image.Image:
    """On paper that was folded, with a shadow beside each crease."""
    y, x = np.indices((300, 300), np.float32)
    shade = np.ones((300, 300), np.float32)
    for _ in range(6):
        angle, at = rng.uniform(0, np.pi), rng.uniform(0, 300, 2)
        away = (x - at[0]) * np.cos(angle) + (y - at[1]) * np.sin(angle)
        shade *= 1 - 0.14 * np.exp(-np.abs(away) / 50) * (away > 0)
    return photo(drawn(digit(image, 150, (300, 300), rng)) * shade[..., None], rng)


def stamped(image: Frame, rng: Generator) -> Image.Image:
    """Across the rings of a stamp."""
    light, (x, y) = shown(np.full((300, 300, 3), PAPER, np.float32)), rng.integers(0, 300, 2).tolist()
    for reach, width in ((150, 10), (105, 5)):
        ImageDraw.Draw(light).ellipse((x - reach, y - reach, x + reach, y + reach), outline=STAMP, width=width)
    return photo(drawn(digit(image, 150, (300, 300), rng), np.asarray(light, np.float32)), rng)


def shaded(image: Frame, rng: Generator) -> Image.Image:
    """In a grey box on white paper."""
    tone = (int(rng.integers(120, 220)),) * 3
    box = drawn(np.pad(digit(image, 150, None, rng), 12), tone, BLACK)
    top, left = (300 - box.shape[0]) // 2, (300 - box.shape[1]) // 2
    light = np.full((300, 300, 3), 255, np.float32)
    light[top : top + box.shape[0], left : left + box.shape[1]] = box
    return photo(light, rng)


def faxed(image: Frame, rng: Generator) -> Image.Image:
    """As dots."""
    return Image.fromarray(papers.dithered(drawn(digit(image, 60, (120, 120), rng))))


WAYS: dict[str, Way] = {
    "black on white": painted(WHITE, BLACK),
    "white on black": painted(BLACK, WHITE),
    "red on blue": painted((40, 60, 200), (220, 40, 40)),
    "green on red, as light": painted((200, 60, 60), (60, 190, 60)),
    "yellow on white": painted(WHITE, (240, 220, 60)),
    "MNIST's own, white on black": small(28, dark=True),
    "MNIST's own, black on white": small(28, dark=False),
    "14 pixels of a side": small(14, dark=False),
    "cropped tightly": painted((250, 250, 250), (20, 20, 20), 120, None),
    "cropped tightly, white on black": painted(BLACK, WHITE, 120, None),
    "a thick marker": marker,
    "a hard shadow through it": lit(lambda y, x, rng: np.where(x > rng.uniform(-0.3, 0.3), 0.5, 1)),
    "a slanting shadow": lit(lambda y, x, rng: np.where(x + y * rng.uniform(-1, 1) > 0, 0.6, 1)),
    "dark corners": lit(lambda y, x, rng: 1 - 0.4 * (0.64 * x**2 + y**2)),
    "in the dark": lit(lambda y, x, rng: np.full_like(x, 0.25)),
    "ruled paper": lined(squared=False),
    "squared paper": lined(squared=True),
    "on a note on a table": on_a_table,
    "a finger in the corner": with_a_finger,
    "a plot": plotted,
    "between black bars": between_bars,
    "in a box": in_a_frame,
    "in a ring": in_a_ring,
    "dust": speckled,
    "on nothing": transparent,
    "small on a large sheet": small_on_large,
    "out of focus": blurred,
    "a pen that runs dry": run_dry,
    "on packing paper": on_packing_paper,
    "on creased paper": on_creased_paper,
    "under a stamp": stamped,
    "in a shaded box": shaded,
    "a fax": faxed,
}


@click.command(help=__doc__)
@click.option("--count", default=100, show_default=True, help="Digits in each way.")
def main(count: int) -> None:
    """Show, read and count."""
    reader, mnist = Reader(), load_mnist("train")
    rows = np.random.default_rng(3).integers(0, len(mnist), count)
    found = []
    for name, way in WAYS.items():
        readings = [reader.read(way(mnist.images[row], np.random.default_rng(row))) for row in rows]
        right = [reading.digit == mnist.labels[row] for reading, row in zip(readings, rows, strict=True)]
        found.append(figure(name, 100 * float(np.mean(right)), "% of the digits right"))
    click.echo(table(found))


if __name__ == "__main__":
    main()
