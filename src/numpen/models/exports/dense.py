"""A network of dense layers in plain words: its matrices and vectors, and what else one has to know.

npz, CSV and safetensors hold numbers alone, so a network goes into them if all its hidden layers are bent alike.
"""

from typing import Any

from numpen.errors import OutputError
from numpen.models.model import Model
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Tanh
from numpen.nn.layers import Dense, Dropout

BENDS, ENDS = (Sigmoid, Tanh, ReLU, LeakyReLU, ELU), ("softmax", "sigmoid")


def parameters(model: Model) -> list[Dense]:
    """The dense layers in order; raises OutputError if there are others that learn."""
    for layer in model.network.answering:
        if layer.n_weights + layer.n_biases and type(layer) is not Dense:
            raise OutputError(f"expected dense layers, got {layer.name}: export to .onnx")
    return [layer for layer in model.network.layers if isinstance(layer, Dense)]


def convention(model: Model) -> dict[str, Any]:
    """What makes answers of the numbers, in the words of `numpen import`.

    Raises OutputError for a network that these words cannot describe.
    """
    n_dense = len(parameters(model))
    between = [layer for layer in model.network.layers if not isinstance(layer, Dense | Dropout)]
    hidden, output = between[:-1], between[-1].name if between else ""
    kinds = {layer.name for layer in hidden} or {"relu"}
    usual = all(isinstance(layer, BENDS) and layer.spec() == type(layer)().spec() for layer in hidden)
    if len(kinds) > 1 or not usual or len(between) != n_dense or output not in ENDS:
        names = "-".join(layer.name for layer in model.network.answering)
        raise OutputError(f"expected the same activation, as it comes, behind every hidden layer, got {names}")
    return {
        "matrices": "in-out",
        "biases": "added",
        "activation": kinds.pop(),
        "output": output,
        "pixel_divisor": model.pixel_divisor,
    }
