"""A model as NumPy's `.npz`: `W1, b1, W2, b2, ...` (z = xW + b) and the convention beside them."""

import io
from typing import Any

import numpy as np

from numpen.models.exports import dense
from numpen.models.model import Model


def to_npz(model: Model) -> bytes:
    """The file's content, the same for the same model; raises OutputError for layers that are not dense."""
    arrays: dict[str, Any] = {key: np.array(value) for key, value in dense.convention(model).items()}
    for i, layer in enumerate(dense.parameters(model), 1):
        arrays |= {f"W{i}": layer.W, f"b{i}": layer.b}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()
