"""What is packed into rows and onto the disk comes back as `pickle.loads` gives it, and takes little memory."""

import mmap
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from numpen import spooling
from numpen.digits.dataset import Dataset
from numpen.errors import FileFormatError
from numpen.unpickling import Rows, instructions, load_packed
from tests.memory import growth, linux
from tests.unpickling.test_unpickling import PLAIN, as_lists

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def load(folder: Path, content: bytes, many: int = spooling.MANY) -> Any:
    """What is in a pickle, if so many bytes are too many for memory."""
    (folder / "a.pkl").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        for module in (spooling, instructions):
            patch.setattr(module, "MANY", many)
        return load_packed(folder / "a.pkl")


def native(array: Any) -> tuple[Any, bytes]:
    """Type and content of an array, whichever way round its bytes lie."""
    dtype = array.dtype.newbyteorder("=")
    return dtype, array.astype(dtype).tobytes()


def same(packed: Any, value: Any) -> bool:
    """Whether this is the value, bit for bit, in whatever form."""
    if isinstance(packed, Rows):
        rows, expected = packed.array(), [np.asarray(each) for each in value]
        if rows.dtype == np.uint8 and expected[0].dtype == np.int64:  # Python's whole numbers
            return len(rows) == len(expected) and all(map(np.array_equal, rows, expected))
        return [each.tobytes() for each in rows] == [each.tobytes() for each in expected] and all(
            each.dtype == rows.dtype and each.shape == rows.shape[1:] for each in expected
        )
    if isinstance(packed, mmap.mmap):
        return packed[:] == (value.encode("latin1") if isinstance(value, str) else value)
    if isinstance(value, np.ndarray):
        return packed.shape == value.shape and native(packed) == native(value)
    if isinstance(value, list | tuple) and not isinstance(as_lists(packed), float):
        return type(as_lists(packed)) is type(value) and len(packed) == len(value) and all(map(same, packed, value))
    if isinstance(value, dict):
        return list(packed) == list(value) and all(map(same, packed.values(), value.values()))
    return bool(packed == value) or (packed != packed and value != value)


DTYPES = st.sampled_from(["u1", "<f4", ">f4", "<f8", "<i8", "<f2", "?"])
ARRAY = st.tuples(DTYPES, arrays.array_shapes(max_dims=3, max_side=20)).flatmap(lambda form: arrays.arrays(*form))
NUMBERS = [
    st.integers(0, 255),
    st.integers(0, 255).map(lambda pixel: pixel / 255),
    st.integers(0, 300),
    st.floats(),
    st.booleans(),
]


def rows(inner: Any) -> Any:
    """Rows that are alike, a few numbers or lists of them, and some that are not."""
    alike = st.integers(1, 30).flatmap(lambda n: st.lists(st.lists(inner, min_size=n, max_size=n), min_size=1))
    return alike | st.lists(alike, max_size=3) | st.lists(st.lists(inner, min_size=14), max_size=5)


def arrays_alike(form: tuple[str, tuple[int, ...]]) -> Any:
    return st.lists(arrays.arrays(*form), min_size=1, max_size=4)


ROWS = st.one_of(
    *map(rows, NUMBERS),
    st.tuples(DTYPES, arrays.array_shapes(min_dims=0, max_dims=3, max_side=9)).flatmap(arrays_alike),
    st.lists(ARRAY, max_size=3),
)


@given(
    value=ROWS | st.tuples(ROWS, ROWS) | st.lists(ROWS, max_size=2) | ROWS.map(lambda each: {"x": each}),
    protocol=st.sampled_from(PROTOCOLS),
    many=st.sampled_from([40, 1000, spooling.MANY]),
)
def test_rows_are_what_they_were(
    tmp_path_factory: pytest.TempPathFactory, value: Any, protocol: int, many: int
) -> None:
    packed = load(tmp_path_factory.getbasetemp(), pickle.dumps(value, protocol), many)
    assert same(packed, pickle.loads(pickle.dumps(value, protocol)))


