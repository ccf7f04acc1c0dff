"""The model file, `*.numpen`: a sealed safetensors file whose header says everything about the model.

The header, the entry `numpen` of the metadata, holds the layers, how pixels are fed, the model's card, and what
every sealed file has (see sealed.py). It holds no time stamp: the same training gives the same bytes.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np

from numpen.errors import ModelFileError, NetworkError
from numpen.files import open_atomically
from numpen.models.sealed import Kind, arrays_in
from numpen.nn.arrays import Array
from numpen.nn.layers import Layer
from numpen.nn.network import Network, layers_from

LARGEST_FILE = 68_000_000  # bytes: 16 million parameters and the header
WIDEST_LAYER, MOST_LAYERS = 65_536, 64
MODEL = Kind("model", entry="numpen", version=1, largest=LARGEST_FILE, error=ModelFileError)


def save(network: Network, pixel_divisor: float, card: dict[str, Any], path: Path) -> int:
    """Write the file whole or not at all, read it back before it takes its place, and return its size in bytes.

    Raises ModelFileError for what no file may hold (weights that are not finite, a card longer than a header
    may be), before anything is written, and for a disk that gives back something else; and OutputError.
    """
    content = to_bytes(network, pixel_divisor, card)
    kept, _, _ = from_bytes(content, str(path))
    if not np.array_equal(kept.theta, network.theta.astype(np.float32)):
        raise ModelFileError(f"expected {path} to hold the weights, got others: please report this")
    with open_atomically(path) as file:
        file.write(content)
        if file.readable() and not (file.seek(0) == 0 and file.read() == content):
            raise ModelFileError(f"expected {path} to hold what was written, got something else: is the disk sound?")
    return len(content)


def load(path: Path) -> tuple[Network, float, dict[str, Any]]:
    """The network, the pixel divisor and the card in a file; raises ModelFileError unless it is whole and unchanged."""
    return from_bytes(MODEL.read(path), str(path))


def to_bytes(network: Network, pixel_divisor: float, card: dict[str, Any]) -> bytes:
    """The file's content, the same for the same model."""
    tensors = {key: array.astype("<f4") for key, array in _tensors(network).items()}
    return MODEL.seal(tensors, {"layers": network.specs(), "pixel_divisor": pixel_divisor, "card": card})


def from_bytes(content: bytes, name: str) -> tuple[Network, float, dict[str, Any]]:
    """What `to_bytes` was given; raises ModelFileError, which calls the file `name`, for anything else."""
    header = MODEL.header(content, name)
    try:
        layers = layers_from(header["layers"])
        divisor, card = float(header["pixel_divisor"]), header["card"]
        if not 0 < divisor < math.inf:
            raise ValueError(f"a divisor of {divisor}")
        if not _is_card(card):
            raise ValueError("a card that is none")
        network = _network(layers, len(content))
        _fill(network, content)
    except (KeyError, TypeError, ValueError, OverflowError, NetworkError) as error:
        raise ModelFileError(f"expected a model as numpen writes it, got {name}: {error}") from error
    return network, divisor, card


def _is_card(card: Any) -> bool:
    """Whether what other rooms look up in a card is what they expect, if it is there at all."""
    if not isinstance(card, dict):
        return False
    parts = {name: card.get(name, {}) for name in ("recipe", "data", "test")}
    if not all(isinstance(part, dict) for part in parts.values()):
        return False
    measured = parts["test"]
    return isinstance(measured.get("accuracy", 0.0), int | float) and isinstance(measured.get("count", 0), int)


def _network(layers: list[Layer], file_size: int) -> Network:
    """The network, once it is known that its weights are in the file and its buffers fit into memory."""
    parameters = sum(layer.n_weights + layer.n_biases for layer in layers)
    widest = max((layer.n_biases for layer in layers), default=0)
    if 4 * parameters > file_size or widest > WIDEST_LAYER or len(layers) > MOST_LAYERS:
        raise ValueError(f"{parameters} parameters in {len(layers)} layers, up to {widest} wide")
    return Network(layers)


def _fill(network: Network, content: bytes) -> None:
    """Copy the tensors of the file into the network; raises ValueError unless they are just the network's."""
    tensors = arrays_in(content)
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
