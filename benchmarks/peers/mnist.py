"""MNIST from its gzipped IDX files, in the few lines that everybody writes."""

import gzip
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def load(folder: Path, stem: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Pixels (N, 784), 0 to 1, and labels (N,) of "train" or "t10k"."""
    pixels = gzip.decompress((folder / f"{stem}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{stem}-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 784).astype(np.float32)
    x /= 255
    return x, np.frombuffer(labels, np.uint8, offset=8)
