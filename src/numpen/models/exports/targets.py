"""Where a model can be exported to: the ending of a path says the format, a path without one is a folder of CSV."""

from collections.abc import Callable
from pathlib import Path

from numpen.errors import OutputError
from numpen.files import write_atomically
from numpen.models.exports.csv_folder import write_folder
from numpen.models.exports.npz import to_npz
from numpen.models.exports.onnx import to_onnx
from numpen.models.exports.safetensors import to_safetensors
from numpen.models.model import Model

FORMATS: dict[str, Callable[[Model], bytes]] = {
    ".npz": to_npz,
    ".onnx": to_onnx,
    ".safetensors": to_safetensors,
}


def export(model: Model, target: Path) -> int:
    """Write the model whole or not at all; return how many bytes.

    Raises OutputError for an ending that is no format, a place that cannot be written to, a layer that the
    format does not have, and a library that is not installed.
    """
    if not target.suffix:
        return write_folder(model, target)
    if target.suffix.lower() not in FORMATS:
        raise OutputError(
            f"expected a target that ends in {', '.join(FORMATS)} or .html, or a new folder, got {target}"
        )
    content = FORMATS[target.suffix.lower()](model)
    write_atomically(target, content)
    return len(content)
