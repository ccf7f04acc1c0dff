"""The model file, `*.numpen`: a safetensors file whose header says everything about the model.

Any safetensors reader opens it. The metadata holds one entry, `numpen`, a JSON object: the version of this
format, the layers, how pixels are fed, the model's card, and a SHA-256 of the whole file (taken with
zeros in the place of the checksum), so that one changed bit anywhere is seen. It holds no code and no
time stamp: the same training gives the same bytes.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from numpen.errors import ModelFileError, NetworkError
from numpen.files import write_atomically
from numpen.nn.network import Network, layers_from

VERSION = 1
LARGEST_FILE = 68_000_000  # bytes: 16 million parameters and the header
LARGEST_HEADER = 65_536  # bytes
NO_CHECKSUM = "0" * 64


def save(network: Network, pixel_divisor: float, card: dict[str, Any], path: Path) -> int:
    """Write the file whole or not at all, read it back, and return its size in bytes. Raises OutputError."""
    content = to_bytes(network, pixel_divisor, card)
    write_atomically(path, content)
    if path.is_file() and from_bytes(path.read_bytes(), str(path))[0].theta.tobytes() != network.theta.tobytes():
        raise ModelFileError(f"expected {path} to hold what was written, got something else: is the disk sound?")
    return len(content)


def load(path: Path) -> tuple[Network, float, dict[str, Any]]:
    """The network, the pixel divisor and the card in a file; raises ModelFileError unless it is whole and unchanged."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ModelFileError(f"expected a model file, got {path}: {error.strerror}") from error
    return from_bytes(content, str(path))


def to_bytes(network: Network, pixel_divisor: float, card: dict[str, Any]) -> bytes:
    """The file's content, the same for the same model."""
    from safetensors.numpy import save as safetensors

    # safetensors 0.8 writes transposed and strided arrays wrongly without a word, hence the copies
    tensors = {
        f"{i}.{name}": np.ascontiguousarray(array, "<f4")
        for i, layer in enumerate(network.layers)
        for name, array in layer.tensors().items()
    }
    header = {
        "version": VERSION,
        "sha256": NO_CHECKSUM,
        "layers": network.specs(),
        "pixel_divisor": pixel_divisor,
        "card": card,
    }
    content = safetensors(tensors, metadata={"numpen": json.dumps(header)})
    return content.replace(NO_CHECKSUM.encode(), hashlib.sha256(content).hexdigest().encode(), 1)


def from_bytes(content: bytes, name: str) -> tuple[Network, float, dict[str, Any]]:
    """What `to_bytes` was given; raises ModelFileError, which calls the file `name`, for anything else."""
    header = _checked_header(content, name)
    try:
        from safetensors.numpy import load as safetensors

        network = Network(layers_from(header["layers"]))
        tensors = safetensors(content)
        for i, layer in enumerate(network.layers):
            for key, array in layer.tensors().items():
                array[...] = tensors[f"{i}.{key}"]
        if not np.isfinite(network.theta).all():
            raise ModelFileError(f"expected finite weights, got others in {name}")
        return network, float(header["pixel_divisor"]), dict(header["card"])
    except (KeyError, TypeError, ValueError, NetworkError) as error:
        raise ModelFileError(f"expected a model that numpen {VERSION} writes, got {name}: {error}") from error


def _checked_header(content: bytes, name: str) -> dict[str, Any]:
    """The JSON object in the metadata, once the checksum of the whole file is known to be right."""
    length = int.from_bytes(content[:8], "little")
    if len(content) > LARGEST_FILE or length > LARGEST_HEADER or len(content) < 8 + length:
        raise ModelFileError(f"expected a numpen model, got {name}, which is another kind of file or ends early")
    try:
        header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["numpen"])
        version, checksum = int(header["version"]), str(header["sha256"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(f"expected a numpen model, got {name}, which is another kind of file") from error
    if version != VERSION:
        raise ModelFileError(f"expected a model of version {VERSION}, got version {version} in {name}: update numpen")
    unsigned = content.replace(checksum.encode(), NO_CHECKSUM.encode(), 1)
    if hashlib.sha256(unsigned).hexdigest() != checksum:
        raise ModelFileError(
            f"expected an unchanged model, got {name}, which does not match its checksum: get it again"
        )
    return header  # type: ignore[no-any-return]
