"""Pickles of plain data are read as Python reads them, whatever the protocol and whoever wrote them."""

import gzip
import pickle
import struct
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numpen.errors import FileFormatError
from numpen.unpickling import load_plain

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def load(folder: Path, content: bytes) -> Any:
    path = folder / "a.pkl"
    path.write_bytes(content)
    return load_plain(path)


def as_lists(value: Any) -> Any:
    """The value with arrays of numbers as the lists that they stand for, and NumPy's told by type and content."""
    if isinstance(value, array):
        return value.tolist()
    if isinstance(value, list | tuple):
        return type(value)(map(as_lists, value))
    if isinstance(value, dict):
        return {key: as_lists(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return type(value), value.dtype.newbyteorder("="), value.shape, value.tolist()
    return value


RANDOM = np.random.default_rng(0).random((4, 5))
VALUES = [
    *(None, True, False, 0, 255, 256, -1, 2**31, -(2**31) - 1, 2**70, -(2**70), 0.0, -0.0, 1e-300, float("inf")),
    *("", "digit", "größer 数字 \U0001f600", "line\nbreak \\ 'quoted'", b"", b"\x80\xff\n", b"ascii", (), [], {}),
    *((1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [1, [2, [3, []]]], {"a": [1], 2: (3,), b"c": {}, None: 0}),
    *(list(range(256)) * 5, list(range(1500)), [0.5] * 2000, [0] * 1000 + [500], [0] * 1000 + [1.5] * 1000),
    *([7] * 16 + ["a"], [True] * 20, [[5] * 20] * 3, [[0] * 28 for _ in range(28)], [1] * 15, [2.5] * 3000 + [1]),
    *(np.arange(5, dtype=np.uint8), np.asfortranarray(RANDOM), RANDOM[::2].copy(), np.array(7), np.zeros((0, 3))),
    *(np.arange(4, dtype=">i4"), np.array([True, False]), np.array([1, 2], np.float16), np.float32(2.5), np.int64(4)),
    {"W1": RANDOM, "b1": np.zeros(5, np.float32), "sizes": [784, 100, 10]},
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
def test_plain_values_are_read(tmp_path: Path, value: Any, protocol: int) -> None:
    assert as_lists(load(tmp_path, pickle.dumps(value, protocol))) == as_lists(value)
    assert as_lists(load(tmp_path, gzip.compress(pickle.dumps([value, value], protocol)))) == as_lists([value, value])


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
)
RUNS = st.lists(
    st.lists(st.integers(0, 255), min_size=16) | st.lists(st.integers(0, 300) | st.floats(0, 1), min_size=16)
)


@given(value=PLAIN | RUNS, protocol=st.sampled_from(PROTOCOLS))
def test_any_plain_value_is_read(tmp_path_factory: pytest.TempPathFactory, value: Any, protocol: int) -> None:
    assert as_lists(load(tmp_path_factory.getbasetemp(), pickle.dumps(value, protocol))) == value


def test_numbers_of_one_kind_take_little_room(tmp_path: Path) -> None:
    whole, floats = load(tmp_path, pickle.dumps([[3] * 28, [0.5] * 28]))
    assert (whole.typecode, floats.typecode) == ("B", "d")


def test_a_list_that_is_there_twice_is_one_list(tmp_path: Path) -> None:
    for row in ([1, 2, 300], [7] * 20, [7] * 1000 + [300] * 1000):
        for protocol in PROTOCOLS:
            first, second = load(tmp_path, pickle.dumps([row, row], protocol))
            assert first is second
            assert list(first) == row


def test_an_array_can_be_in_a_list_twice(tmp_path: Path) -> None:
    shared = np.arange(5)
    for protocol in PROTOCOLS:
        first, second = load(tmp_path, pickle.dumps([shared, shared], protocol))
        assert first is second
        assert first.tolist() == [0, 1, 2, 3, 4]


def test_more_than_the_window_holds(tmp_path: Path) -> None:
    big = np.random.default_rng(0).random(100_000)
    for protocol in PROTOCOLS:
        assert np.array_equal(load(tmp_path, pickle.dumps([b"x" * 300_000, big], protocol))[1], big)


# as Python 2 writes them: strings are bytes, numpy.core, and cPickle counts its memo from 1
PYTHON2 = {
    "protocol 0": b"(lp1\n(lp2\nI0\naI255\naa(lp3\nS'it\\'s \\x80'\np4\naS\"two\"\np5\naI01\naL5L\naF0.5\naa.",
    "protocol 1": b"]q\x01(]q\x02(K\x00K\xffe]q\x03(U\x06it's \x80q\x04U\x03twoq\x05I01\nL5L\nG?\xe0\0\0\0\0\0\0ee.",
    "protocol 2": b"\x80\x02]q\x01(]q\x02(K\x00K\xffe]q\x03("
    b"U\x06it's \x80q\x04U\x03twoq\x05\x88\x8a\x01\x05G?\xe0\0\0\0\0\0\0ee.",
}


@pytest.mark.parametrize("name", PYTHON2)
def test_pickles_of_python_2_are_read(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, PYTHON2[name]) == [[0, 255], [b"it's \x80", "two", True, 5, 0.5]]


def python2_array(values: "np.ndarray[Any, Any]", kind: bytes) -> bytes:
    """The instructions for a vector as Python 2's cPickle writes them with protocol 2."""
    data = values.tobytes()
    return (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87Rq\x03(K\x01"
        + b"K%c\x85cnumpy\ndtype\nq\x04U\x02%sK\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        % (len(values), kind)
        + b"\x89T%stb" % (struct.pack("<i", len(data)) + data)
    )


def test_arrays_of_python_2_are_read(tmp_path: Path) -> None:
    floats, whole = np.array([0.0, 0.25, 0.99609375], "<f4"), np.array([5, 0, 4], "<i8")
    pickled = b"\x80\x02" + python2_array(floats, b"f4") + python2_array(whole, b"i8") + b"\x86."
    x, y = load(tmp_path, pickled)
    assert np.array_equal(x, floats) and x.dtype == np.float32
    assert np.array_equal(y, whole) and y.dtype == np.int64


class TestDamaged:
    def test_every_beginning_of_a_pickle_is_refused(self, tmp_path: Path) -> None:
        for protocol in PROTOCOLS:
            content = pickle.dumps([[0] * 17, [0.5] * 17, np.arange(3), {"a": 1.5}, "text"], protocol)
            for length in range(0, len(content), 5):
                with pytest.raises(FileFormatError):
                    load(tmp_path, content[:length])

    @pytest.mark.parametrize("content", [b"", b".", b"N", b"NN.", b"0.", b"e.", b"(.", b"Na.", b"]NNs.", b"h\0."])
    def test_what_makes_no_sense_is_refused(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(FileFormatError):
            load(tmp_path, content)

    def test_what_is_no_file_is_refused(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "nowhere"):
            with pytest.raises(FileFormatError, match="expected a readable file"):
                load_plain(path)

    def test_a_damaged_gzip_is_told_by_its_checksum(self, tmp_path: Path) -> None:
        content = bytearray(gzip.compress(pickle.dumps([1, 2])))
        content[-5] ^= 1
        with pytest.raises(FileFormatError, match="damaged: get it again"):
            load(tmp_path, bytes(content))
