"""Pages on all kinds of paper, and how much of each is read: `python -m benchmarks.papers`.

Rows of MNIST's training digits, which the networks know, on ruled and squared paper, in pencil, in a frame, on a dark
table, on old paper that shows through, by a pen that runs dry, as a fax: whether the digits are found is measured, not
whether they are told apart.
"""

import io
from dataclasses import dataclass

import click
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks import pages
from benchmarks.harness import figure, table
from benchmarks.reading import pages_right
from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.reading.reader import Reader

Colour = tuple[int, int, int]
Light = NDArray[np.float32]  # (height, width, 3), 0 to 255

TABLE: Colour = (60, 45, 35)
LINES: Colour = (120, 150, 200)
HEIGHT = 60  # pixels of a digit


@dataclass(frozen=True)
class Paper:
    """A kind of paper, and what is written on it; lines by their distance in pixels, 0 for none."""

    rows: int = 3
    digits: int = 6
    tilt: float = 3.0  # degrees at most
    paper: Colour | None = None  # None: any
    pen: Colour | None = None
    strength: tuple[float, float] = (0.75, 1.0)  # of the pen
    ruled: tuple[float, float] = (0.0, 0.0)
    squared: tuple[float, float] = (0.0, 0.0)
    lines: tuple[float, float] = (0.3, 0.7)  # how dark they are
    framed: bool = False
    on_a_table: bool = False
    stained: float = 0.0  # how uneven the paper is
    shows_through: float = 0.0  # how dark the other side's writing is
    fibrous: float = 0.0  # how uneven the paper is from fibre to fibre
    runs_dry: bool = False  # the pen
    fax: bool = False  # black and white dots, instead of a photo


PAPERS = {
    "plain": Paper(),
    "tilted": Paper(tilt=15),
    "ruled": Paper(ruled=(55, 130)),
    "squared": Paper(squared=(25, 45)),
    "pencil": Paper(pen=(110, 110, 112), strength=(0.3, 0.6), paper=(235, 235, 232)),
    "pencil, squared": Paper(pen=(90, 90, 95), strength=(0.5, 0.8), squared=(25, 45), lines=(0.2, 0.4)),
    "a frame around one row": Paper(rows=1, framed=True, tilt=1),
    "on a dark table": Paper(on_a_table=True),
    "on a dark table, ruled": Paper(on_a_table=True, ruled=(55, 130)),
    "old paper": Paper(rows=2, digits=5, paper=(215, 195, 150), pen=(70, 50, 35), stained=0.06, shows_through=0.25),
    "packing paper": Paper(digits=5, paper=(176, 138, 98), pen=(60, 50, 45), strength=(0.7, 0.8), fibrous=0.1),
    "a pen that runs dry": Paper(digits=5, paper=(240, 238, 230), pen=(30, 30, 60), strength=(1, 1), runs_dry=True),
    "a fax": Paper(paper=(225, 225, 225), pen=(30, 30, 30), fax=True),
}


