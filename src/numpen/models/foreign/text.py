"""Weights written as text: a matrix as CSV, and a whole network as JSON (Nielsen's network2 saves one)."""

import io
import json
import warnings
from pathlib import Path

import numpy as np

from numpen.errors import ModelFileError
from numpen.models.foreign.naming import Named, in_a_line, unpacked

LARGEST_JSON = 32_000_000  # bytes; Python's lists take many times as much
DELIMITERS = (",", ";", "\t")


def read_csv(content: bytes, name: str, path: Path) -> Named:
    """The matrix in a CSV file (commas, semicolons, tabs or blanks between the numbers, no header)."""
    try:
        text = content.decode("utf-8-sig")
        if not text.strip():
            raise ValueError("nothing")
        first = text.lstrip().partition("\n")[0]
        delimiter = next((each for each in DELIMITERS if each in first), None)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an empty file is only warned about
            return {name: np.loadtxt(io.StringIO(text), delimiter=delimiter, comments=None, ndmin=2)}
    except (ValueError, UserWarning) as error:  # UnicodeDecodeError is a ValueError
        words = in_a_line(error).partition(";")[0]  # behind it NumPy says how to call it
        raise ModelFileError(f"expected rows of numbers in {path}, got: {words}") from error


def read_json(content: bytes, path: Path) -> Named:
    """The arrays under "weights" and "biases" in a JSON object, one for each layer."""
    if len(content) > LARGEST_JSON:
        raise ModelFileError(f"expected at most {LARGEST_JSON:,} bytes of JSON in {path}, got {len(content):,}")
    try:
        network = json.loads(content)
        arrays = {key: network[key] for key in ("weights", "biases")}
        return unpacked("", arrays)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise ModelFileError(
            f'expected JSON with "weights" and "biases" in {path}, got {type(error).__name__}: {in_a_line(error)}'
        ) from error
