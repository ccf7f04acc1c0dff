"""A model as the weights of a PyTorch `Sequential`: `0.weight`, `0.bias`, `2.weight`, ... in a safetensors file.

The metadata's one entry, `network`, is JSON that says how to build the Sequential, and what
pixels are divided by before it sees them.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from numpen.errors import OutputError
from numpen.models.exports import dense
from numpen.models.model import Model
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.arrays import Array, Shape
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.layers import Dense, Layer

# what PyTorch calls each layer; what is not here is refused
MODULES: dict[type[Layer], Callable[[Any], str]] = {
    Dense: lambda layer: f"Linear({layer.inputs}, {layer.outputs})",
    Sigmoid: lambda layer: "Sigmoid()",
    Tanh: lambda layer: "Tanh()",
    ReLU: lambda layer: "ReLU()",
    LeakyReLU: lambda layer: f"LeakyReLU({layer.slope})",
    ELU: lambda layer: f"ELU({layer.alpha})",
    Softmax: lambda layer: "Softmax(dim=1)",
    Convolution: lambda layer: (
        f"Conv2d({layer.channels}, {layer.maps}, {layer.kernel}, {layer.stride}, {layer.padding})"
    ),
    MaxPooling: lambda layer: f"MaxPool2d({layer.size})",
    Flatten: lambda layer: "Flatten()",
    Unflatten: lambda layer: f"Unflatten(1, ({layer.channels}, {layer.height}, {layer.width}))",
}


def sequential(model: Model) -> str:
    """The PyTorch expression for the network; raises OutputError for a layer that has none here."""
    # several channels lie in another order in PyTorch, so a row of numbers becomes another picture there
    unknown = [
        layer.name
        for layer in model.network.answering
        if type(layer) not in MODULES or (isinstance(layer, Unflatten) and layer.channels > 1)
    ]
    if unknown:
        raise OutputError(f"expected layers that PyTorch's Sequential is written for, got {', '.join(unknown)}")
    return f"Sequential({', '.join(MODULES[type(layer)](layer) for layer in model.network.answering)})"


def to_safetensors(model: Model) -> bytes:
    """The file's content, the same for the same model; raises OutputError for a layer that has no counterpart."""
    from safetensors.numpy import save

    told = {"sequential": sequential(model), "pixel_divisor": model.pixel_divisor}
    if not any(isinstance(layer, Convolution) for layer in model.network.layers):
        told |= dense.convention(model) | {"matrices": "out-in"}
    # one entry: safetensors writes several in a new order each time
    content: bytes = save(tensors(model), metadata={"network": json.dumps(told)})
    return content


def tensors(model: Model) -> dict[str, Array]:
    """The Sequential's parameters by their names there.

    safetensors 0.8 writes transposed and strided arrays wrongly without a word, hence the copies.
    """
    named: dict[str, Array] = {}
    shape: Shape = (model.network.inputs,)
    order: Any = slice(None)  # where the inputs of the next dense layer lie: PyTorch flattens channels first
    for i, layer in enumerate(model.network.answering):
        if isinstance(layer, Flatten):
            places = np.arange(np.prod(shape)).reshape(shape)  # (H, W, C)
            order = places.transpose(2, 0, 1).reshape(-1)  # (CHW,)
        if isinstance(layer, Dense):
            named[f"{i}.weight"] = np.ascontiguousarray(layer.W[order].T, "<f4")  # (O, I)
            order = slice(None)
        if isinstance(layer, Convolution):
            W = layer.tensors()["W"]  # (k, k, C, O)
            named[f"{i}.weight"] = np.ascontiguousarray(W.transpose(3, 2, 0, 1), "<f4")  # (O, C, k, k)
        if isinstance(layer, Dense | Convolution):
            named[f"{i}.bias"] = np.ascontiguousarray(layer.b, "<f4")
        shape = layer.shape_after(shape)
    return named
