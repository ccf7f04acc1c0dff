"""A source is MNIST, a part of it, or files of MNIST's form; where it holds no labelled pictures it is refused."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.digits.sources import has_test_part, load_source
from numpen.errors import DataError


def write_part(folder: Path, stem: str, dataset: Dataset, packed: bool = False) -> None:
    """The two files of a part, under MNIST's names."""
    n = len(dataset)
    images = struct.pack(">HBBIII", 0, 8, 3, n, 28, 28) + dataset.images.tobytes()
    labels = struct.pack(">HBBI", 0, 8, 1, n) + dataset.labels.tobytes()
    for name, content in ((f"{stem}-images-idx3-ubyte", images), (f"{stem}-labels-idx1-ubyte", labels)):
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)


@pytest.fixture
def folder(tmp_path: Path, few: Dataset) -> Path:
    write_part(tmp_path, "train", few.take(slice(0, 30)))
    write_part(tmp_path, "t10k", few.take(slice(30, 50)), packed=True)
    return tmp_path


def test_mnist_is_known_by_its_name() -> None:
    assert len(load_source("mnist", "test")) == len(load_source("mnist:test", "train")) == 10_000
    assert len(load_source("mnist:train", "test")) == 60_000


def test_a_folder_has_two_parts_plain_or_packed(folder: Path, few: Dataset) -> None:
    train, test = load_source(str(folder), "train"), load_source(str(folder), "test")
    assert np.array_equal(train.images, few.images[:30])
    assert np.array_equal(test.labels, few.labels[30:50])
    assert train.source == str(folder)
    assert train.writers is None


def test_a_file_of_images_has_its_labels_beside_it(folder: Path, few: Dataset) -> None:
    assert len(load_source(str(folder / "train-images-idx3-ubyte"), "test")) == 30
    (folder / "t10k-labels-idx1-ubyte.gz").rename(folder / "mine-labels.gz")
    (folder / "t10k-images-idx3-ubyte.gz").rename(folder / "mine-images.gz")
    assert np.array_equal(load_source(str(folder / "mine-images.gz"), "train").labels, few.labels[30:50])


def test_one_file_may_be_packed_and_the_other_not(folder: Path, few: Dataset) -> None:
    labels = folder / "train-labels-idx1-ubyte"
    (folder / f"{labels.name}.gz").write_bytes(gzip.compress(labels.read_bytes()))
    labels.unlink()
    assert np.array_equal(load_source(str(folder), "train").labels, few.labels[:30])


def test_whether_there_is_a_test_part_is_known_beforehand(folder: Path) -> None:
    assert has_test_part("mnist")
    assert not has_test_part("mnist:train")
    assert has_test_part(str(folder))
    assert not has_test_part(str(folder / "train-images-idx3-ubyte"))
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    assert not has_test_part(str(folder))


class TestRefused:
    @pytest.mark.parametrize("source", ["", "minst", "mnist:valid", "nowhere/at/all"])
    def test_a_source_that_does_not_exist(self, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(DataError, match="expected"):
            load_source(source, "train")

    def test_a_folder_without_the_part(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="expected labelled pictures in"):
            load_source(str(tmp_path), "test")

    def test_images_without_labels(self, folder: Path) -> None:
        (folder / "train-labels-idx1-ubyte").unlink()
        with pytest.raises(DataError, match="expected the labels of"):
            load_source(str(folder), "train")

    def test_labels_in_the_place_of_images(self, folder: Path) -> None:
        with pytest.raises(DataError, match="expected images of 28x28 bytes"):
            load_source(str(folder / "train-labels-idx1-ubyte"), "train")

    def test_too_few_labels(self, folder: Path) -> None:
        (folder / "train-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, 3) + b"\1\2\3")
        with pytest.raises(DataError, match="expected 30 labels"):
            load_source(str(folder), "train")

    def test_no_pictures_at_all(self, tmp_path: Path) -> None:
        (tmp_path / "images").write_bytes(struct.pack(">HBBIII", 0, 8, 3, 0, 28, 28))
        (tmp_path / "labels").write_bytes(struct.pack(">HBBI", 0, 8, 1, 0))
        with pytest.raises(DataError, match="expected at least one picture"):
            load_source(str(tmp_path / "images"), "train")


def test_a_file_that_is_called_like_pictures_but_is_none_is_told(folder: Path) -> None:
    images = folder / "train-images-idx3-ubyte"
    for content, said in ((b"\1" + images.read_bytes()[1:], "an IDX file"), (b"", "an IDX file")):
        images.write_bytes(content)
        with pytest.raises(DataError, match=rf"expected {said} .*train-images-idx3-ubyte"):
            load_source(str(folder), "train", "idx")


def test_pictures_beside_other_data_are_a_doubt(folder: Path, few: Dataset) -> None:
    (folder / "7").mkdir()
    Image.fromarray(few.images[0]).save(folder / "7" / "a.PNG")
    with pytest.raises(DataError, match=r"expected one kind of data in .*, got idx and pictures: say which"):
        load_source(str(folder), "train")
    assert len(load_source(str(folder), "train", "idx")) == 30


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_looked_at_is_not_left_out(tmp_path: Path, few: Dataset) -> None:
    for name in ("3", "7"):
        (tmp_path / name).mkdir()
        Image.fromarray(few.images[0]).save(tmp_path / name / "a.png")
    (tmp_path / "7" / "b").write_bytes(b"")
    for closed in (tmp_path / "7" / "b", tmp_path / "7"):
        closed.chmod(0)
        with pytest.raises(DataError, match=f"expected readable files, got {closed}: Permission denied"):
            load_source(str(tmp_path), "train")
        closed.chmod(0o700)
