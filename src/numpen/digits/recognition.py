"""Which format a file or a folder has, told from what is in it and not from its name."""

import re
import zipfile
from pathlib import Path
from typing import Literal, TypeAlias

from numpen.digits.formats.folder import is_picture
from numpen.digits.formats.idx import TYPES
from numpen.digits.formats.parts import visible
from numpen.errors import DataError, FileFormatError
from numpen.unpacking import read_pieces

Format: TypeAlias = Literal["idx", "csv", "pictures", "npz", "pickled", "parquet"]

FORMATS: tuple[Format, ...] = ("idx", "csv", "pictures", "npz", "pickled", "parquet")

MOST_LOOKED_AT = 50  # files of a folder
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"(", b"]", b"}", b"cnumpy")


def recognise(path: Path) -> Format | None:
    """The format of the labelled pictures at a path, or None if they are of no kind that is known.

    Raises DataError for a folder that holds more than one kind, FileFormatError for what cannot be read.
    """
    return _folder_format(path) if path.is_dir() else file_format(path)


def file_format(path: Path) -> Format | None:
    """The format of a file by its first bytes, unpacked if it is gzip; a single picture is no dataset, hence None."""
    pieces = read_pieces(path)
    head = next(pieces, b"")
    pieces.close()  # type: ignore[attr-defined]
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 32:
        return None  # safetensors: a model
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "npz" if _is_npz(path) else None
    if head[:2] == b"\0\0" and len(head) > 3 and head[2] in TYPES:
        return "idx"
    if head.startswith(PICKLES):
        return "pickled"
    return "csv" if _is_csv(head) else None


def _is_npz(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except Exception:  # zipfile raises whatever a damaged file makes it raise
        return True  # a damaged archive: whoever reads it says so


def _is_csv(head: bytes) -> bool:
    """Whether it is text whose first row could be a row of pixels."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16: whoever reads it says so
        return True
    first = head.replace(b"\r", b"\n").split(b"\n")[0]
    separators = max(first.count(delimiter) for delimiter in (b",", b";", b"\t"))
    return b"\0" not in head[:1000] and separators >= 700


def _folder_format(folder: Path) -> Format | None:
    entries = visible(folder)
    files = [path for path in entries if path.is_file()]
    kinds = {_entry_format(path) for path in files[:MOST_LOOKED_AT]} - {None}
    # beside other data, only a folder that is called like a digit is meant
    folders = (path for path in entries if path.is_dir() and (not kinds or re.fullmatch("[0-9]", path.name)))
    if any(map(_holds_pictures, folders)):
        kinds |= {"pictures"}
    if len(kinds) > 1:
        raise DataError(
            f"expected one kind of data in {folder}, got {' and '.join(sorted(map(str, kinds)))}: say which"
        )
    return next(iter(kinds), None)


def _entry_format(path: Path) -> Format | None:
    try:
        return "pictures" if is_picture(path) else file_format(path)
    except (FileFormatError, OSError):
        return None


def _holds_pictures(folder: Path) -> bool:
    return any(path.is_file() and is_picture(path) for path in folder.rglob("*"))
