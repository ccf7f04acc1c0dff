"""The model file, `*.numpen`: a safetensors file whose header says everything about the model.

Any safetensors reader opens it. The metadata holds one entry, `numpen`, a JSON object: the version of this
format, the layers, how pixels are fed, the model's card, and a SHA-256 of the whole file (taken with
zeros in the place of the checksum), so that one changed bit anywhere is seen. It holds no code and no
time stamp: the same training gives the same bytes.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from numpen.errors import ModelFileError, NetworkError
from numpen.files import write_atomically
from numpen.nn.arrays import Array
from numpen.nn.layers import Layer
from numpen.nn.network import Network, layers_from

VERSION = 1
LARGEST_FILE = 68_000_000  # bytes: 16 million parameters and the header
LARGEST_HEADER = 65_536  # bytes
WIDEST_LAYER, MOST_LAYERS = 65_536, 64
NO_CHECKSUM = "0" * 64


def save(network: Network, pixel_divisor: float, card: dict[str, Any], path: Path) -> int:
    """Write the file whole or not at all, read it back, and return its size in bytes.

    Raises ModelFileError for what no file may hold (weights that are not finite, a card longer than a header
    may be), before anything is written, and OutputError.
    """
    content = to_bytes(network, pixel_divisor, card)
    kept, _, _ = from_bytes(content, str(path))
    if not np.array_equal(kept.theta, network.theta.astype(np.float32)):
        raise ModelFileError(f"expected {path} to hold the weights, got others: please report this")
    write_atomically(path, content)
    if path.is_file() and path.read_bytes() != content:
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
    tensors = {key: np.ascontiguousarray(array, "<f4") for key, array in _tensors(network).items()}
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
        layers = layers_from(header["layers"])
        divisor, card = float(header["pixel_divisor"]), header["card"]
        if not (0 < divisor < math.inf and isinstance(card, dict)):
            raise ValueError(f"a divisor of {divisor} and a card of type {type(card).__name__}")
        network = _network(layers, len(content))
        _fill(network, content)
    except (KeyError, TypeError, ValueError, OverflowError, NetworkError) as error:
        raise ModelFileError(f"expected a model as numpen writes it, got {name}: {error}") from error
    return network, divisor, card


def _checked_header(content: bytes, name: str) -> dict[str, Any]:
    """The JSON object in the metadata, once the checksum of the whole file is known to be right."""
    length = int.from_bytes(content[:8], "little")
    if len(content) > LARGEST_FILE or length > LARGEST_HEADER or len(content) < 8 + length:
        raise ModelFileError(f"expected a numpen model, got {name}, which is another kind of file or ends early")
    try:
        header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["numpen"])
        version, checksum = header["version"], header["sha256"].encode()
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"expected a numpen model, got {name}, which is another kind of file") from error
    if version != VERSION:
        raise ModelFileError(f"expected a model of version {VERSION}, got {version!s:.20} in {name}: update numpen")
    unsigned = content.replace(checksum, NO_CHECKSUM.encode(), 1)
    if hashlib.sha256(unsigned).hexdigest().encode() != checksum:
        raise ModelFileError(
            f"expected an unchanged model, got {name}, which does not match its checksum: get it again"
        )
    return header  # type: ignore[no-any-return]


def _network(layers: list[Layer], file_size: int) -> Network:
    """The network, once it is known that its weights are in the file and its buffers fit into memory."""
    parameters = sum(layer.n_weights + layer.n_biases for layer in layers)
    widest = max((layer.n_biases for layer in layers), default=0)
    if 4 * parameters > file_size or widest > WIDEST_LAYER or len(layers) > MOST_LAYERS:
        raise ValueError(f"{parameters} parameters in {len(layers)} layers, up to {widest} wide")
    return Network(layers)


def _fill(network: Network, content: bytes) -> None:
    """Copy the tensors of the file into the network; raises ValueError unless they are just the network's."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as safetensors

    try:
        tensors = safetensors(content)
    except SafetensorError as error:
        raise ValueError(str(error).splitlines()[0]) from error
    own = _tensors(network)
    found = {key: (array.shape, array.dtype) for key, array in tensors.items()}
    if found != {key: (array.shape, np.dtype("<f4")) for key, array in own.items()}:
        raise ValueError("tensors that are not those of its layers")
    for key, array in own.items():
        array[...] = tensors[key]
    if not np.isfinite(network.theta).all():
        raise ValueError("weights that are not finite")


def _tensors(network: Network) -> dict[str, Array]:
    """Every parameter of the network by its layer's number and its symbol: "0.W", "0.b", "2.W", ..."""
    layers = enumerate(network.layers)
    return {f"{i}.{symbol}": array for i, layer in layers for symbol, array in layer.tensors().items()}
