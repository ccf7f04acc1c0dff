"""One unit of a network: which test pictures excite it most and which least."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import LabError
from numpen.lab.door import encoded
from numpen.models.model import Model

SHOWN = 9
ASKED = 3000  # test pictures


def excitement(model: Model, test: Dataset, layer: int, unit: int) -> dict[str, Any]:
    """The pictures at both ends for a unit of the layer with this number (from 0, a layer with weights).

    Of a map, which looks at every place, the mean counts. Raises LabError for a unit that there is not.
    """
    asked = test.take(slice(ASKED))
    values = layer_answers(model.copy(), asked.images, layer)
    if not 0 <= unit < values.shape[1]:
        raise LabError(f"expected a unit from 0 to {values.shape[1] - 1}, got {unit}")
    own = values[:, unit]
    order = np.argsort(-own, kind="stable")
    ends = {"most": order[:SHOWN], "least": order[::-1][:SHOWN]}
    return {
        "units": values.shape[1],
        "silent": float(np.mean(own <= 0)),
        "mean": float(own.mean()),
        "largest": float(own.max()),
    } | {name: [_picture(asked, own, int(row)) for row in rows] for name, rows in ends.items()}


def layer_answers(model: Model, images: NDArray[np.uint8], layer: int) -> NDArray[np.float64]:
    """What every unit of a layer says behind its activation, (N, units); of a map the mean. Raises LabError."""
    layers = model.network.answering
    if not (0 <= layer < len(layers) and layers[layer].n_weights):
        raise LabError(f"expected the number of a layer with weights, got {layer}")
    last = layer
    while last + 1 < len(layers) and not layers[last + 1].n_weights and not layers[last + 1].passes_on:
        last += 1
    parts = []
    for start in range(0, len(images), model.network.batch):
        x = images[start : start + model.network.batch].reshape(-1, 784).astype(np.float32)
        x *= 1 / model.pixel_divisor
        for each in layers[: last + 1]:
            x = each.forward(x)
        parts.append(x.reshape(len(x), -1, x.shape[-1]).mean(axis=1, dtype=np.float64))
    return np.concatenate(parts)


def _picture(test: Dataset, values: NDArray[np.float64], row: int) -> dict[str, Any]:
    return {"row": row, "truth": int(test.labels[row]), "value": float(values[row]), "frame": encoded(test.images[row])}
