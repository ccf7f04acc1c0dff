"""Where labelled pictures come from: a SOURCE is `mnist`, one part of it, or a path."""

from pathlib import Path
from typing import Literal

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.digits.formats.idx import read_idx
from numpen.digits.mnist import load_mnist
from numpen.errors import DataError

Part = Literal["train", "test"]

STEMS: dict[Part, str] = {"train": "train", "test": "t10k"}


def load_source(source: str, part: Part) -> Dataset:
    """That part of a SOURCE; `mnist:train`, `mnist:test` and a single file are what they are, whatever the part.

    A path is a folder that holds the files of MNIST's names (`train-images-idx3-ubyte`, ..., plain or .gz),
    or one file of images with its labels beside it. Raises DataError if it holds no labelled pictures.
    """
    if source == "mnist":
        return load_mnist(part)
    if source in ("mnist:train", "mnist:test"):
        return load_mnist("train" if source.endswith("train") else "test")
    path = Path(source)
    if not path.exists():
        raise DataError(f"expected mnist, mnist:train, mnist:test or a path, got {source}, which does not exist")
    images = _images_in(path, part) if path.is_dir() else path
    return _read_pair(images, source)


def has_test_part(source: str) -> bool:
    """Whether `load_source` would find pictures that are for testing, apart from those to learn from."""
    if source == "mnist" or not Path(source).is_dir():
        return source == "mnist"
    return any(Path(source).glob("t10k-images*"))


def _images_in(folder: Path, part: Part) -> Path:
    found = sorted(folder.glob(f"{STEMS[part]}-images*"))
    if not found:
        raise DataError(f"expected {STEMS[part]}-images-idx3-ubyte (or .gz) in the folder {folder}, got no such file")
    return found[0]


def _read_pair(path: Path, source: str) -> Dataset:
    """The images in a file, with the labels in the file that is called alike."""
    images = read_idx(path)
    if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise DataError(f"expected images of 28x28 bytes in {path}, got {images.shape} of {images.dtype}")
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    beside = [path.with_name(each) for each in (name, f"{name}.gz", name.removesuffix(".gz"))]
    labels_path = next((each for each in beside if each != path and each.exists()), None)
    if labels_path is None:
        raise DataError(f"expected the labels of {path} beside it, in {name}, got no such file")
    labels = read_idx(labels_path)
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        raise DataError(f"expected {len(images)} labels in {labels_path}, got {labels.shape} of {labels.dtype}")
    return Dataset(images, labels, source=source)
