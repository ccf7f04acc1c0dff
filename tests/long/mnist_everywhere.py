"""MNIST, all 70,000 pictures, through every format and back: `python -m tests.long.mnist_everywhere [FORMAT...]`."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from numpen.digits.dataset import Dataset
from numpen.digits.formats.parts import Part
from numpen.digits.mnist import load_mnist
from numpen.digits.sources import load_source
from numpen.digits.targets import TARGET_FORMATS, write_target

READ = """
import resource, sys, time
from numpen.digits.sources import load_source
import numpy, PIL.Image
if sys.argv[2] == "parquet":
    import pyarrow.parquet
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
dataset = load_source(sys.argv[1], "train")
print(dataset.checksum, time.perf_counter() - began,
      (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / dataset.images.nbytes)
"""


def main(forms: list[str]) -> None:
    parts: dict[Part, Dataset] = {"train": load_mnist("train"), "test": load_mnist("test")}
    for form in TARGET_FORMATS:
        if forms and form not in forms:
            continue
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / ("mnist.npz" if form == "npz" else "mnist")
            began = time.perf_counter()
            write_target(parts, target, form)
            wrote = time.perf_counter() - began
            done = subprocess.run(
                [sys.executable, "-c", READ, target, form], capture_output=True, text=True, check=True
            )
            checksum, seconds, times = done.stdout.split()
            same = (
                checksum == parts["train"].checksum
                and load_source(str(target), "test").checksum == parts["test"].checksum
            )
            print(
                f"{form:10} written in {wrote:6.1f} s, the train part read in {float(seconds):6.1f} s with "
                f"{float(times):.1f} times its own memory: {'identical' if same else 'DIFFERENT'}"
            )
            assert same


if __name__ == "__main__":
    main(sys.argv[1:])
    print(f"peak of all that was written: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")
