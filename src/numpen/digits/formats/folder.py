"""A folder of pictures: one folder per digit, or the digit in the name of each file."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.digits.formats.frames import Frame, Framer, png
from numpen.digits.formats.parts import Part, says_test, says_train, visible
from numpen.errors import DataError

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"))
SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"RIFF")


def part_folder(folder: Path, part: Part) -> Path | None:
    """Where the pictures of a part are: in `train` or `test` if there are such folders, else for any part here."""
    inside = [path for path in visible(folder) if path.is_dir()]
    named = [path for path in inside if (says_test if part == "test" else says_train)(path.name)]
    if not any(says_test(path.name) or says_train(path.name) for path in inside):
        return folder
    if len(named) > 1:
        raise DataError(f"expected one folder to {part} in {folder}, got {named[0].name} and {named[1].name}")
    return named[0] if named else None


def has_test_folder(folder: Path) -> bool:
    """Whether there is a folder of pictures for testing."""
    return part_folder(folder, "test") not in (None, folder)


def is_picture(path: Path) -> bool:
    """Whether a file is a picture, by its name or by how it begins."""
    if path.suffix.lower() in SUFFIXES:
        return True
    with path.open("rb") as file:
        return file.read(4).startswith(SIGNATURES)


def pictures_in(folder: Path) -> tuple[list[Path], int]:
    """All pictures below a folder, by name with numbers in their order, and how many other files there are.

    Raises DataError for what cannot be looked at: nobody should learn from half of their pictures.
    """
    try:
        files = [path for path in _files_below(folder) if path.is_file() and not path.name.startswith(".")]
        pictures = [path for path in files if is_picture(path)]
    except OSError as error:
        raise DataError(f"expected readable files, got {error.filename}: {error.strerror}") from error
    return sorted(pictures, key=lambda path: (_natural(path.name), str(path))), len(files) - len(pictures)


def _files_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise error

    for here, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(here) / name for name in names)


def read_folder(folder: Path, part: Part, frame: Frame | None) -> Dataset:
    """The pictures of a part, each brought to 28x28 by `frame` where it is not MNIST's already (see Framer).

    Raises DataError if there are none or if it is not clear which digit each is, PictureError for a damaged one.
    """
    here = part_folder(folder, part)
    pictures, others = pictures_in(here) if here else ([], 0)
    if not pictures:
        raise DataError(f"expected pictures to {part} in the folder {folder}, got none")
    labels, form = _labels(pictures, folder)
    framer = Framer(frame)
    images = np.empty((len(pictures), 28, 28), np.uint8)
    for i, path in enumerate(pictures):
        images[i] = framer.framed(path, str(path))
    left = f", {others} other files left out" if others else ""
    return Dataset(images, labels, source=str(folder), found=f"pictures, {form}, {framer}{left}")


def _labels(pictures: list[Path], folder: Path) -> tuple[NDArray[np.uint8], str]:
    """The digit of each picture, and where it was found: in the folder's name, or first or last in the file's."""
    by_folder = [re.fullmatch("[0-9]", path.parent.name) is not None for path in pictures]
    if all(by_folder):
        return np.array([int(path.parent.name) for path in pictures], np.uint8), "a folder per digit"
    if any(by_folder):
        stray = pictures[by_folder.index(False)]
        raise DataError(f"expected a folder per digit in {folder}, got {stray} outside of them")
    numbers = [re.findall("[0-9]+", path.stem) for path in pictures]
    ways = {}
    for way, place in (("first", 0), ("last", -1)):
        digits = [each[place] if each and len(each[place]) == 1 else None for each in numbers]
        if None not in digits:
            ways[way] = [int(digit) for digit in digits if digit is not None]
    if len(ways) == 2 and ways["first"] != ways["last"]:
        # a number that is the same in all names tells nothing
        ways = {way: digits for way, digits in ways.items() if len(Counter(digits)) > 1} or ways
    if not ways:
        none = (
            path for path, each in zip(pictures, numbers, strict=True) if not any(len(number) == 1 for number in each)
        )
        stray = next(none, pictures[0])
        raise DataError(f"expected a folder per digit, or a digit first or last in each name, in {folder}, got {stray}")
    if len(ways) == 2 and ways["first"] != ways["last"]:
        raise DataError(
            f"expected one digit in the name of each picture in {folder}, got names like {pictures[0].name}, "
            "in which the first and the last number could be it: sort them into a folder per digit"
        )
    way, labels = next(iter(ways.items()))
    return np.array(labels, np.uint8), f"the digit {way} in each name"


def write_folder(dataset: Dataset, folder: Path) -> None:
    """Write each picture as a PNG into the folder of its digit, numbered through: the order can be had again."""
    width = len(str(len(dataset) - 1))
    for digit in set(dataset.labels.tolist()):
        (folder / str(digit)).mkdir()
    for i, (image, label) in enumerate(zip(dataset.images, dataset.labels.tolist(), strict=True)):
        (folder / str(label) / f"{i:0{width}}.png").write_bytes(png(image))


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts 9.png before 10.png."""
    return [(int(text), "") if text.isdecimal() else (-1, text) for text in re.split("([0-9]+)", name)]
