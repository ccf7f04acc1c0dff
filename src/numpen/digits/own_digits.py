"""One's own digits: frames with their right labels, as PNGs in a folder per digit, which `--data FOLDER` reads.

A picture is named after its pixels, so the same picture is kept once, and as the digit that was said last.
"""

import contextlib
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from numpen.digits.formats.frames import SIDE, png
from numpen.digits.formats.parts import visible
from numpen.errors import DataError, OutputError
from numpen.files import write_atomically

FOLDERS = tuple("0123456789")


def keep(folder: Path, frame: NDArray[np.uint8], digit: int) -> Path:
    """Keep a frame (28, 28), ink 0 to 255, as a picture of a digit, 0 to 9; the file it is in, whole or not at all.

    A picture that was kept as another digit moves to this one. Raises DataError for what is no such frame or no
    digit, OutputError for a folder that cannot be written or that is something else.
    """
    _check(frame, digit)
    check_folder(folder)
    name = f"{hashlib.sha256(np.ascontiguousarray(frame).data).hexdigest()[:16]}.png"
    path = folder / FOLDERS[digit] / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for other in (folder / each / name for each in FOLDERS if each != FOLDERS[digit]):
            with contextlib.suppress(FileNotFoundError):
                other.replace(path)
    except OSError as error:
        raise OutputError(f"expected a place to keep {path}, got: {error.strerror}") from error
    if not path.exists():
        write_atomically(path, png(frame))
    return path


def check_folder(folder: Path) -> None:
    """Raises OutputError unless one's own digits can be kept there: nothing is, or folders named 0 to 9 alone."""
    try:
        taken = folder.exists() and not folder.is_dir()
        inside = visible(folder) if folder.is_dir() else []
    except OSError as error:  # of a name that no file can have
        raise OutputError(f"expected a folder to keep digits in, got {folder}: {error.strerror}") from error
    if taken:
        raise OutputError(f"expected a folder to keep digits in, got {folder}, which is a file: name another")
    for each in inside:
        if each.name not in FOLDERS or not each.is_dir():
            raise OutputError(
                f"expected a folder to keep digits in, with folders 0 to 9 and nothing else, got {each}: name another"
            )


def _check(frame: NDArray[np.uint8], digit: int) -> None:
    if frame.shape != (SIDE, SIDE) or frame.dtype != np.uint8:
        raise DataError(f"expected a frame ({SIDE}, {SIDE}) of uint8, got {frame.shape} of {frame.dtype}")
    if digit not in range(10):
        raise DataError(f"expected a digit from 0 to 9, got {digit}")
    if not frame.any() or frame.mean() >= 128:  # what is mostly light is taken for dark ink on paper when it is read
        raise DataError("expected a frame with ink on less than half of it, got one that is blank or full")
