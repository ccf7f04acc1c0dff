"""Model: a trained network as a thing to keep, hand on and ask.

A model knows how a picture is fed to its network and carries a card: where it came from and how good it
was measured to be.
"""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import DataError, ModelFileError, NetworkError
from numpen.models import modelfile
from numpen.nn.arrays import Array
from numpen.nn.folding import folded
from numpen.nn.network import Network


class Model:
    """A network, what pixels are divided by before it sees them, and its card. Safe to ask from many threads."""

    def __init__(self, network: Network, pixel_divisor: float = 255.0, card: dict[str, Any] | None = None) -> None:
        """Batch normalisation is folded into the weights, of a copy; any other network is kept as it is.

        Raises NetworkError for a network that does not look at 784 pixels and tell 10 digits apart.
        """
        if (network.inputs, network.outputs) != (784, 10):
            raise NetworkError(f"expected a network from 784 to 10, got one from {network.inputs} to {network.outputs}")
        self.network, self.pixel_divisor, self.card = folded(network), pixel_divisor, card or {}
        self._lock = threading.Lock()  # a network has one set of buffers

    def probabilities(self, images: NDArray[np.uint8]) -> Array:
        """How likely each digit is, (N, 10), for images (N, 28, 28), or (28, 28) for one, of ink 0 to 255.

        A row adds up to one; the answers of a network that ends with sigmoids are shared out to do so.
        Raises DataError for arrays of another kind.
        """
        if images.dtype != np.uint8 or images.shape[-2:] != (28, 28) or images.ndim not in (2, 3):
            raise DataError(f"expected images (N, 28, 28) of uint8, got {images.shape} of {images.dtype}")
        pixels = images.reshape(-1, 784)
        answers = np.empty((len(pixels), self.network.outputs), self.network.theta.dtype)
        factor = 1 / self.pixel_divisor
        with self._lock:
            for start in range(0, len(pixels), self.network.batch):
                rows = slice(start, start + self.network.batch)
                x = pixels[rows].astype(answers.dtype)
                x *= factor
                answers[rows] = self.network.forward(x)
        if self.network.layers[-1].name != "softmax":
            answers += np.finfo(answers.dtype).tiny  # ten zeros are ten equal answers
            answers /= answers.sum(axis=1, keepdims=True)
        return answers

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The most likely digit of each image (N,); see `probabilities`."""
        digits: NDArray[np.intp] = self.probabilities(images).argmax(axis=1)
        return digits

    def first_layer(self) -> Array:
        """The weights of each unit of the first layer as a picture, (units, 28, 28), or (maps, k, k); a copy."""
        first = next(layer for layer in self.network.layers if layer.n_weights)
        weights = first.tensors()["W"]
        if weights.ndim == 2:  # (784, units)
            return weights.T.reshape(-1, 28, 28).copy()
        return weights[:, :, 0].transpose(2, 0, 1).copy()  # (k, k, 1, maps)

    def copy(self) -> "Model":
        """The same model with weights and buffers of its own, for another thread."""
        return Model(self.network.copy(), self.pixel_divisor, self.card)

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process a model goes as its file's content does."""
        return _model, (modelfile.to_bytes(self.network, self.pixel_divisor, self.card), self.network.batch)

    def save(self, path: str | Path) -> int:
        """Write the model to a file, whole or not at all; return its size in bytes. Raises OutputError."""
        return modelfile.save(self.network, self.pixel_divisor, self.card, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> "Model":
        """The model in a file; raises ModelFileError unless it is whole, unchanged, and reads digits."""
        try:
            return cls(*modelfile.load(Path(path)))
        except NetworkError as error:
            raise ModelFileError(f"expected a model that reads digits, got {path}: {error}") from error


def _model(content: bytes, batch: int) -> Model:
    network, divisor, card = modelfile.from_bytes(content, "a model from another process")
    network.bind(batch)
    return Model(network, divisor, card)
