"""Every export answers as the model does, imports back to the same bits, and refuses what it cannot say."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open

from numpen.digits.dataset import Dataset
from numpen.errors import OutputError
from numpen.models.exports.csv_folder import to_files
from numpen.models.exports.onnx import to_onnx
from numpen.models.exports.safetensors import sequential
from numpen.models.exports.targets import export
from numpen.models.foreign.importing import import_weights
from numpen.models.model import Model
from numpen.nn.activations import ELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.initializers import He, Normal
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.network import Network
from numpen.reading.reader import SHIPPED
from tests.models.foreign.networks import trained

ROWS: dict[str, tuple[list[Layer], float]] = {
    "sigmoid": ([Dense(784, 12), Sigmoid(), Dense(12, 10), Sigmoid()], 256.0),
    "tanh and dropout": ([Dense(784, 12), Tanh(), Dropout(0.5), Dense(12, 10), Softmax()], 255.0),
    "relu": ([Dense(784, 20), ReLU(), Dense(20, 12), ReLU(), Dense(12, 10), Softmax()], 64.0),
    "leaky relu": ([Dense(784, 12), LeakyReLU(), Dense(12, 10), Softmax()], 100.0),
    "elu": ([Dense(784, 12), ELU(), Dense(12, 10), Sigmoid()], 255.0),
    "a single layer": ([Dense(784, 10), Softmax()], 255.0),
}
# kinds that have no words in a file of numbers alone
MIXED = [Dense(784, 9), ELU(0.3), Dense(9, 8), LeakyReLU(0.2), Dense(8, 10), Softmax()]
CONVOLUTIONS: list[Layer] = [
    *(Unflatten(28, 28), Convolution(1, 5, 5, stride=2, padding=2), ReLU(), MaxPooling(3)),  # 14x14, then 4x4
    *(Convolution(5, 6, 3, padding=1), Tanh(), MaxPooling(2), Flatten(), Dropout(0.3), Dense(24, 10), Softmax()),
]


def model_of(layers: list[Layer], divisor: float) -> Model:
    network = Network(layers)
    network.initialize(He(), Normal(0.5), np.random.default_rng(0))
    return Model(network, divisor)


def run_onnx(content: bytes, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    from onnxruntime import InferenceSession

    (answers,) = InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {"pixels": images})
    assert isinstance(answers, np.ndarray) and answers.dtype == np.float32
    return answers


def same_answers(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> bool:
    """Probabilities within 1e-5, and the same digit wherever the two likeliest differ by as much."""
    top = np.sort(ours, axis=1)
    clear = top[:, -1] - top[:, -2] >= 1e-5
    return bool(np.abs(ours - theirs).max() < 1e-5 and (ours.argmax(1) == theirs.argmax(1))[clear].all())


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_onnx_reads_all_test_pictures_as_the_model_does(mnist_test: Dataset, output: str) -> None:
    model = Model.load(SHIPPED) if output == "softmax" else trained(output=output)
    assert same_answers(model.probabilities(mnist_test.images), run_onnx(to_onnx(model), mnist_test.images))


@pytest.mark.parametrize("kind", [*ROWS, "mixed", "convolutions"])
def test_onnx_has_every_layer(mnist_test: Dataset, kind: str) -> None:
    model = model_of(*(ROWS | {"mixed": (MIXED, 255.0), "convolutions": (CONVOLUTIONS, 255.0)})[kind])
    images = mnist_test.images[:500]
    assert same_answers(model.probabilities(images), run_onnx(to_onnx(model), images))
    assert run_onnx(to_onnx(model), images[:1]).shape == (1, 10)


def test_onnx_is_of_a_version_that_loads_everywhere() -> None:
    import onnx

    made = onnx.load_from_string(to_onnx(model_of(*ROWS["relu"])))
    assert (made.ir_version, made.opset_import[0].version) == (8, 17)


def test_onnx_without_its_library_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['onnx'] = None\n"
        "from numpen.reading.reader import Reader\nfrom numpen.models.exports.onnx import to_onnx\n"
        "from numpen.errors import OutputError\n"
        "try: to_onnx(Reader().model)\nexcept OutputError as error: print(error)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == 'expected the onnx library, got none: pip install "numpen[onnx]"\n'


def of_pictures(x: NDArray[np.float64], module: str, weight: Any = None, bias: Any = None) -> NDArray[np.float64]:
    """What PyTorch's modules do with pictures (N, C, H, W)."""
    numbers = [int(digits) for digits in re.findall(r"\d+", module.partition("(")[2])]
    if module.startswith("Unflatten"):
        return x.reshape(-1, *numbers[1:])
    if module.startswith("Flatten"):
        return x.reshape(len(x), -1)
    if module.startswith("MaxPool2d"):
        windows = np.lib.stride_tricks.sliding_window_view(x, numbers * 2, (2, 3))[:, :, :: numbers[0], :: numbers[0]]
        largest: NDArray[np.float64] = windows.max(axis=(4, 5))
        return largest
    _, _, kernel, stride, padding = numbers
    framed = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(framed, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]
    sums: NDArray[np.float64] = np.einsum("ncpqij,ocij->nopq", windows, weight, optimize=True)
    sums += bias[:, np.newaxis, np.newaxis]
    return sums


