"""Files of every format with a few bytes changed: each is read, or refused in one line, and nothing else happens."""

import csv
import gzip
import io
import pickle
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.digits.recognition import Format
from numpen.digits.sources import has_test_part, load_source
from numpen.digits.targets import write_target
from numpen.errors import NumpenError

STRANGE = r"""- -1 256 0.5 1e400 0e999 nan inf +7 1_0 "7" 0x1 00000007 7. .7 7e0 =1+1 ' 1,1 7;7 " 0""7"""
CELLS = [*STRANGE.encode().split(), b"", b" ", b" 7", b"\xd9\xa3", b"9" * 5000, b"\0", b"\n", b"\r", b"\xef\xbb\xbf7"]


def mutated(content: bytes, rng: random.Random, *, text: bool = False) -> bytes:
    """The content with one to three places changed; of text, half of the time a cell becomes a strange one."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        place, byte = rng.randrange(len(data) + 1), rng.randrange(256)
        change = rng.choice(["flip", "set", "insert", "delete", "cut", "double", *["cell"] * 6 * text])
        if change == "flip":
            data[place : place + 1] = bytes(each ^ 1 << rng.randrange(8) for each in data[place : place + 1])
        elif change == "set":
            data[place : place + 1] = bytes([byte])
        elif change == "insert":
            data[place:place] = bytes([byte])
        elif change == "delete":
            del data[place : place + rng.choice([1, 1, 2, 4, 100])]
        elif change == "cut":
            del data[place : len(data) if rng.random() < 0.1 else place + 1]
        elif change == "double":
            data[place:place] = data[place : place + rng.choice([1, 8, 1000])]
        else:
            start = data.rfind(b",", 0, place) + 1
            end = data.find(b",", place)
            data[start : end if end >= start else len(data)] = rng.choice(CELLS)
    return bytes(data)


def samples(dataset: Dataset, folder: Path) -> Iterator[tuple[str, Format, Path, Path]]:
    """A small file of each format: its name, the format, the source and the file in it that is to be changed."""
    few = replace(dataset.take(slice(0, 4)), writers=None)
    folder.mkdir()
    write_target({"train": few}, folder / "a.csv", "csv")
    yield "csv", "csv", folder / "a.csv", folder / "a.csv"
    rows = few.images.reshape(4, 784) / 255
    text = "".join(f"{label};{';'.join(map(str, row))}\r\n" for label, row in zip(few.labels, rows, strict=True))
    (folder / "fractions.csv").write_bytes(text.encode())
    yield "csv", "csv", folder / "fractions.csv", folder / "fractions.csv"
    write_target({"train": few}, folder / "idx", "idx")
    yield "idx", "idx", folder / "idx", folder / "idx" / "train-images-idx3-ubyte"
    write_target({"train": few}, folder / "idx.gz", "idx.gz")
    yield "idx", "idx", folder / "idx.gz", folder / "idx.gz" / "train-labels-idx1-ubyte.gz"
    for name, parts in (("one.npz", {"train": few}), ("two.npz", {"train": few, "test": few})):
        write_target(parts, folder / name, "npz")  # type: ignore[arg-type]
        yield "npz", "npz", folder / name, folder / name
    write_target({"train": few}, folder / "a.parquet", "parquet")
    yield "parquet", "parquet", folder / "a.parquet", folder / "a.parquet"
    lists = [image.tolist() for image in few.images], [[int(label)] for label in few.labels]
    arrays = list(few.images), [np.array([label]) for label in few.labels]
    for protocol in range(6):
        path = folder / f"{protocol}.pkl"
        path.write_bytes(pickle.dumps(arrays if protocol % 2 else lists, protocol))
        yield "pickled", "pickled", path, path
    book = pickle.dumps([(few.images / np.float32(256), few.labels)] * 3, 2)
    (folder / "book.pkl.gz").write_bytes(gzip.compress(book))
    yield "pickled", "pickled", folder / "book.pkl.gz", folder / "book.pkl.gz"
    for suffix in ("png", "jpeg", "bmp", "gif", "webp"):
        pictures = folder / suffix
        (pictures / "7").mkdir(parents=True)
        for i, image in enumerate(few.images[:2]):
            Image.fromarray(image).save(pictures / "7" / f"{i}.{suffix}")
        yield "pictures", "pictures", pictures, pictures / "7" / f"1.{suffix}"


def survive(dataset: Dataset, folder: Path, counts: dict[str, int], seed: int = 0) -> Counter[str]:
    """Change the files of each format so many times; how many were read, and how many refused, of each format.

    Raises whatever comes out that is not a NumpenError, and AssertionError for a CSV whose numbers are not its own.
    """
    outcomes: Counter[str] = Counter()
    all_samples = list(samples(dataset, folder))
    for name, form, source, file in all_samples:
        rng, content = random.Random(f"{seed} {file.name}"), file.read_bytes()
        for _ in range(-(-counts[name] // sum(each[0] == name for each in all_samples))):
            change = mutated(content, rng, text=name == "csv")
            file.write_bytes(change)
            try:
                # half of the time the format is told from the content
                read = load_source(str(source), "train", form if rng.random() < 0.5 else None)
                has_test_part(str(source), form)
                outcomes[f"{name} read"] += 1
            except NumpenError as error:
                assert len(str(error).splitlines()) == 1, error
                outcomes[f"{name} refused"] += 1
            else:
                if name == "csv":
                    same_numbers(read, change)
        file.write_bytes(content)
    shutil.rmtree(folder)
    return outcomes


def same_numbers(dataset: Dataset, content: bytes) -> None:
    """Whether a slow reader of the standard library finds the same numbers in a CSV, label first."""
    delimiter = ";" if "semicolons" in dataset.found else ","
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if "a header" in dataset.found:
        text = text.partition("\n")[2]
    rows = [
        [float(cell) for cell in row]
        for row in csv.reader(io.StringIO(text, ""), delimiter=delimiter)
        if "".join(row).strip(" ")
    ]
    divisor = 255 if "divided by 255" in dataset.found else 1
    pixels = np.rint(np.array([row[1:] for row in rows]) * divisor)
    assert np.array_equal(dataset.images.reshape(-1, 784), pixels), dataset.found
    assert dataset.labels.tolist() == [row[0] for row in rows]
