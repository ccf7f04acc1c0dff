"""NumPy's own files, `.npy` and `.npz`, without NumPy's trust: sizes are checked before anything is unpacked.

A member that holds Python objects (an object array of matrices, as `np.savez(coefs=...)` makes it) goes
through the reader that builds plain data and arrays alone.
"""

import io
import math
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from numpen.errors import ModelFileError, NumpenError
from numpen.models.foreign.naming import MOST_ARRAYS, MOST_NUMBERS, Named, checked, in_a_line, unpacked
from numpen.unpickling import load_plain

LARGEST = 8 * MOST_NUMBERS + 1_000_000  # bytes, of all members together
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what NumPy writes
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


def read_npz(content: bytes, path: Path) -> Named:
    """The arrays of an `.npz` by their names; raises ModelFileError for what is not whole or too large."""
    arrays: Named = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > MOST_ARRAYS or total > LARGEST or any(m.compress_type not in METHODS for m in members):
                raise ModelFileError(
                    f"expected at most {MOST_ARRAYS} arrays and {LARGEST:,} bytes in {path},"
                    f" got {len(members)} and {total:,}"
                )
            if any(member.filename.endswith("/data.pkl") for member in members):
                raise ModelFileError(
                    f"expected an archive of NumPy's arrays, got {path}, one of PyTorch's:"
                    " save it there with safetensors.torch.save_file(net.state_dict(), FILE)"
                )
            for member in members:
                with archive.open(member) as file:
                    name = checked(member.filename.removesuffix(".npy"))
                    arrays |= read_npy(file.read(member.file_size + 1), name, path)
    except NumpenError:
        raise
    except ZIP_ERRORS as error:
        raise ModelFileError(f"expected an archive of NumPy's arrays, got {path}: {in_a_line(error)}") from error
    return arrays


def read_npy(content: bytes, name: str, path: Path) -> Named:
    """The arrays of an `.npy`: one, or those in an object array; raises ModelFileError for what is not whole."""
    file, inside = io.BytesIO(content), f" ({name})" if name else ""
    try:
        version = np.lib.format.read_magic(file)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[
            version
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy thinks that headers of Python 2 take long
            shape, fortran_order, dtype = read_header(file)
        if dtype.hasobject:
            return unpacked(name, load_plain(path, LARGEST, content[file.tell() :]))
        rest: Any = content[file.tell() :]
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(rest) or not dtype.itemsize:
            raise ValueError(f"{len(rest)} bytes for the shape {shape} of {dtype}")
        flat = np.frombuffer(rest, dtype)
        return unpacked(name, flat.reshape(shape, order="F" if fortran_order else "C"))
    except (ValueError, KeyError, TypeError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError) as error:
        raise ModelFileError(
            f"expected an array as NumPy saves it in {path}{inside}, got: {in_a_line(error)}"
        ) from error
