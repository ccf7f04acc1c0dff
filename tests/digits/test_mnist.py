"""The bundled MNIST is the published one, to the byte, and a file that has changed is refused."""

import gzip
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from numpen.digits import mnist as bundled
from numpen.digits.dataset import Dataset
from numpen.errors import DataError

# MD5 of the unpacked files, as http://yann.lecun.com/exdb/mnist offered them
PUBLISHED = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_unpacked_files_are_the_published_ones(name: str) -> None:
    content = gzip.decompress((bundled.FOLDER / f"{name}.gz").read_bytes())
    assert hashlib.md5(content, usedforsecurity=False).hexdigest() == PUBLISHED[name]


def test_the_arrays_hold_what_the_files_hold(mnist_test: Dataset) -> None:
    images = gzip.decompress((bundled.FOLDER / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((bundled.FOLDER / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    assert mnist_test.images.tobytes() == images
    assert mnist_test.labels.tobytes() == labels


def test_the_first_digits_are_known(mnist: Dataset, mnist_test: Dataset) -> None:
    assert mnist.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist_test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_there_are_so_many_of_each_digit(mnist: Dataset, mnist_test: Dataset) -> None:
    assert mnist.counts().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert mnist_test.counts().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_pictures_stay_bytes(mnist: Dataset, mnist_test: Dataset) -> None:
    assert mnist.images.dtype == mnist_test.images.dtype == mnist.labels.dtype == np.uint8
    assert mnist.images.nbytes == 60_000 * 784
    # ink is light: the corners are empty, the middle is not
    assert not mnist.images[:, 0, 0].any()
    assert mnist.images[:, 14, 14].mean() > 100


def test_nobody_wrote_in_both_parts(mnist: Dataset, mnist_test: Dataset) -> None:
    assert mnist.writers is not None
    assert mnist_test.writers is not None
    learnt, tested = set(mnist.writers.tolist()), set(mnist_test.writers.tolist())
    assert (len(learnt), len(tested)) == (539, 297)
    assert not learnt & tested
    assert mnist.writers.dtype == np.int32


def test_each_part_says_where_it_is_from(mnist: Dataset, mnist_test: Dataset) -> None:
    assert (mnist.source, mnist_test.source) == ("mnist:train", "mnist:test")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small part's files, from which MNIST is read."""
    for path in bundled.FOLDER.glob("t10k-*.gz"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["images-idx3-ubyte", "labels-idx1-ubyte", "writers-idx1-int"])
class TestADamagedInstallation:
    def test_a_changed_file_is_refused(self, copied: Path, kind: str) -> None:
        path = copied / f"t10k-{kind}.gz"
        content = bytearray(path.read_bytes())
        content[4] ^= 1  # gzip's time stamp: what is unpacked is still the same
        path.write_bytes(content)
        with pytest.raises(DataError, match=f"{path.name} as it was published.*install numpen again"):
            bundled.load_mnist("test")

    def test_a_missing_file_is_refused(self, copied: Path, kind: str) -> None:
        (copied / f"t10k-{kind}.gz").unlink()
        with pytest.raises(DataError, match="install numpen again"):
            bundled.load_mnist("test")

    def test_an_untouched_one_is_not(self, copied: Path, kind: str) -> None:
        assert len(bundled.load_mnist("test")) == 10_000