@given(
    value=st.recursive(PLAIN | ARRAY, lambda inner: st.lists(inner) | st.tuples(inner, inner), max_leaves=5),
    protocol=st.sampled_from(PROTOCOLS),
    many=st.sampled_from([40, spooling.MANY]),
)
def test_any_value_is_what_it_was(
    tmp_path_factory: pytest.TempPathFactory, value: Any, protocol: int, many: int
) -> None:
    assert same(load(tmp_path_factory.getbasetemp(), pickle.dumps([value, value], protocol), many), [value, value])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_rows_of_one_shape_are_rows(tmp_path: Path, protocol: int) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (70, 28, 28), np.uint8)
    for each in (pictures.tolist(), list(pictures), [list(rows) for rows in pictures], (pictures / 255).tolist()):
        for many in (40, 10_000, spooling.MANY):
            packed = load(tmp_path, pickle.dumps(each, protocol), many)
            assert isinstance(packed, Rows) and packed.shape == (28, 28) and same(packed, each)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_long_strings_are_what_they_were(tmp_path: Path, protocol: int) -> None:
    data = np.random.default_rng(0).integers(0, 256, 3_000_000, np.uint8)
    text = data.tobytes().decode("latin1")
    floats = data.view(">f4").reshape(3, 250, 1000)
    for value in (data, data.tobytes(), text, floats, text + "\u6570", "\n\\u0\\" * 300_000):
        assert same(load(tmp_path, pickle.dumps((value, 1), protocol)), (value, 1))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_asked_for_again_is_there(tmp_path: Path, protocol: int) -> None:
    row, picture, array, big = [7] * 20, [[1] * 20, [2] * 20], np.arange(5), np.zeros(2_000_000, np.uint8)
    for value in ([row] * 3, [row, [row]], [picture, picture], [picture, [picture[0]]], [array, array], (big, [big])):
        assert same(load(tmp_path, pickle.dumps(value, protocol)), value)


def test_an_array_of_objects_is_what_it_was(tmp_path: Path) -> None:
    for values in ([np.zeros((28, 28))] * 3, [np.zeros(n) for n in (2, 3)], [0.5] * 20):
        array = np.empty(len(values), object)
        for i, each in enumerate(values):
            array[i] = each
        packed = load(tmp_path, pickle.dumps(array))
        assert packed.dtype == object and all(map(np.array_equal, packed, array))


def test_a_list_that_has_become_rows_is_not_given_empty(tmp_path: Path) -> None:
    row = b"K\7" * 20
    for content in (b"]q\0q\1(" + row + b"eh\0\x86.", b"](]q\0(](" + row + b"ee](" + row + b"eh\0e."):
        loaded = as_lists(load(tmp_path, b"\x80\x02" + content))
        assert loaded[-1] in ([7] * 20, [[7] * 20])


FORMS: dict[str, Callable[[Dataset], Any]] = {
    "lists": lambda few: [few.images.tolist(), [[label] for label in few.labels.tolist()]],
    "arrays": lambda few: (list(few.images), [np.array([label]) for label in few.labels]),
    "arrays of float32": lambda few: (list(few.images / np.float32(255)), list(np.eye(10)[few.labels])),
    "floats": lambda few: ((few.images.reshape(-1, 784) / 256).tolist(), few.labels.tolist()),
    "the book": lambda few: [(few.images.reshape(-1, 784) / np.float32(256), few.labels.astype(int)) for _ in "12"],
    "Keras": lambda few: {"x_train": few.images, "y_train": few.labels, "x_test": few.images + 0, "y_test": [1]},
}
SETUP = "import numpy, PIL.Image, PIL.ImageOps\nfrom numpen.digits.sources import load_source"
READ = "assert load_source(sys.argv[1], 'train').checksum == sys.argv[2]"


@linux
@pytest.mark.parametrize("form", FORMS)
def test_reading_takes_three_times_the_pictures_at_most(tmp_path: Path, form: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (8_000, 28, 28), np.uint8)
    images[:, 4:] = 0
    dataset = Dataset(images, np.arange(8_000).astype(np.uint8) % 10)
    protocol = {"Keras": 0, "lists": 5}.get(form, 2)
    (tmp_path / "a").write_bytes(pickle.dumps(FORMS[form](dataset), protocol))
    megabytes, _ = growth(SETUP, READ, tmp_path / "a", dataset.checksum)
    print(f"{form}: {megabytes * 1e6 / images.nbytes:.1f} times")
    assert megabytes * 1e6 < 3 * images.nbytes


def in_a_full_folder(tmp_path: Path, setup: str) -> str:
    """What `numpen info` says of a pickle of two megabytes, where no temporary file can be written."""
    (tmp_path / "a.pkl").write_bytes(pickle.dumps((np.zeros((3000, 784), np.uint8), [5] * 3000)))
    program = f"import sys; {setup}; sys.argv[1:] = ['info', {str(tmp_path / 'a.pkl')!r}]"
    program += "; from numpen.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 2)
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    limits = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    said = in_a_full_folder(tmp_path, limits + "; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))")
    assert said.startswith("numpen: expected room for pictures in ") and said.endswith("name a larger place: TMPDIR")


def test_no_folder_for_temporary_files_is_one_line(tmp_path: Path) -> None:
    said = in_a_full_folder(tmp_path, "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/nowhere']")
    assert said.startswith("numpen: expected room for pictures in a folder for temporary files, got: No usable")


def test_damaged_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="damaged"):
        load(tmp_path, b"\x80\x02X\x03\0\0\0ab\xc3.", 1)
