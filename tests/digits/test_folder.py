"""Pictures in folders: the digit is in the name of the folder or of the file, and 28x28 pixels come out."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from numpen.cli.source import frame
from numpen.digits.dataset import Dataset
from numpen.digits.sources import has_test_part, load_source
from numpen.errors import DataError, PictureError

SINGLE = Path(__file__).parents[1] / "pictures" / "single"
LOSSLESS = {"PNG": "png", "BMP": "bmp", "GIF": "gif"}


def save(image: NDArray[np.uint8], path: Path, mode: str = "L", kind: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).convert(mode).save(path, kind)


@pytest.fixture(scope="session")
def ten(few: Dataset) -> Dataset:
    return few.take(slice(0, 10))


def write(dataset: Dataset, folder: Path, name: str) -> None:
    for i, (image, digit) in enumerate(zip(dataset.images, dataset.labels.tolist(), strict=True)):
        save(image, folder / name.format(i=i, digit=digit))


NAMES = {
    "{digit}/{i}.png": "a folder per digit",
    "{digit}/img_{i}.bmp": "a folder per digit",
    "{i:03}_{digit}.png": "the digit last in each name",
    "my_own_{i:02}_{digit}.gif": "the digit last in each name",
    "by_me/{i:05}-{digit}.png": "the digit last in each name",
}


@pytest.mark.parametrize("name", NAMES)
class TestNames:
    def test_the_digit_is_found(self, tmp_path: Path, ten: Dataset, name: str) -> None:
        write(ten, tmp_path / "a", name)
        read = load_source(str(tmp_path / "a"), "train")
        assert read.checksum == ten.checksum
        assert read.found == f"pictures, {NAMES[name]}, 10 of 28x28 taken as they are, 0 framed"
        assert not has_test_part(str(tmp_path / "a"))

    @pytest.mark.parametrize(("train", "test"), [("train", "test"), ("training", "testing"), ("Train", "t10k")])
    def test_two_parts(self, tmp_path: Path, ten: Dataset, name: str, train: str, test: str) -> None:
        write(ten.take(slice(0, 6)), tmp_path / train, name)
        write(ten.take(slice(6, 10)), tmp_path / test, name)
        assert has_test_part(str(tmp_path))
        assert load_source(str(tmp_path), "train").checksum == ten.take(slice(0, 6)).checksum
        assert load_source(str(tmp_path), "test").checksum == ten.take(slice(6, 10)).checksum


def test_the_digit_may_be_first_in_the_name(tmp_path: Path, ten: Dataset) -> None:
    write(ten, tmp_path, "{digit}_{i:04}.png")
    read = load_source(str(tmp_path), "train")
    assert read.counts().tolist() == ten.counts().tolist()
    assert "the digit first in each name" in read.found


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1"])
def test_kinds_and_modes_of_pictures(tmp_path: Path, ten: Dataset, kind: str, mode: str) -> None:
    if (kind, mode) in {("JPEG", "P"), ("WEBP", "P"), ("WEBP", "1"), ("WEBP", "L"), ("JPEG", "1")}:
        return
    ink = (ten.images > 127).astype(np.uint8) * 255 if mode == "1" else ten.images
    for i, image in enumerate(ink):
        # the name says nothing about the kind
        save(image, tmp_path / "3" / f"{i}.{LOSSLESS.get(kind, 'png')}", mode, kind)
    read = load_source(str(tmp_path), "train").images.astype(int)
    largest = np.abs(read - ink).max()
    assert largest == 0 if kind in LOSSLESS else 0 < largest < 130


def test_files_are_in_the_order_of_their_numbers(tmp_path: Path, ten: Dataset) -> None:
    write(ten.take(slice(0, 10)), tmp_path, "{digit}/{i}.png")
    for folder in tmp_path.iterdir():
        (folder / "9.png").rename(folder / "10.png") if (folder / "9.png").exists() else None
    assert load_source(str(tmp_path), "train").checksum == ten.checksum


class TestFraming:
    def test_real_pictures_are_framed(self) -> None:
        read = load_source(str(SINGLE / "jonperk318"), "train", None, frame)
        assert read.labels.tolist() == list(range(10))
        assert read.found.endswith("the digit first in each name, 0 of 28x28 taken as they are, 10 framed")
        assert all(image[:, [0, -1]].max() == 0 and image.max() > 180 for image in read.images)

    def test_without_a_frame_they_are_refused(self) -> None:
        with pytest.raises(
            DataError, match=r"expected pictures of 28x28 pixels, got .* in .*0_1\.png: let it be framed"
        ):
            load_source(str(SINGLE / "jonperk318"), "train")

    def test_mnists_own_form_is_left_alone(self, tmp_path: Path, ten: Dataset) -> None:
        write(ten, tmp_path, "{digit}/{i}.png")
        assert load_source(str(tmp_path), "train", None, frame).checksum == ten.checksum

    def test_dark_ink_on_white_of_that_size_is_framed(self, tmp_path: Path, ten: Dataset) -> None:
        for i, image in enumerate(ten.images):
            save(255 - image, tmp_path / str(ten.labels[i]) / f"{i}.png")
        read = load_source(str(tmp_path), "train", None, frame)
        assert read.found.endswith("0 of 28x28 taken as they are, 10 framed")
        assert (read.images.mean(axis=(1, 2)) < 100).all()
        assert np.array_equal(load_source(str(tmp_path), "train").images, 255 - ten.images)

    def test_a_picture_without_a_digit_is_named(self, tmp_path: Path) -> None:
        save(np.full((40, 40), 255, np.uint8), tmp_path / "7" / "white.png")
        with pytest.raises(
            DataError, match=r"expected a digit in .*white\.png, got a picture on which nothing is drawn"
        ):
            load_source(str(tmp_path), "train", None, frame)


class TestRefused:
    def test_names_that_leave_a_doubt(self, tmp_path: Path, ten: Dataset) -> None:
        for i, image in enumerate(ten.images):
            save(image, tmp_path / f"{i % 4}-{i:02}-{i % 3}.png")
        with pytest.raises(DataError, match="the first and the last number could be it"):
            load_source(str(tmp_path), "train")

    @pytest.mark.parametrize("name", ["photo.png", "12.png", "12_345.png"])
    def test_a_name_without_a_digit(self, tmp_path: Path, ten: Dataset, name: str) -> None:
        save(ten.images[0], tmp_path / "4.png")
        save(ten.images[0], tmp_path / name)
        with pytest.raises(DataError, match=f"or a digit first or last in each name, in .*{name}"):
            load_source(str(tmp_path), "train")

    def test_a_picture_outside_of_the_folders(self, tmp_path: Path, ten: Dataset) -> None:
        write(ten, tmp_path, "{digit}/{i}.png")
        save(ten.images[0], tmp_path / "4.png")
        with pytest.raises(DataError, match=r"expected a folder per digit in .*, got .*4\.png outside of them"):
            load_source(str(tmp_path), "train")

    def test_a_damaged_picture_is_named(self, tmp_path: Path, ten: Dataset) -> None:
        write(ten, tmp_path, "{digit}/{i}.png")
        (tmp_path / "3" / "bad.png").parent.mkdir(exist_ok=True)
        (tmp_path / "3" / "bad.png").write_bytes(b"\x89PNG no more")
        with pytest.raises(PictureError, match=r"bad\.png"):
            load_source(str(tmp_path), "train")

    def test_a_folder_of_test_pictures_alone(self, tmp_path: Path, ten: Dataset) -> None:
        write(ten, tmp_path / "test", "{digit}/{i}.png")
        assert load_source(str(tmp_path), "test").checksum == ten.checksum
        with pytest.raises(DataError, match="expected pictures to train in"):
            load_source(str(tmp_path), "train")


def test_other_files_are_left_out_and_counted(tmp_path: Path, ten: Dataset) -> None:
    write(ten, tmp_path, "{digit}/{i}.png")
    (tmp_path / "README.txt").write_text("digits")
    (tmp_path / "labels.csv").write_text("path,digit\n")
    (tmp_path / ".DS_Store").write_bytes(bytes(10))
    read = load_source(str(tmp_path), "train")
    assert read.checksum == ten.checksum
    assert read.found.endswith("0 framed, 2 other files left out")


def test_a_jpeg_that_is_called_png_is_a_jpeg(tmp_path: Path, ten: Dataset) -> None:
    file = io.BytesIO()
    Image.fromarray(ten.images[0]).save(file, "JPEG", quality=95)
    (tmp_path / "5").mkdir()
    (tmp_path / "5" / "a.dat").write_bytes(file.getvalue())
    assert len(load_source(str(tmp_path), "train")) == 1
    shutil.rmtree(tmp_path / "5")
