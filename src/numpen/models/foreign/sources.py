"""What `numpen import SOURCE...` may be: one file, files one after the other, or the folder that holds them."""

import hashlib
import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpen.errors import ModelFileError
from numpen.models.foreign.archives import read_npy, read_npz
from numpen.models.foreign.naming import (
    MOST_ARRAYS,
    MOST_NUMBERS,
    Named,
    Parameters,
    in_a_line,
    in_order,
    kind_of,
    unpacked,
)
from numpen.models.foreign.tensors import read_safetensors
from numpen.models.foreign.text import read_csv, read_json
from numpen.unpickling import load_plain

LARGEST_FILE = 10 * MOST_NUMBERS  # bytes: 16 million float64, or as much text
SUFFIXES = frozenset((".csv", ".txt", ".npy", ".npz", ".json", ".safetensors", ".pkl", ".pickle", ".gz"))
PIECE = 1_000_000  # bytes
CONVENTION = "convention.json"  # in a folder that numpen wrote: what else must be known
SAID = frozenset(("activation", "output", "pixel_divisor", "biases", "matrices"))


def read_parameters(paths: list[Path]) -> tuple[Parameters, dict[str, str]]:
    """The weights and biases in these files or folders, and the SHA-256 of each file read.

    Raises ModelFileError for a file that is missing, damaged, or not a network's.
    """
    files = [file for path in paths for file in _files_in(path)]
    arrays: Named = {}
    said: dict[str, Any] = {}
    checksums: dict[str, str] = {}
    n_weights = sum(file.name != CONVENTION for file in files)
    for file in files:
        content = _content(file)
        checksums[file.name] = hashlib.sha256(content).hexdigest()
        if file.name == CONVENTION:
            said |= _said(_json(content, file), file)
            continue
        found, told = _read(content, file.stem if n_weights > 1 else "", file)
        said |= told
        if set(found) & set(arrays):
            raise ModelFileError(f"expected each file once, got the names of {file} ({', '.join(found)}) twice")
        arrays |= found
        if len(arrays) > MOST_ARRAYS:
            raise ModelFileError(f"expected at most {MOST_ARRAYS} arrays of weights and biases, got more")
    return replace(in_order(arrays), said=said), checksums


def _files_in(path: Path) -> list[Path]:
    """The path itself, or the files of a folder: those called after weights and biases, if there are such."""
    if not path.is_dir():
        return [path]
    files = [each for each in sorted(path.iterdir()) if each.suffix.lower() in SUFFIXES and each.is_file()]
    called_so = [each for each in files if kind_of(each.stem) or each.name == CONVENTION]
    found = called_so if any(kind_of(each.stem) for each in files) else files
    if not found or len(found) > MOST_ARRAYS:
        raise ModelFileError(
            f"expected a folder with files of weights and biases ({', '.join(sorted(SUFFIXES))}), up to {MOST_ARRAYS},"
            f" got {len(found)} such files in {path}"
        )
    return found


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            # a piece at a time: Python makes room at once for all that it is asked to read
            pieces = itertools.takewhile(bool, (opened.read(PIECE) for _ in range(LARGEST_FILE // PIECE + 1)))
            content = b"".join(pieces)
    except OSError as error:
        raise ModelFileError(f"expected a file of weights, got {file}: {error.strerror}") from error
    if not content:
        raise ModelFileError(f"expected a file of weights, got {file}, which is empty")
    if len(content) > LARGEST_FILE:
        raise ModelFileError(f"expected a file of at most {LARGEST_FILE:,} bytes, got more in {file}")
    return content


def _read(content: bytes, stem: str, path: Path) -> tuple[Named, dict[str, Any]]:
    """The arrays in a file of any kind, told by its first bytes, and what it says about the convention."""
    said: dict[str, Any] = {}
    if content.startswith(b"PK"):
        arrays = read_npz(content, path)
        said = {key: arrays.pop(key)[()] for key in SAID & set(arrays)}
    elif content.startswith(b"\x93NUMPY"):
        return read_npy(content, stem, path), {}
    elif content[8:9] == b"{" and content[0] != 0x80:
        arrays, metadata = read_safetensors(content, path)
        said = {key: metadata[key] for key in SAID & set(metadata)}
    elif content.lstrip().startswith(b"{"):
        arrays = read_json(content, path)
    elif _is_pickle(content):
        return unpacked(stem, load_plain(path)), {}
    else:
        return read_csv(content, stem or "weights", path), {}
    return {f"{stem}.{name}" if stem else name: array for name, array in arrays.items()}, _said(said, path)


def _is_pickle(content: bytes) -> bool:
    """Protocol 2 and later start with their number, the older ones with a letter that no CSV starts with; or gzip."""
    return (
        content[0] == 0x80
        or content.startswith(b"\x1f\x8b")
        or (content[:1] in b"(c]}l" and content.rstrip().endswith(b"."))
    )


def _json(content: bytes, file: Path) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"expected JSON in {file}, got: {in_a_line(error)}") from error


def _said(said: Any, path: Path) -> dict[str, Any]:
    """The same, once it is known to be words and a divisor; raises ModelFileError."""
    try:
        known: dict[str, Any] = {key: str(said[key]) for key in SAID & set(said) - {"pixel_divisor"}}
        if "pixel_divisor" in said:
            known["pixel_divisor"] = float(said["pixel_divisor"])
    except (TypeError, ValueError, KeyError) as error:
        raise ModelFileError(
            f"expected a convention ({', '.join(sorted(SAID))}) in {path}, got: {in_a_line(error)}"
        ) from error
    return known
