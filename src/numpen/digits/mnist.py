"""MNIST itself, which ships with the package: 60,000 pictures to learn from, 10,000 to be tested on.

MNIST is by Yann LeCun and Corinna Cortes (CC BY-SA 3.0); who wrote each picture is from QMNIST
(see NOTICE). No writer is in both parts.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.digits.formats.idx import read_idx
from numpen.digits.formats.parts import Part
from numpen.errors import DataError

FOLDER = Path(__file__).with_name("data")

# SHA-256 of each file; gzip's own checksum covers what is unpacked from it
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train-labels-idx1-ubyte.gz": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "train-writers-idx1-int.gz": "97a8aec70b8cd07cf65802f79b64de4bef94d284097af1b6dc780015c8fa1d3f",
    "t10k-images-idx3-ubyte.gz": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "t10k-labels-idx1-ubyte.gz": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
    "t10k-writers-idx1-int.gz": "9750d3e354777a6318abb830335a230c2201274ded75fd0f3cbc927d3e691a15",
}


def load_mnist(part: Part = "train") -> Dataset:
    """The "train" part (60,000 pictures by 539 writers) or the "test" part (10,000 by 297 others).

    Raises DataError if a file of the installation is missing or not the published one.
    """
    stem = "train" if part == "train" else "t10k"
    images = _read(f"{stem}-images-idx3-ubyte.gz")
    labels = _read(f"{stem}-labels-idx1-ubyte.gz")
    writers = _read(f"{stem}-writers-idx1-int.gz").astype(np.int32)
    return Dataset(images, labels, writers, source=f"mnist:{part}", found="MNIST, as it ships with numpen")


def _read(name: str) -> NDArray[Any]:
    path = FOLDER / name
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != CHECKSUMS[name]:
        raise DataError(f"expected MNIST's {name} as it was published, got another file: install numpen again")
    return read_idx(path)
