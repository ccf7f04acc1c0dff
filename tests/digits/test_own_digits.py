"""One's own digits: kept once, under the label that was said last, in a folder that reads as a dataset."""

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from numpen.cli.source import frame as framed
from numpen.digits.dataset import Dataset
from numpen.digits.own_digits import keep
from numpen.digits.sources import has_test_part, load_source
from numpen.errors import DataError, OutputError


def test_what_is_kept_is_read_back_as_it_is(tmp_path: Path, few: Dataset) -> None:
    mine = tmp_path / "a folder" / "mine"
    for image, label in zip(few.images[:40], few.labels[:40].tolist(), strict=True):
        path = keep(mine, image, label)
        assert path.parent == mine / str(label) and np.array_equal(np.asarray(Image.open(path)), image)
    read = load_source(str(mine), "train", None, framed)
    assert "a folder per digit, 40 of 28x28 taken as they are" in read.found
    kept = {(image.tobytes(), label) for image, label in zip(read.images, read.labels.tolist(), strict=True)}
    assert kept == {
        (image.tobytes(), label) for image, label in zip(few.images, few.labels[:40].tolist(), strict=False)
    }
    assert not has_test_part(str(mine)) and not list(mine.rglob(".*"))


def test_a_picture_is_kept_once(tmp_path: Path, few: Dataset) -> None:
    first = keep(tmp_path, few.images[0], 3)
    assert keep(tmp_path, few.images[0].copy(order="F"), 3) == first
    assert keep(tmp_path, few.images[1], 3) != first
    assert len(list(tmp_path.rglob("*.png"))) == 2


def test_a_picture_corrected_again_moves(tmp_path: Path, few: Dataset) -> None:
    wrong = keep(tmp_path, few.images[0], 3)
    right = keep(tmp_path, few.images[0], 5)
    assert not wrong.exists() and right == tmp_path / "5" / wrong.name
    assert load_source(str(tmp_path), "train").labels.tolist() == [5]
    assert keep(tmp_path, few.images[0], 3) == wrong and not right.exists()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=12))
def test_the_label_said_last_counts(tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, int]]) -> None:
    folder = tmp_path_factory.mktemp("mine")
    frames = np.arange(4 * 784, dtype=np.uint8).reshape(4, 28, 28) // 3
    for number, digit in said:
        keep(folder, frames[number], digit)
    found = {path.name: int(path.parent.name) for path in folder.rglob("*.png")}
    assert len(found) == len(list(folder.rglob("*.png")))
    assert sorted(found.values()) == sorted(dict(said).values())


def test_many_at_a_time(tmp_path: Path, few: Dataset) -> None:
    threads = [
        threading.Thread(
            target=lambda n=n: [keep(tmp_path, each, (n + i) % 10) for i, each in enumerate(few.images[:9])]
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {path.name for path in tmp_path.rglob("*.png")} == {keep(tmp_path, each, 0).name for each in few.images[:9]}
    assert len(load_source(str(tmp_path), "train")) == 9


@pytest.mark.parametrize("stray", ["notes.txt", "10/a.png", "train/3/a.png", "photo.png", "3"])
def test_a_folder_that_is_something_else(tmp_path: Path, few: Dataset, stray: str) -> None:
    (tmp_path / stray).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / stray).write_bytes(b"something else")
    with pytest.raises(OutputError, match=r"with folders 0 to 9 and nothing else, got .*: name another"):
        keep(tmp_path, few.images[0], 7)
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [b"something else"]


def test_what_nobody_sees_does_not_matter(tmp_path: Path, few: Dataset) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"")
    assert keep(tmp_path, few.images[0], 7).is_file()


def test_a_file_is_no_folder(tmp_path: Path, few: Dataset) -> None:
    (tmp_path / "mine").write_bytes(b"a file")
    for path in (tmp_path / "mine", tmp_path / "mine" / "below"):
        with pytest.raises(OutputError, match="expected a "):
            keep(path, few.images[0], 7)


def test_no_place_to_keep(tmp_path: Path, few: Dataset) -> None:
    long = tmp_path / ("x" * 300)
    with pytest.raises(OutputError, match="File name too long"):
        keep(long, few.images[0], 7)


@pytest.mark.parametrize("digit", [-1, 10])
def test_no_such_digit(tmp_path: Path, few: Dataset, digit: int) -> None:
    with pytest.raises(DataError, match="expected a digit from 0 to 9"):
        keep(tmp_path / "mine", few.images[0], digit)
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (np.zeros((28, 28), np.float32), "of float32"),
        (np.zeros((20, 20), np.uint8), r"got \(20, 20\)"),
        (np.zeros((28, 28), np.uint8), "blank or full"),
        (np.full((28, 28), 200, np.uint8), "blank or full"),
    ],
)
def test_no_frame(tmp_path: Path, frame: np.ndarray, said: str) -> None:
    with pytest.raises(DataError, match=said):
        keep(tmp_path / "mine", frame, 7)
    assert not (tmp_path / "mine").exists()