def sequential_forward(path: Path, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What PyTorch does with the file, in float64: the modules that it names, on pixels divided as it says."""
    functions: dict[str, Any] = {
        "Sigmoid()": lambda x: 1 / (1 + np.exp(-x)),
        "Tanh()": np.tanh,
        "ReLU()": lambda x: np.maximum(x, 0),
        "LeakyReLU(0.01)": lambda x: np.where(x > 0, x, 0.01 * x),
        "ELU(1.0)": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        "Softmax(dim=1)": lambda x: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True),
    }
    with safe_open(path, "np") as file:
        told = json.loads(file.metadata()["network"])
        modules = re.findall(r"\w+\((?:[^()]|\([^()]*\))*\)", told["sequential"].removeprefix("Sequential"))
        x: NDArray[np.float64] = images.reshape(len(images), -1) / told["pixel_divisor"]
        for i, module in enumerate(modules):
            if module.startswith("Linear"):
                weight = file.get_tensor(f"{i}.weight")
                assert module == f"Linear({weight.shape[1]}, {weight.shape[0]})"
                x = x @ weight.T.astype(np.float64) + file.get_tensor(f"{i}.bias")
            elif module in functions:
                x = functions[module](x)
            else:
                x = of_pictures(
                    x, module, *[file.get_tensor(f"{i}.{key}") for key in ("weight", "bias") if "Conv" in module]
                )
    x /= x.sum(axis=1, keepdims=True)
    return x


@pytest.mark.parametrize("kind", [*ROWS, "convolutions"])
def test_safetensors_are_the_weights_of_a_sequential(tmp_path: Path, mnist_test: Dataset, kind: str) -> None:
    model, path = model_of(*ROWS.get(kind, (CONVOLUTIONS, 255.0))), tmp_path / "net.safetensors"
    export(model, path)
    theirs = sequential_forward(path, mnist_test.images[:500])
    assert np.abs(model.probabilities(mnist_test.images[:500]) - theirs).max() < 1e-5


def test_safetensors_of_the_shipped_model_on_all_test_pictures(tmp_path: Path, mnist_test: Dataset) -> None:
    model = Model.load(SHIPPED)
    export(model, tmp_path / "net.safetensors")
    theirs = sequential_forward(tmp_path / "net.safetensors", mnist_test.images).astype(np.float32)
    assert same_answers(model.probabilities(mnist_test.images), theirs)


@pytest.mark.parametrize("target", ["net.npz", "net.safetensors", "net"])
@pytest.mark.parametrize("kind", ROWS)
def test_what_was_exported_imports_back_to_the_bit(tmp_path: Path, mnist: Dataset, target: str, kind: str) -> None:
    model = model_of(*ROWS[kind])
    model.network.theta[:4] = [0.1, -0.0, 1e-45, 3.4e38]  # the smallest and the largest that there are
    path = tmp_path / target
    size = export(model, path)
    made = import_weights([path], mnist)
    assert made.model.network.theta.tobytes() == model.network.theta.tobytes()
    kept = [layer.spec() for layer in model.network.layers if not isinstance(layer, Dropout)]
    assert made.model.network.specs() == kept and made.model.pixel_divisor == model.pixel_divisor
    files = path.iterdir() if path.is_dir() else [path]
    assert sum(each.stat().st_size for each in files) == size


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for target in ("a.npz", "a.safetensors", "a.onnx"):
        sizes = [export(trained(), tmp_path / target), (tmp_path / target).read_bytes()]
        again = [export(trained(), tmp_path / target), (tmp_path / target).read_bytes()]
        assert sizes == again


def test_csv_is_text_that_anything_reads() -> None:
    files = to_files(model_of(*ROWS["relu"]))
    assert list(files) == ["convention.json", *(f"{kind}_{i}.csv" for i in (1, 2, 3) for kind in ("weights", "biases"))]
    assert len(files["weights_1.csv"].splitlines()) == 784 and files["biases_3.csv"].count(b",") == 9
    assert json.loads(files["convention.json"])["pixel_divisor"] == 64.0


class Strange(Dense):
    """A layer that no format has heard of."""

    name = "strange"


@pytest.mark.parametrize("target", ["a.onnx", "a.npz", "a.safetensors", "a"])
def test_an_unknown_layer_is_refused_by_its_name(tmp_path: Path, target: str) -> None:
    model = model_of([Strange(784, 10), Softmax()], 255.0)
    with pytest.raises(OutputError, match="strange") as caught:
        export(model, tmp_path / target)
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["a.npz", "a.safetensors", "a"])
def test_a_network_that_has_no_words_is_refused(tmp_path: Path, target: str) -> None:
    with pytest.raises(OutputError, match="same activation"):
        export(model_of(MIXED, 255.0), tmp_path / target)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layers", [[Dense(784, 10)], [Unflatten(28, 28), Flatten(), Dense(784, 10), Softmax()]])
def test_a_row_of_layers_that_import_would_not_make_is_refused(tmp_path: Path, layers: list[Layer]) -> None:
    with pytest.raises(OutputError, match="same activation"):
        export(model_of(layers, 255.0), tmp_path / "a.npz")


@pytest.mark.parametrize("target", ["a.npz", "a"])
def test_files_of_numbers_alone_hold_no_convolutions(tmp_path: Path, target: str) -> None:
    with pytest.raises(OutputError, match=r"got .*convolution.*: export to \.onnx"):
        export(model_of(CONVOLUTIONS, 255.0), tmp_path / target)
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"expected a target that ends in \.npz"):
        export(trained(), tmp_path / "model.h5")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "weights_9.csv").write_text("precious")
    with pytest.raises(OutputError, match="a new or an empty folder"):
        export(trained(), tmp_path / "mine")
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "weights_9.csv"]
    (tmp_path / "empty").mkdir()
    export(trained(), tmp_path / "empty")
    with pytest.raises(OutputError, match="expected a folder to write"):
        export(trained(), tmp_path / "no" / "folder")


def test_the_sequential_is_spelled_out() -> None:
    assert sequential(model_of(*ROWS["tanh and dropout"])) == (
        "Sequential(Linear(784, 12), Tanh(), Linear(12, 10), Softmax(dim=1))"
    )
