"""The test pictures on a plane, as a layer of a model tells them apart: the map of the Mistakes room."""

from typing import Any

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.evaluation.projection import principal_components
from numpen.lab.units import layer_answers
from numpen.models.model import Model
from numpen.nn.arrays import Array

SHOWN = 2000  # of the test pictures, the first; and every mistake


def plane(model: Model, test: Dataset, answers: Array, layer: int | None) -> dict[str, Any]:
    """Where each picture lies by the principal components of a layer's answers, or of its pixels (None).

    `answers` (N, 10) are the model's to all test pictures. Each coordinate goes from -1 to 1. Raises LabError for
    a layer without weights.
    """
    given = answers.argmax(axis=1)
    rows = np.flatnonzero((np.arange(len(test)) < SHOWN) | (given != test.labels))
    images = test.images[rows]
    values = images.reshape(len(rows), -1) if layer is None else layer_answers(model.copy(), images, layer)
    coordinates, shares = principal_components(values)
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    coordinates = (2 * coordinates - low - high) / np.maximum(high - low, np.finfo(float).tiny)
    return {
        "rows": rows.tolist(),
        "x": coordinates[:, 0].round(4).tolist(),
        "y": coordinates[:, 1].round(4).tolist(),
        "truth": test.labels[rows].tolist(),
        "answer": given[rows].tolist(),
        "shares": shares.tolist(),
    }
