"""IDX files are read as they are defined, plain or gzipped, and a damaged or lying one costs an error only."""

import gzip
import itertools
import math
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.formats.idx import read_idx
from numpen.errors import DataError
from tests.memory import growth, linux

# IDX's number for the type, struct's letter for it, and values that show its size, sign and order of bytes
TYPES: dict[int, tuple[str, list[float]]] = {
    0x08: ("B", [0, 1, 127, 128, 255]),
    0x09: ("b", [0, 1, 127, -128, -1]),
    0x0B: ("h", [0, 1, 258, -32768, 32767]),
    0x0C: ("i", [0, 1, 66051, -(2**31), 2**31 - 1]),
    0x0D: ("f", [0, 1, -0.5, 2.0**100, -(2.0**-100)]),
    0x0E: ("d", [0, 1, -0.1, 1e300, -1e-300]),
}
SHAPES = [(), (5,), (2, 3), (3, 1, 2), (2, 1, 2, 3), (0,), (4, 0)]


def idx(code: int, shape: tuple[int, ...], values: list[float]) -> bytes:
    """The file, written with struct, number by number."""
    header = struct.pack(">HBB", 0, code, len(shape)) + b"".join(struct.pack(">I", size) for size in shape)
    return header + b"".join(struct.pack(">" + TYPES[code][0], value) for value in values)


def in_members(content: bytes) -> bytes:
    """gzip in three members, as `cat a.gz b.gz c.gz` makes it; cut within the header and within a number."""
    return gzip.compress(content[:3]) + gzip.compress(content[3:9]) + gzip.compress(content[9:])


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda content: content,
    "gzip": gzip.compress,
    "members": in_members,
    "empty-members": lambda content: gzip.compress(b"") + gzip.compress(content) + gzip.compress(b""),
}
SMALL = idx(0x0B, (2, 3), [1, 2, 3, -4, 5, 600])


