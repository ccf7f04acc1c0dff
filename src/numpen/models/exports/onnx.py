"""A model as ONNX (opset 17, IR 8), which onnxruntime runs without numpen; from raw pixels to probabilities.

Input `pixels`, uint8 (N, 28, 28), ink 0 to 255; output `probabilities`, float32 (N, 10), as `Model.probabilities`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from numpen.errors import OutputError
from numpen.models.model import Model
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.layers import Dense, Layer
from numpen.version import __version__

OPSET, IR = 17, 8  # the newest defaults do not load in the onnxruntime of the same month
CHANNELS_FIRST, CHANNELS_LAST = [0, 3, 1, 2], [0, 2, 3, 1]


@dataclass
class Graph:
    """A graph that grows at its end; `value` is the name of what the last node gave."""

    helper: Any  # onnx.helper
    value: str = "pixels"
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, array: Any) -> str:
        """Keep an array in the file under this name; return the name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, kind: str, *constants: str, output: str = "", **settings: Any) -> str:
        """Put a node behind the last one, with constants beside what that gave; return the name of its value."""
        output = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(kind, [self.value, *constants], [output], **settings))
        self.value = output
        return output


def _dense(graph: Graph, layer: Any) -> None:
    i = len(graph.nodes)
    graph.add("Gemm", graph.constant(f"W_{i}", layer.W), graph.constant(f"b_{i}", layer.b))


def _convolution(graph: Graph, layer: Any) -> None:
    """ONNX wants channels first, and weights (O, C, k, k); here pictures stay channels last in between."""
    i = len(graph.nodes)
    W = graph.constant(f"W_{i}", layer.tensors()["W"].transpose(3, 2, 0, 1))
    graph.add("Transpose", perm=CHANNELS_FIRST)
    graph.add("Conv", W, graph.constant(f"b_{i}", layer.b), pads=[layer.padding] * 4, strides=[layer.stride] * 2)
    graph.add("Transpose", perm=CHANNELS_LAST)


def _max_pooling(graph: Graph, layer: Any) -> None:
    graph.add("Transpose", perm=CHANNELS_FIRST)
    graph.add("MaxPool", kernel_shape=[layer.size] * 2, strides=[layer.size] * 2)
    graph.add("Transpose", perm=CHANNELS_LAST)


def _unflatten(graph: Graph, layer: Any) -> None:
    shape = np.array([-1, layer.height, layer.width, layer.channels], np.int64)
    graph.add("Reshape", graph.constant(f"shape_{len(graph.nodes)}", shape))


# how each layer is written; what is not here is refused
WRITERS: dict[type[Layer], Callable[[Graph, Any], Any]] = {
    Dense: _dense,
    Sigmoid: lambda graph, layer: graph.add("Sigmoid"),
    Tanh: lambda graph, layer: graph.add("Tanh"),
    ReLU: lambda graph, layer: graph.add("Relu"),
    LeakyReLU: lambda graph, layer: graph.add("LeakyRelu", alpha=layer.slope),
    ELU: lambda graph, layer: graph.add("Elu", alpha=layer.alpha),
    Softmax: lambda graph, layer: graph.add("Softmax", axis=1),
    Convolution: _convolution,
    MaxPooling: _max_pooling,
    Flatten: lambda graph, layer: graph.add("Flatten", axis=1),
    Unflatten: _unflatten,
}


def to_onnx(model: Model) -> bytes:
    """The file's content; raises OutputError for a layer that is not in WRITERS, and without the library."""
    try:
        from onnx import TensorProto, checker, helper
    except ImportError as error:
        raise OutputError('expected the onnx library, got none: pip install "numpen[onnx]"') from error
    graph = Graph(helper)
    _feed(graph, model, TensorProto.FLOAT)
    for layer in model.network.answering:
        if type(layer) not in WRITERS:
            raise OutputError(f"expected layers that ONNX is written for, got {layer.name}")
        WRITERS[type(layer)](graph, layer)
    if model.network.layers[-1].name != "softmax":
        _share_out(graph, model.network.theta.dtype)
    graph.add("Identity", output="probabilities")
    made = helper.make_graph(
        graph.nodes,
        "numpen",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["N", 28, 28])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10])],
        graph.constants,
    )
    whole = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="numpen",
        producer_version=__version__,
        doc_string="Handwritten digits: pixels of ink 0 to 255, (N, 28, 28), to the probabilities of 0 to 9.",
    )
    checker.check_model(whole, full_check=True)
    content: bytes = whole.SerializeToString(deterministic=True)
    return content


def _feed(graph: Graph, model: Model, float_type: int) -> None:
    """Pixels as the network's first layer wants them."""
    graph.add("Cast", to=float_type)
    graph.add("Reshape", graph.constant("shape", np.array([-1, model.network.inputs], np.int64)))
    graph.add("Mul", graph.constant("pixel_factor", np.float32(1 / model.pixel_divisor)))


def _share_out(graph: Graph, dtype: Any) -> None:
    """The answers of sigmoids as shares of their sum; ten zeros are ten equal answers."""
    answers = graph.add("Add", graph.constant("tiny", np.finfo(dtype).tiny))
    total = graph.add("ReduceSum", graph.constant("axis", np.array([1], np.int64)), keepdims=1)
    graph.value = answers
    graph.add("Div", total)
