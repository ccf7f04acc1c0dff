"""MNIST, all 70,000 pictures, through every format and back: `python -m tests.long.mnist_everywhere [FORMAT...]`."""

import gzip
import pickle
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.digits.formats.parts import Part
from numpen.digits.mnist import load_mnist
from numpen.digits.sources import load_source
from numpen.digits.targets import TARGET_FORMATS, write_target
from tests.memory import growth

SETUP = """
from numpen.digits.sources import load_source
import numpy, PIL.Image, PIL.ImageOps
if sys.argv[2] == "parquet":
    import pyarrow.parquet
"""
READ = """
dataset = load_source(sys.argv[1], "train")
assert dataset.checksum == sys.argv[3]
"""
PICKLES = ("lists.pkl", "arrays.pkl", "floats.pkl", "keras.pkl", "book.pkl.gz")


def pickled(parts: dict[Part, Dataset], target: Path, form: str) -> None:
    """Two lists of lists, of arrays or of lists of floats, Keras' four arrays, or the book's three tuples of floats."""
    train, test = parts["train"], parts["test"]
    value: Any
    if form == "lists.pkl":
        value = train.images.tolist(), [[label] for label in train.labels.tolist()]
    elif form == "arrays.pkl":
        value = list(train.images), [np.array([label]) for label in train.labels]
    elif form == "floats.pkl":
        value = (train.images.reshape(-1, 784) / 255).tolist(), train.labels.tolist()
    elif form == "keras.pkl":
        value = {"x_train": train.images, "y_train": train.labels, "x_test": test.images, "y_test": test.labels}
    else:
        x, y = (train.images.reshape(-1, 784) / np.float32(256)), train.labels.astype(np.int64)
        value = (x[:50_000], y[:50_000]), (x[50_000:], y[50_000:]), (test.images / np.float32(256), test.labels)
    with gzip.open(target, "wb", 1) if form.endswith("gz") else target.open("wb") as file:
        pickle.dump(value, file, 4)


def main(forms: list[str]) -> None:
    parts: dict[Part, Dataset] = {"train": load_mnist("train"), "test": load_mnist("test")}
    for form in (*TARGET_FORMATS, *PICKLES):
        if forms and form not in forms:
            continue
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / ("mnist.npz" if form == "npz" else "mnist")
            began = time.process_time()
            if form in TARGET_FORMATS:
                write_target(parts, target, form)
                assert load_source(str(target), "test").checksum == parts["test"].checksum
            else:
                pickled(parts, target, form)
            wrote = time.process_time() - began
            megabytes, seconds = growth(SETUP, READ, target, form, parts["train"].checksum)
            print(
                f"{form:12} written in {wrote:5.1f} s, the train part read in {seconds:5.1f} s of work "
                f"with {megabytes * 1e6 / parts['train'].images.nbytes:.1f} times its own memory: identical",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