def written(digits: Dataset, kind: Paper, rng: Generator) -> tuple[NDArray[np.uint8], str]:
    """A photo (height, width, 3) of a page on that paper, and what is written on it."""
    ink, text = _rows(digits, kind, rng)
    ink = run_dry(ink, HEIGHT, rng) if kind.runs_dry else ink
    height, width = ink.shape
    pen = np.array(kind.pen or pages.DARK_PENS[rng.integers(len(pages.DARK_PENS))], np.float32)
    paper = np.array(kind.paper or pages.PAPERS[rng.integers(len(pages.PAPERS))], np.float32)
    light = np.broadcast_to(paper, (height, width, 3)).copy()
    if kind.stained:
        stains = cloudy(rng.normal(0, 1, (height // 60 + 2, width // 60 + 2)), ink.shape)
        light *= (1 + kind.stained * stains)[..., None]
    if kind.fibrous:
        light *= fibres(ink.shape, HEIGHT, rng, kind.fibrous)
    if kind.shows_through:
        other = np.roll(ink[:, ::-1], (height // 7, width // 9), (0, 1))
        light -= (kind.shows_through * other)[..., None] * (paper - pen)
    lines = (_lines(kind, height, width, rng) * rng.uniform(*kind.lines)).astype(np.float32)[..., None]
    light = light * (1 - lines) + np.array(LINES, np.float32) * lines
    strength = (ink * np.float32(rng.uniform(*kind.strength)))[..., None]
    light = light * (1 - strength) + np.minimum(light, pen) * strength
    if kind.fax:
        return dithered(light), text
    return photographed(_on_a_table(light, rng) if kind.on_a_table else light, rng), text


def cloudy(coarse: NDArray[np.float64], shape: tuple[int, ...]) -> pages.Ink:
    """A few values (rows, columns) spread smoothly over a picture (height, width)."""
    image = Image.fromarray(coarse.astype(np.float32)).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(image)


def run_dry(ink: pages.Ink, tall: int, rng: Generator) -> pages.Ink:
    """Strokes of digits so tall with places in them where hardly any ink was left."""
    height, width = (side * 8 // tall + 2 for side in ink.shape)
    left: pages.Ink = cloudy(rng.normal(0.75, 0.45, (height, width)), ink.shape).clip(0.12, 1)
    return ink * left


def fibres(shape: tuple[int, int], tall: int, rng: Generator, uneven: float) -> Light:
    """What share of its light paper with fibres throws back at each place (height, width, 1); digits are so tall."""
    height, width = (side * 12 // tall + 2 for side in shape)
    rough = cloudy(rng.normal(1, uneven, (height, width)), shape) + rng.normal(0, uneven, shape)
    return rough.astype(np.float32)[..., None]


def dithered(light: Light) -> NDArray[np.uint8]:
    """Black and white (height, width): dots for grey, their errors handed on (Floyd & Steinberg 1976)."""
    grey = Image.fromarray(light.mean(axis=2).clip(0, 255).astype(np.uint8))
    return np.asarray(grey.convert("1").convert("L"))


def _rows(digits: Dataset, kind: Paper, rng: Generator) -> tuple[pages.Ink, str]:
    written = [pages.row(digits, kind.digits, HEIGHT, rng) for _ in range(kind.rows)]
    width = max(each.shape[1] for each, _ in written)
    ink = np.concatenate([np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each, _ in written])
    image = Image.fromarray((ink * 255).astype(np.uint8))
    turned = image.rotate(float(rng.uniform(-kind.tilt, kind.tilt)), Image.Resampling.BICUBIC, expand=True)
    margins = rng.integers(HEIGHT // 2, 2 * HEIGHT, 4)
    ink = np.pad(np.asarray(turned, np.float32) / np.float32(255), (margins[:2], margins[2:]))
    if kind.framed:
        ink[8:11, 8:-8] = ink[-11:-8, 8:-8] = ink[8:-8, 8:11] = ink[8:-8, -11:-8] = 0.9
    return ink, "\n".join(pages.text_of(digits, rows) for _, rows in written)


def _lines(kind: Paper, height: int, width: int, rng: Generator) -> NDArray[np.bool_]:
    y, x = np.indices((height, width), np.float32)
    slope, thick = np.tan(np.radians(rng.uniform(-2, 2))), max(1.0, height / 500) / 2 + 0.4
    drawn = np.zeros((height, width), bool)
    for apart, along in ((rng.uniform(*kind.ruled), (y + slope * x,)), (rng.uniform(*kind.squared), (y, x))):
        for each in along if apart else ():
            drawn |= np.abs(each % apart - apart / 2) < thick
    return drawn


def _on_a_table(light: Light, rng: Generator) -> Light:
    margin = int(rng.uniform(0.03, 0.08) * max(light.shape))
    height, width = light.shape[:2]
    scene = np.array(TABLE, np.float32) + rng.normal(0, 6, (height + 2 * margin, width + 2 * margin, 3))
    scene[margin:-margin, margin:-margin] = light
    image = Image.fromarray(scene.clip(0, 255).astype(np.uint8))
    return np.asarray(image.rotate(float(rng.uniform(-3, 3)), Image.Resampling.BICUBIC, fillcolor=TABLE), np.float32)


def photographed(light: Light, rng: Generator) -> NDArray[np.uint8]:
    """In uneven light, with grain, a little out of focus, as a JPEG."""
    height, width = light.shape[:2]
    y, x = np.indices((height, width), np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    across = (x - width / 2) * np.cos(angle) / width + (y - height / 2) * np.sin(angle) / height
    light = light * (1 - rng.uniform(0, 0.25) * (across + 0.5))[..., None] + rng.normal(0, 4, light.shape)
    image = Image.fromarray(light.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=int(rng.integers(60, 90)))
    return np.asarray(Image.open(jpeg).convert("RGB"))


@click.command(help=__doc__)
@click.option("--count", default=40, show_default=True, help="Pages on each paper.")
def main(count: int) -> None:
    """Write, read and count."""
    digits, reader, rows = load_mnist("train"), Reader(), []
    for name, kind in PAPERS.items():
        made = (written(digits, kind, np.random.default_rng([seed, 7])) for seed in range(count))
        right, total, exact = pages_right(reader, made)
        rows.append(figure(f"{name}: digits right, of {total}", right, "%"))
        rows.append(figure(f"{name}: pages without a mistake, of {count}", exact, ""))
    click.echo(table(rows))


if __name__ == "__main__":
    main()
