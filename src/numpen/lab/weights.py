"""A network as the browser takes it: its layers in words, and its numbers one after the other.

The numbers are those of every layer with weights in order, W then b, row by row as NumPy has them (Dense W is
(inputs, outputs), Convolution W is (kernel, kernel, channels, maps)). `static/network.js` reads both.
"""

from typing import Any

import numpy as np

from numpen.models.model import Model
from numpen.models.modelfile import to_bytes
from numpen.nn.arrays import Array, Shape
from numpen.nn.network import Network


def words(network: Network, pixel_divisor: float) -> dict[str, Any]:
    """The layers with the shape of what they answer, and how pixels are fed."""
    layers: list[dict[str, Any]] = []
    shape: Shape = (network.inputs,)
    for layer in network.answering:
        shape = layer.shape_after(shape)
        sizes = {symbol: list(array.shape) for symbol, array in layer.tensors().items()}
        layers.append(layer.spec() | {"shape": list(shape), "tensors": sizes})
    return {"layers": layers, "pixel_divisor": pixel_divisor, "parameters": network.theta.size}


def tensors(network: Network) -> list[Array]:
    """Every W and b in order; views."""
    return [array for layer in network.answering for array in layer.tensors().values()]


def numbers(network: Network) -> bytes:
    """All weights as little-endian float32, in the order of `words`."""
    return b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in tensors(network))


def model_file(model: Model) -> bytes:
    """The content of the model's file."""
    return to_bytes(model.network, model.pixel_divisor, model.card)
