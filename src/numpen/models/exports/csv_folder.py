"""A model as a folder of CSV: `weights_1.csv, biases_1.csv, ...` and `convention.json`, for anything that reads text.

A row of a matrix belongs to an input, a column to an output: z = xW + b. Numbers have as many digits as it takes to
read the same float32 again.
"""

import json
from pathlib import Path

import numpy as np

from numpen.files import new_folder
from numpen.models.exports import dense
from numpen.models.model import Model
from numpen.nn.arrays import Array


def to_files(model: Model) -> dict[str, bytes]:
    """The content of each file by its name; raises OutputError for layers that are not dense."""
    files = {"convention.json": json.dumps(dense.convention(model), indent=2).encode() + b"\n"}
    for i, layer in enumerate(dense.parameters(model), 1):
        files |= {f"weights_{i}.csv": _csv(layer.W), f"biases_{i}.csv": _csv(layer.b[np.newaxis])}
    return files


def write_folder(model: Model, folder: Path) -> int:
    """Make the folder with all files in it, or nothing; return their bytes. Raises OutputError."""
    files = to_files(model)
    with new_folder(folder) as beside:
        for name, content in files.items():
            (beside / name).write_bytes(content)
    return sum(map(len, files.values()))


def _csv(matrix: Array) -> bytes:
    # the shortest digits that only this float32 has; reading them as float64 and rounding gives it again
    return "".join(",".join(map(str, row)) + "\n" for row in matrix).encode()
