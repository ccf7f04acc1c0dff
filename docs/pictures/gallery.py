"""The pictures of the gallery: `PYTHONPATH=. python docs/pictures/gallery.py PICTURES` draws them anew beside it.

PICTURES is a folder with `single/` and `number/` (labels.csv: file, label) and `symbols/bhmsds-sample.npz`.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from benchmarks.papers import PAPERS, written
from benchmarks.presentations import WAYS
from benchmarks.strips import STRIPS, cut_out
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import numpen
from numpen.pictures.decode import decode_colours
from numpen.reading.sight import overlay, strip

FOLDER = Path(__file__).parent
SIDE, MARGIN, ACROSS = 84, 10, 10
SHOWN = 30  # pictures on a sheet of single digits
HARD = (
    "a thick marker",
    "dark corners",
    "on a note on a table",
    "dust",
    "in a ring",
    "a pen that runs dry",
    "on packing paper",
    "on creased paper",
    "under a stamp",
    "in a shaded box",
)
PAPER, WORDS, WRONG = (255, 255, 255), (40, 40, 40), (200, 60, 0)


def save(sheet: Image.Image, name: str) -> None:
    """Write a PNG of 128 colours, which is a third as large."""
    sheet.convert("RGB").quantize(128).save(FOLDER / f"gallery-{name}.png", optimize=True)


def square(picture: NDArray[np.uint8]) -> Image.Image:
    """A picture in a square of the sheet."""
    image = Image.fromarray(picture if picture.ndim == 2 or picture.shape[2] > 1 else picture[..., 0]).convert("RGB")
    scale = SIDE / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)


def singles(pictures: list[tuple[NDArray[np.uint8], numpen.Reading, str]], name: str) -> None:
    """Each picture, below it what the network saw, and what it said; what is wrong is orange."""
    rows = -(-len(pictures) // ACROSS)
    tall = 2 * SIDE + 34
    sheet = Image.new("RGB", (ACROSS * (SIDE + MARGIN) + MARGIN, rows * tall + MARGIN), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(14)
    for number, (picture, reading, label) in enumerate(pictures):
        left, top = MARGIN + number % ACROSS * (SIDE + MARGIN), MARGIN + number // ACROSS * tall
        sheet.paste(square(picture), (left, top))
        if "frame" in reading.stages:
            sheet.paste(square(reading.stages["frame"]), (left, top + SIDE + 2))
        said = "?" if reading.digit is None else str(reading.digit)
        right = said == label
        text = f"{said}  {100 * reading.confidence:.0f} %" if right else f"{said}, is {label}"
        draw.text((left, top + 2 * SIDE + 4), text, fill=WORDS if right else WRONG, font=font)
    save(sheet, name)


def made(reader: numpen.Reader) -> None:
    """Digits cut out of pages, and by pens and on papers, three of each of ten kinds as they come; old paper."""
    digits, kinds = numpen.load_mnist("train"), [kind for name, kind in STRIPS.items() if "plain" not in name][:ACROSS]
    cut = [
        cut_out(digits, kinds[number % ACROSS], np.random.default_rng([number, 33]), alone=True)
        for number in range(SHOWN)
    ]
    singles([(picture, reader.read(picture), label) for picture, label in cut], "cut-out")
    rows = np.random.default_rng(33).integers(0, len(digits), SHOWN)
    shown = [
        np.asarray(WAYS[HARD[number % ACROSS]](digits.images[row], np.random.default_rng(row)).convert("RGB"))
        for number, row in enumerate(rows)
    ]
    read = [reader.read(picture) for picture in shown]
    singles(list(zip(shown, read, digits.labels[rows].astype(str).tolist(), strict=True)), "pens-and-papers")
    picture, text = written(digits, PAPERS["old paper"], np.random.default_rng([32, 7]))
    page = reader.read_page(picture)
    save(overlay(picture, page), "old-paper")
    print(text.replace("\n", "|"), page.text.replace("\n", "|"))


def main() -> None:
    """Draw them all, and say how many crops were not right."""
    folder, reader = Path(sys.argv[1]), numpen.Reader()
    with (folder / "single" / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in "14579"]
    paths = [(folder / "single" / row["file"], row["label"]) for row in rows]
    singles([(decode_colours(path), reader.read(path), label) for path, label in paths][:SHOWN], "single")
    for name in ("hypjudy_0", "hypjudy_1"):
        path = folder / "number" / f"{name}.png"
        page = reader.read_page(path)
        save(overlay(path, page), f"{name}-seen")
        save(strip(page), f"{name}-stages")
        print(name, page.text.replace("\n", "|"))
    with np.load(folder / "symbols" / "bhmsds-sample.npz") as sample:
        digits = np.char.isdigit(sample["symbols"])
        crops = list(zip(sample["images"][digits], sample["symbols"][digits].tolist(), strict=True))
    read = [(picture, reader.read(picture), label) for picture, label in crops]
    wrong = [each for each in read if str(each[1].digit) != each[2]]
    sure = sum(reading.digit is not None and reading.confidence > 0.9 for _, reading, _ in wrong)
    declined = sum(reading.digit is None for _, reading, _ in wrong)
    print(f"{len(read)} crops, {len(wrong)} not right, of these {declined} declined and {sure} surer than 0.9")
    singles([wrong[each * len(wrong) // SHOWN] for each in range(SHOWN)], "wrong")
    made(reader)


if __name__ == "__main__":
    main()
