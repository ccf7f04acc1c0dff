"""A sealed file: safetensors, with a header in JSON whose checksum covers the whole file.

Any safetensors reader opens it. The metadata holds one entry, a JSON object, which names the version of the
format and a SHA-256 of the whole file (taken with zeros in the place of the checksum), so that one changed bit
anywhere is seen. It holds no code and no time stamp: the same content gives the same bytes.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import NumpenError

LARGEST_HEADER = 65_536  # bytes
NO_CHECKSUM = "0" * 64


@dataclass(frozen=True)
class Kind:
    """What kind of file is sealed: how it is called, how large it may be, and what is raised about it."""

    noun: str  # in messages
    entry: str  # of the metadata, which tells the kinds apart
    version: int
    largest: int  # bytes
    error: type[NumpenError]

    def read(self, path: Path) -> bytes:
        """The content of a file, as far as it may be one of this kind; raises `error` if it cannot be read."""
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size  # 0 of a pipe
                return file.read(min(size or self.largest, self.largest) + 1)  # room is made for so much at once
        except OSError as error:
            raise self.error(f"expected a {self.noun} file, got {path}: {error.strerror}") from error

    def seal(self, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> bytes:
        """The content of a file with these arrays and this header, the same for the same."""
        from safetensors.numpy import save as safetensors

        # safetensors 0.8 writes transposed and strided arrays wrongly without a word, hence the copies
        tensors = {key: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for key, array in arrays.items()}
        entries = {"version": self.version, "sha256": NO_CHECKSUM, **header}
        content = safetensors(tensors, metadata={self.entry: json.dumps(entries)})
        return content.replace(NO_CHECKSUM.encode(), hashlib.sha256(content).hexdigest().encode(), 1)

    def header(self, content: bytes, name: str) -> dict[str, Any]:
        """What `seal` was given as a header, once the checksum of the whole file is known to be right.

        Raises `error`, which calls the file `name`, for whatever `seal` has not made.
        """
        length = int.from_bytes(content[:8], "little")
        noun = self.noun
        if len(content) > self.largest or length > LARGEST_HEADER or len(content) < 8 + length:
            raise self.error(f"expected a numpen {noun}, got {name}, which is another kind of file or ends early")
        try:
            header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"][self.entry])
            version, checksum = header["version"], header["sha256"].encode()
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise self.error(f"expected a numpen {noun}, got {name}, which is another kind of file") from error
        if version != self.version:
            raise self.error(
                f"expected a {noun} of version {self.version}, got {version!s:.20} in {name}: update numpen"
            )
        unsigned = content.replace(checksum, NO_CHECKSUM.encode(), 1)
        if hashlib.sha256(unsigned).hexdigest().encode() != checksum:
            raise self.error(
                f"expected an unchanged {noun}, got {name}, which does not match its checksum: get it again"
            )
        return header  # type: ignore[no-any-return]


def arrays_in(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of a sealed file whose header has been checked; raises ValueError if they are none."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as safetensors

    try:
        return safetensors(content)
    except SafetensorError as error:
        raise ValueError(str(error).splitlines()[0]) from error
