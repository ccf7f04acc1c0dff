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
}


def sequential(model: Model) -> str:
    """The PyTorch expression for the network; raises OutputError for a layer that has none here."""
    unknown = [layer.name for layer in model.network.answering if type(layer) not in MODULES]
    if unknown:
        raise OutputError(f"expected dense layers, got {', '.join(unknown)}: export to .onnx")
    return f"Sequential({', '.join(MODULES[type(layer)](layer) for layer in model.network.answering)})"


def to_safetensors(model: Model) -> bytes:
    """The file's content, the same for the same model; raises OutputError for a layer that has no counterpart."""
    from safetensors.numpy import save

    told = {"sequential": sequential(model)} | dense.convention(model) | {"matrices": "out-in"}
    tensors = {}
    for i, layer in enumerate(model.network.answering):
        if isinstance(layer, Dense):
            # safetensors 0.8 writes transposed and strided arrays wrongly without a word, hence the copies
            tensors[f"{i}.weight"] = np.ascontiguousarray(layer.W.T, "<f4")  # (O, I)
            tensors[f"{i}.bias"] = np.ascontiguousarray(layer.b, "<f4")
    # one entry: safetensors writes several in a new order each time
    content: bytes = save(tensors, metadata={"network": json.dumps(told)})
    return content