def read(tmp_path: Path, content: bytes) -> NDArray[Any]:
    path = tmp_path / "file"
    path.unlink(missing_ok=True)  # to write over a file takes the disk a hundred times longer than a new one
    path.write_bytes(content)
    return read_idx(path)


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("code", TYPES, ids=hex)
def test_what_was_written_is_read(tmp_path: Path, code: int, shape: tuple[int, ...], packing: str) -> None:
    values = list(itertools.islice(itertools.cycle(TYPES[code][1]), math.prod(shape)))
    array = read(tmp_path, PACKINGS[packing](idx(code, shape, values)))
    assert array.shape == shape
    assert array.dtype == np.dtype(">" + TYPES[code][0])
    expected = struct.unpack(f">{len(values)}f", idx(code, (), values)[4:]) if code == 0x0D else values
    assert array.ravel().tolist() == list(expected)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_longer_than_one_piece_is_read_whole(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    noise = random.Random(0).randbytes(100_000)  # which gzip cannot make smaller
    array = read(tmp_path, pack(idx(0x08, (100_000,), []) + noise))
    assert array.tobytes() == noise


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_that_ends_early_is_refused_wherever_it_ends(tmp_path: Path, packing: str) -> None:
    content = PACKINGS[packing](SMALL)
    # what is cut from empty-members' last member leaves a whole file in front of it, hence also its end
    for length in range(len(content)):
        if packing == "empty-members" and length == len(content) - len(gzip.compress(b"")):
            continue
        with pytest.raises(DataError):
            read(tmp_path, content[:length])


class TestLyingHeaders:
    @pytest.mark.parametrize("packing", PACKINGS)
    @pytest.mark.parametrize("shape", [(2, 4), (3, 3), (7,), (1, 2, 4), (2**31, 1)], ids=str)
    def test_more_than_there_is(self, tmp_path: Path, shape: tuple[int, ...], packing: str) -> None:
        with pytest.raises(DataError):
            read(tmp_path, PACKINGS[packing](idx(0x0B, shape, [1, 2, 3, 4, 5, 6])))

    @pytest.mark.parametrize("packing", PACKINGS)
    @pytest.mark.parametrize("shape", [(2, 2), (5,), (0,), (0, 3), ()], ids=str)
    def test_less_than_there_is(self, tmp_path: Path, shape: tuple[int, ...], packing: str) -> None:
        with pytest.raises(DataError, match="got more: its header is wrong"):
            read(tmp_path, PACKINGS[packing](idx(0x0B, shape, [1, 2, 3, 4, 5, 6])))

    @pytest.mark.parametrize("shape", [(2**32 - 1,), (2**16, 2**16, 2), (2**32 - 1,) * 4], ids=str)
    def test_more_than_a_machine_has(self, tmp_path: Path, shape: tuple[int, ...]) -> None:
        with pytest.raises(DataError, match="at most 4 GB"):
            read(tmp_path, idx(0x0E, shape, [1]))

    @pytest.mark.parametrize(
        "shape",
        [(1,) * 65, (1,) * 255, (0,) * 255, (2**32 - 1, 2**32 - 1, 2**32 - 1, 0)],
        ids=["65", "255", "0", "huge"],
    )
    def test_a_shape_that_no_array_has(self, tmp_path: Path, shape: tuple[int, ...]) -> None:
        with pytest.raises(DataError):
            read(tmp_path, idx(0x08, shape, [1] * math.prod(shape)))

    @pytest.mark.parametrize(
        "start", [b"", b"\0", b"\0\0\x08", b"\0\0\x08\x01\0\0\0", b"\0\x01\x08\0", b"\x01\0\x08\0"]
    )
    def test_no_header(self, tmp_path: Path, start: bytes) -> None:
        with pytest.raises(DataError, match="expected an IDX file"):
            read(tmp_path, start)

    @pytest.mark.parametrize("code", sorted({*range(256)} - {*TYPES})[::7])
    def test_no_type(self, tmp_path: Path, code: int) -> None:
        with pytest.raises(DataError, match="expected an IDX file"):
            read(tmp_path, bytes([0, 0, code, 0, 1]))


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("rest", [b"\0", b"trailing", SMALL, gzip.compress(b"x")], ids=["0", "text", "idx", "gzip"])
def test_bytes_behind_the_end_are_refused(tmp_path: Path, packing: str, rest: bytes) -> None:
    with pytest.raises(DataError):
        read(tmp_path, PACKINGS[packing](SMALL) + rest)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(DataError, match="expected a readable file"):
            read_idx(path)


def test_a_changed_gzip_is_told_by_its_checksum(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(SMALL))
    content[-5] ^= 1
    with pytest.raises(DataError, match="damaged: get it again"):
        read(tmp_path, bytes(content))


SETUP = """
from pathlib import Path
import numpy
from numpen.digits.formats.idx import read_idx
from numpen.errors import DataError
"""
READ = """
try:
    read_idx(Path(sys.argv[1]))
    print("read")
except DataError:
    pass
"""


@linux
@pytest.mark.parametrize("says", [100, 2**32 - 1], ids=["little", "4 GB"])
def test_a_bomb_costs_little_memory(tmp_path: Path, says: int) -> None:
    # a member that unpacks to 256 MB, three times over; behind a header that says less, or as much as may be said
    packer = zlib.compressobj(1, wbits=31)
    member = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    path = tmp_path / "bomb.gz"
    bomb = member * 3 if says < 2**20 else gzip.compress(bytes(1000))
    path.write_bytes(gzip.compress(idx(0x08, (says,), [])) + bomb)
    megabytes, _ = growth(SETUP, READ, path)
    assert megabytes < 128


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_mutated_file_is_read_or_refused_and_nothing_else_happens(tmp_path: Path, packing: str) -> None:
    rng, content = random.Random(packing), PACKINGS[packing](SMALL)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(500):
        try:
            read(tmp_path, mutated(content, rng))
            outcomes["read"] += 1
        except DataError as error:
            assert "\n" not in str(error)
            outcomes["refused"] += 1
    assert outcomes["refused"] > 100


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content with one to three bytes changed, put in or taken out."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        place, byte = rng.randrange(len(data)), rng.randrange(256)
        change = rng.choice(["flip", "set", "insert", "delete"])
        if change == "flip":
            data[place] ^= 1 << rng.randrange(8)
        elif change == "set":
            data[place] = byte
        elif change == "insert":
            data.insert(place, byte)
        else:
            del data[place]
    return bytes(data)
