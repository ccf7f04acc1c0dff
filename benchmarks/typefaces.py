"""Digits, letters and signs of 358 typefaces, most of them after somebody's hand, of other schools and centuries.

`python -m benchmarks.typefaces` reads a quarter of the families and says which digits are taken for which, and which
letters and signs for digits; the others are left for models to learn from (none does yet). typefaces.npz keeps all as
black and white pictures; `python -m benchmarks.typefaces --collect FOLDER` makes it of the packages that typefaces.txt
names (`npm install --prefix FOLDER $(cat benchmarks/typefaces.txt)`).
"""

import zlib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from benchmarks.handwriting import CANVAS, LARGE, distorted, worn
from numpen.pictures.framing import Ink
from numpen.reading.answers import Reading
from numpen.reading.reader import Reader

HERE = Path(__file__).parent
SIDE = 64  # pixels of a kept picture's longer side
DIGITS = "0123456789"
# no letter that is a digit in some hand: no B, D, G, I, O, Q, S, Z, b, g, i, j, l, o, q, s, z
SIGNS = "ACEFHJKLMNPRTUVWXYacdefhkmnprtuvwxy$%&()+=?@#*€£§"
LONG = LARGE * 20 // 28  # of a digit's on the canvas, as in MNIST
INK = 96  # from so light on a pixel is white
HELD_OUT = 4  # one family of so many is there to judge by


class Typefaces(NamedTuple):
    """Characters of typefaces: white on black, each as large as fits and in the middle of its picture."""

    images: NDArray[np.bool_]  # (n, 64, 64)
    characters: NDArray[np.str_]  # (n,)
    families: NDArray[np.str_]  # (n,): the first word of the typeface's name


def held_out(family: str) -> bool:
    """Whether it is there to judge by: by its name alone, so that a new typeface moves no other."""
    return zlib.crc32(family.encode()) % HELD_OUT == 0


@cache
def load(characters: str = DIGITS, *, kept_back: bool) -> Typefaces:
    """These characters of the families to learn from, or of those kept back."""
    with np.load(HERE / "typefaces.npz") as file:
        names, packed = file["names"], file["pictures"]  # (n,), (n, characters, 64, 8)
    families = np.array([name.split("-")[0] for name in names])
    rows = [row for row, family in enumerate(families) if held_out(family) == kept_back]
    places = [(DIGITS + SIGNS).index(each) for each in characters]
    images = np.unpackbits(packed[rows][:, places].reshape(-1, SIDE, SIDE // 8), axis=2).astype(bool)
    drawn = images.any(axis=(1, 2))  # some typefaces lack some signs
    named = np.tile(list(characters), len(rows)), np.repeat(families[rows], len(characters))
    return Typefaces(images[drawn], *(each[drawn] for each in named))


def written_by(image: NDArray[np.bool_], rng: Generator) -> Ink:
    """The character of a typeface (64, 64), on its canvas (128, 128), distorted and by another pen."""
    large = Image.fromarray(image.astype(np.uint8) * 255).resize((LONG, LONG), Image.Resampling.BOX)
    canvas = np.pad(np.asarray(large, np.float32) / np.float32(255), (LARGE - LONG) // 2)
    return worn(distorted(canvas, rng), rng)


def collect(folder: Path) -> None:
    """Write typefaces.npz of the fonts below the folder."""
    wanted = [line.split("/")[1].rpartition("@")[0] for line in (HERE / "typefaces.txt").read_text().split()]
    files = [next(folder.rglob(f"{name}-latin-400-normal.woff2")) for name in wanted]
    drawn = np.array([[_drawn(file, character) for character in DIGITS + SIGNS] for file in files])
    np.savez_compressed(HERE / "typefaces.npz", names=np.array(wanted), pictures=np.packbits(drawn, axis=3))


def _drawn(file: Path, character: str) -> NDArray[np.bool_]:
    """A character of the font, as large as fits, in the middle (64, 64); nothing if the font lacks it."""
    font, canvas = ImageFont.truetype(str(file), 8 * SIDE), Image.new("L", (SIDE, SIDE))
    left, top, right, bottom = (int(each) for each in font.getbbox(character))
    whole = Image.new("L", (max(1, right - left), max(1, bottom - top)))
    ImageDraw.Draw(whole).text((-left, -top), character, font=font, fill=255)
    box = whole.getbbox()
    if box and bytes(font.getmask(character)) != bytes(font.getmask("\uffff")):  # the box for what a font lacks
        whole = whole.crop(box)
        scale = SIDE / max(whole.size)
        size = max(1, round(whole.width * scale)), max(1, round(whole.height * scale))
        canvas.paste(whole.resize(size, Image.Resampling.BOX), ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(canvas) > INK


def photo(ink: Ink, rng: Generator) -> NDArray[np.uint8]:
    """The ink on grainy paper (128, 128, 3)."""
    grey = 235 - ink * rng.uniform(90, 200) + rng.normal(0, 4, (CANVAS, CANVAS))
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def readings(faces: Typefaces, each: int) -> list[tuple[str, Reading]]:
    """Which character it is, and how it is read: every one so often, always by another pen."""
    reader, rng = Reader(), np.random.default_rng(0)
    shown = list(zip(faces.images, faces.characters, strict=True)) * each
    return [(str(character), reader.read(photo(written_by(image, rng), rng))) for image, character in shown]


def told_of_digits(faces: Typefaces, each: int) -> str:
    """How many are right, declined, and wrong with much confidence; and which are taken for which."""
    read = [(character, str(np.argmax(one.probabilities)), one) for character, one in readings(faces, each)]
    wrong = Counter((character, best) for character, best, _ in read if best != character)
    declined = sum(one.digit is None for *_, one in read)
    sure = sum(best != character and one.digit is not None and one.confidence > 0.9 for character, best, one in read)
    return (
        f"{len(np.unique(faces.families))} families, {len(read)} digits: right {1 - wrong.total() / len(read):.2%}, "
        f"declined {declined / len(read):.2%}, wrong with 0.9 {sure}\n"
        + ", ".join(f"{character} as {best}: {count}" for (character, best), count in wrong.most_common(12))
    )


def told_of_signs(faces: Typefaces, each: int) -> str:
    """How many letters and signs are declined, and which are taken for which digits."""
    read = readings(faces, each)
    taken = Counter((character, one.digit) for character, one in read if one.digit is not None)
    return f"{len(read)} letters and signs: declined {1 - taken.total() / len(read):.2%}\n" + ", ".join(
        f"{character} as {digit}: {count}" for (character, digit), count in taken.most_common(12)
    )


@click.command(help=__doc__)
@click.option(
    "--collect", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Make the file."
)
@click.option("--each", default=3, help="How often each digit is written, always by another pen.")
def main(folder: Path | None, each: int) -> None:
    """Read what was kept back."""
    if folder:
        collect(folder)
        return
    click.echo(told_of_digits(load(kept_back=True), each))
    click.echo(told_of_signs(load(SIGNS, kept_back=True), 1))


if __name__ == "__main__":
    main()
