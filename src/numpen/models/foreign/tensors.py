"""Safetensors files, as PyTorch's users save them; the header's size is checked before it is read."""

import json
from pathlib import Path
from typing import Any

from numpen.errors import ModelFileError
from numpen.models.foreign.naming import Named, checked, in_a_line

LARGEST_HEADER = 65_536  # bytes; a million empty tensors would take seconds and a gigabyte


def read_safetensors(content: bytes, path: Path) -> tuple[Named, dict[str, Any]]:
    """The tensors by their names, and what an export of numpen's says of them.

    Raises ModelFileError for a file that is not whole.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    length = int.from_bytes(content[:8], "little")
    if length > LARGEST_HEADER or len(content) < 8 + length:
        raise ModelFileError(f"expected a safetensors file, got {path}, which is another kind of file or ends early")
    try:
        tensors = load(content)
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
        told = json.loads(metadata.get("network", "{}"))
    except (SafetensorError, KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"expected tensors of plain numbers in {path}, got: {in_a_line(error)}") from error
    if "numpen" in metadata:
        raise ModelFileError(f"expected weights of another program, got {path}, a model of numpen's: use it as it is")
    return {checked(name): array for name, array in sorted(tensors.items())}, told if isinstance(told, dict) else {}
