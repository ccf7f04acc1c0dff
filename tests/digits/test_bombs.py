"""Small files that unpack to gigabytes, and headers that promise them, cost little memory and no patience."""

import gzip
import io
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from numpen.digits.sources import load_source
from numpen.errors import NumpenError
from tests.digits.test_formats import png
from tests.memory import growth, linux

ROW = b"7" + b",0" * 784 + b"\n"
NESTED_LISTS = b"\x80\x02]q\x00(" + (b"](" + b"K\x00" * 28 + b"e") * 1000

# a tenth of what it is with NUMPEN_BOMB_BYTES=1500000000
SIZE = int(os.environ.get("NUMPEN_BOMB_BYTES", "150_000_000"))

SETUP = """
import numpy, PIL.Image, PIL.ImageOps, zipfile
from numpen.digits.sources import load_source
from numpen.errors import NumpenError
"""
READ = """
try:
    load_source(sys.argv[1], "train", sys.argv[2] if len(sys.argv) > 2 else None)
    print("read")
except NumpenError as error:
    assert len(str(error).splitlines()) == 1
"""


def packed(unit: bytes, start: bytes = b"", size: int = SIZE) -> bytes:
    """A gzip that unpacks to so many bytes: the same again and again, packed once and repeated as members."""
    unit *= max(1, 15_000_000 // len(unit))
    member = gzip.compress(unit)
    return gzip.compress(start) + member * (size // len(unit))


def zipped(name: str, start: bytes, size: int = SIZE) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(name, "w", force_zip64=True) as member:
            member.write(start)
            for _ in range(size // 10_000_000):
                member.write(bytes(10_000_000))
        archive.writestr("labels.npy", b"")
    return file.getvalue()


def idx_header(count: int) -> bytes:
    return struct.pack(">HBBIII", 0, 8, 3, count, 28, 28)


def npy_header(count: int) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (count, 28, 28)})
    return header.getvalue()


def parquet(folder: Path) -> bytes:
    """Very many times the same picture, which is kept once."""
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    picture = pa.array([{"bytes": png(np.zeros((28, 28), np.uint8)), "path": None}], kind)
    n = SIZE // 500
    table = pa.table(
        {"image": pa.concat_arrays([picture]).take(pa.array(np.zeros(n, np.int64))), "label": np.zeros(n, int)}
    )
    pyarrow.parquet.write_table(table, folder / "made", compression="zstd")
    return (folder / "made").read_bytes()


BOMBS: dict[str, tuple[Callable[[Path], bytes], tuple[str, ...]]] = {
    "zeros": (lambda _: packed(b"\0"), ()),
    "zeros as CSV": (lambda _: packed(b"\0"), ("csv",)),
    "zeros as a pickle": (lambda _: packed(b"\0"), ("pickled",)),
    "a row without an end": (lambda _: packed(b"0,"), ()),
    "rows": (lambda _: packed(ROW), ()),
    "empty rows": (lambda _: packed(b"\n", ROW), ()),
    "IDX": (lambda _: packed(b"\0", idx_header(SIZE // 784)), ()),
    "IDX that says less": (lambda _: packed(b"\0", idx_header(10)), ()),
    "pickled bytes": (lambda _: packed(b"\0", b"\x80\x04\x8e" + struct.pack("<Q", SIZE)), ()),
    "pickled lists": (lambda _: packed(NESTED_LISTS[5:], NESTED_LISTS[:5], SIZE // 4), ()),
    "NPZ": (lambda _: zipped("images.npy", npy_header(SIZE // 784)), ()),
    "NPZ that says less": (lambda _: zipped("images.npy", npy_header(10)), ()),
    "NPZ of no array": (lambda _: zipped("images.npy", b""), ()),
    "Parquet": (parquet, ()),
}


@linux
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_little(tmp_path: Path, bomb: str) -> None:
    made, arguments = BOMBS[bomb]
    path = tmp_path / "images"
    path.write_bytes(made(tmp_path))
    (tmp_path / "labels").write_bytes(b"")
    megabytes, seconds = growth(SETUP, READ, path, *arguments)
    print(f"{bomb}: {path.stat().st_size / 1e6:.1f} MB, {megabytes:.0f} MB more, {seconds:.1f} s of work")
    assert path.stat().st_size * 80 < SIZE
    assert megabytes < 128


def lying_headers(count: int, seed: int = 0) -> Iterable[bytes]:
    """IDX files of ten small pictures whose headers have other types, axes and lengths."""
    rng = random.Random(seed)
    lengths = (0, 1, 9, 11, 27, 28, 29, 783, 784, 2**16, 2**31 - 1, 2**31, 2**32 - 1)
    for i in range(count):
        code = i % 256 if i < 1024 else rng.choice([8, 8, 8, 9, 11, 12, 13, 14])
        axes = i // 256 if i < 1024 else rng.choice([0, 1, 2, 3, 3, 3, 3, 4, 5, 64, 255])
        shape = [rng.choice(lengths) for _ in range(axes)]
        yield bytes([0, 0, code, axes]) + b"".join(n.to_bytes(4) for n in shape) + bytes(7840)


def read_lies(folder: Path, count: int) -> int:
    """How many files with lying headers are refused; raises what is not a NumpenError."""
    refused = 0
    (folder / "labels").write_bytes(struct.pack(">HBBI", 0, 8, 1, 10) + bytes(10))
    for content in lying_headers(count):
        (folder / "images").write_bytes(content)
        try:
            load_source(str(folder / "images"), "train", "idx")
        except NumpenError:
            refused += 1
    return refused


def test_lying_headers_are_refused(tmp_path: Path) -> None:
    # python -m tests.long.lying_headers does it with 10,000; the first 1,024 have every type with 0 to 3 axes
    assert read_lies(tmp_path, 1_100) == 1_100


@pytest.mark.parametrize("pack", [bytes, lambda content: gzip.compress(content, 1)], ids=["plain", "gzip"])
def test_pictures_cut_at_any_byte_are_refused(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    noise = random.Random(0).randbytes(784)
    content = pack(idx_header(1) + noise)
    (tmp_path / "labels").write_bytes(struct.pack(">HBBI", 0, 8, 1, 1) + b"\7")
    for length in range(len(content)):
        (tmp_path / "images").write_bytes(content[:length])
        with pytest.raises(NumpenError):
            load_source(str(tmp_path / "images"), "train")
    (tmp_path / "images").write_bytes(content)
    assert len(load_source(str(tmp_path / "images"), "train")) == 1
    assert zlib.crc32(load_source(str(tmp_path / "images"), "train").images.tobytes()) == zlib.crc32(noise)
