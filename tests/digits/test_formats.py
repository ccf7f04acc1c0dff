"""Every format gives back what was written, and reads what other programs write."""

import gzip
import io
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.digits.formats.parts import Part
from numpen.digits.recognition import recognise
from numpen.digits.sources import has_test_part, is_source, load_source
from numpen.digits.targets import TARGET_FORMATS, TargetFormat, target_format, write_target
from numpen.errors import DataError, FileFormatError, NumpenError, OutputError
from tests.digits.mutations import survive

SUFFIXES = {"csv": ".csv", "npz": ".npz", "parquet": ".parquet"}


@pytest.fixture(scope="session")
def parts(few: Dataset) -> dict[Part, Dataset]:
    return {"train": few.take(slice(0, 30)), "test": few.take(slice(30, 50))}


class TestThereAndBack:
    @pytest.mark.parametrize("form", TARGET_FORMATS)
    def test_both_parts(self, tmp_path: Path, parts: dict[Part, Dataset], form: TargetFormat) -> None:
        target = tmp_path / ("a.npz" if form == "npz" else "a")
        write_target(parts, target, form)
        assert has_test_part(str(target))
        for part, written in parts.items():
            read = load_source(str(target), part)
            assert read.checksum == written.checksum
            assert read.source == str(target)
            assert read.found
        assert sorted(path.name for path in tmp_path.iterdir()) == [target.name]

    @pytest.mark.parametrize("form", TARGET_FORMATS)
    @pytest.mark.parametrize("part", ["train", "test"])
    def test_one_part(self, tmp_path: Path, parts: dict[Part, Dataset], form: TargetFormat, part: Part) -> None:
        target = tmp_path / f"a{SUFFIXES.get(form, '')}"
        write_target({part: parts[part]}, target, form)
        assert load_source(str(target), part).checksum == parts[part].checksum

    @pytest.mark.parametrize("form", TARGET_FORMATS)
    def test_the_name_of_the_file_says_nothing(
        self, tmp_path: Path, parts: dict[Part, Dataset], form: TargetFormat
    ) -> None:
        written = tmp_path / f"a{SUFFIXES.get(form, '')}"
        write_target({"train": parts["train"]}, written, form)
        other = written.rename(tmp_path / "b.txt")
        assert is_source(str(other))
        assert recognise(other) == form.removesuffix(".gz")
        assert load_source(str(other), "train").checksum == parts["train"].checksum

    @pytest.mark.parametrize("form", TARGET_FORMATS)
    def test_the_same_data_gives_the_same_bytes(
        self, tmp_path: Path, parts: dict[Part, Dataset], form: TargetFormat
    ) -> None:
        for name in ("a", "b"):
            write_target({"train": parts["train"]}, tmp_path / name, form)
        first, second = (
            {str(path.relative_to(top)): path.read_bytes() for path in [top, *top.rglob("*")] if path.is_file()}
            for top in (tmp_path / "a", tmp_path / "b")
        )
        assert first == second

    @given(
        images=arrays.arrays(
            np.uint8, st.tuples(st.integers(1, 3), st.just(28), st.just(28)), fill=st.integers(0, 255)
        ),
        labels=st.lists(st.integers(0, 9), min_size=3, max_size=3),
        form=st.sampled_from(TARGET_FORMATS),
    )
    def test_any_pictures(
        self, tmp_path_factory: pytest.TempPathFactory, images: Any, labels: list[int], form: TargetFormat
    ) -> None:
        dataset = Dataset(images, np.array(labels[: len(images)], np.uint8))
        target = tmp_path_factory.mktemp("any") / "a"
        write_target({"train": dataset}, target, form)
        if form == "csv" and images.max() == 1:  # which could be all the ink, or next to none
            with pytest.raises(DataError):
                load_source(str(target), "train")
        else:
            assert load_source(str(target), "train").checksum == dataset.checksum

    def test_idx_keeps_the_writers(self, tmp_path: Path, parts: dict[Part, Dataset]) -> None:
        write_target(parts, tmp_path / "a", "idx.gz")
        for part, written in parts.items():
            assert np.array_equal(load_source(str(tmp_path / "a"), part).writers, written.writers)  # type: ignore[arg-type]


class TestTargets:
    @pytest.mark.parametrize("form", ["idx", "pictures", "csv", "parquet"])
    def test_a_folder_that_holds_something_is_left_alone(
        self, tmp_path: Path, parts: dict[Part, Dataset], form: TargetFormat
    ) -> None:
        target = tmp_path / "a"
        target.mkdir()
        (target / "mine").write_text("mine")
        with pytest.raises(OutputError, match="expected a new or an empty folder"):
            write_target(parts, target, form)
        assert [path.name for path in tmp_path.rglob("*")] == ["a", "mine"]

    def test_an_empty_folder_is_filled(self, tmp_path: Path, parts: dict[Part, Dataset]) -> None:
        (tmp_path / "a").mkdir()
        write_target(parts, tmp_path / "a", "idx")
        assert len(load_source(str(tmp_path / "a"), "test")) == 20

    def test_a_folder_that_cannot_be_filled_is_not_there(
        self, tmp_path: Path, parts: dict[Part, Dataset], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        written: list[Path] = []

        def until_full(path: Path, content: bytes) -> int:
            if len(written) == 7:
                raise OSError(28, "No space left on device")
            written.append(path)
            return len(content)

        monkeypatch.setattr(Path, "write_bytes", until_full)
        with pytest.raises(OutputError, match="No space left"):
            write_target(parts, tmp_path / "a", "pictures")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["a", "a.txt", "a.pkl", "a.pickle"])
    def test_a_name_must_say_a_format(self, name: str) -> None:
        with pytest.raises(OutputError):
            target_format(Path(name))

    def test_a_file_holds_one_part(self, tmp_path: Path, parts: dict[Part, Dataset]) -> None:
        for form in ("csv", "parquet"):
            with pytest.raises(OutputError, match="expected a folder for two parts"):
                write_target(parts, tmp_path / f"a.{form}", form)


class TestNpz:
    def test_keras(self, tmp_path: Path, parts: dict[Part, Dataset]) -> None:
        train, test = parts["train"], parts["test"]
        for save in (np.savez, np.savez_compressed):
            save(tmp_path / "a.npz", x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels)
            for part, written in parts.items():
                assert load_source(str(tmp_path / "a.npz"), part).checksum == written.checksum
        assert has_test_part(str(tmp_path / "a.npz"))

    @pytest.mark.parametrize("divisor", [1, 255, 256])
    @pytest.mark.parametrize("dtype", [np.float64, np.float32, ">f4", np.int32])
    def test_other_numbers(self, tmp_path: Path, few: Dataset, dtype: Any, divisor: int) -> None:
        if np.dtype(dtype).kind == "i" and divisor > 1:
            return
        images = (few.images.reshape(-1, 784) / divisor).astype(dtype)
        for labels in (few.labels.astype(np.int64), few.labels[:, None], np.eye(10)[few.labels]):
            np.savez(tmp_path / "a.npz", images=np.asfortranarray(images), labels=labels)
            read = load_source(str(tmp_path / "a.npz"), "test")
            assert read.checksum == few.checksum
            assert read.found.endswith("pixels 0 to 255" if divisor == 1 else f"divided by {divisor}")

    @pytest.mark.parametrize(
        "change",
        [
            {"images": np.full((3, 28, 28), 0.3)},
            {"images": np.full((3, 28, 28), np.nan)},
            {"images": np.full((3, 28, 28), 256)},
            {"images": np.full((3, 28, 28), -1)},
            {"images": np.ones((3, 28, 28))},
            {"images": np.zeros((3, 27, 28), np.uint8)},
            {"images": np.zeros((784, 3), np.uint8)},
            {"images": np.zeros((2, 28, 28), np.uint8)},
            {"images": np.zeros((3, 28, 28), bool)},
            {"images": np.array(["a", "b", "c"])},
            {"images": np.array([None, None, None])},
            {"labels": np.array([1, 2, 10])},
            {"labels": np.array([1, 2, 0.5])},
            {"labels": np.ones((3, 10))},
            {"labels": np.ones((3, 2))},
            {"y": np.zeros(3)},
        ],
        ids=lambda change: f"{next(iter(change))} {next(iter(change.values())).shape}",
    )
    def test_what_is_not_labelled_pictures_is_refused(self, tmp_path: Path, change: dict[str, Any]) -> None:
        good = {"images": np.full((3, 28, 28), 7, np.uint8), "labels": np.array([1, 2, 3])}
        np.savez(tmp_path / "a.npz", **({"images": good["images"]} if "y" in change else good) | change)
        with pytest.raises(DataError):
            load_source(str(tmp_path / "a.npz"), "train")

    def test_a_header_that_lies_is_refused(self, tmp_path: Path) -> None:
        for shape in ((2**40, 28, 28), (2**62, 2**62), (30, 28, 28), (2, 28, 28), (-3, 28, 28)):
            header = io.BytesIO()
            np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
            with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
                archive.writestr("images.npy", header.getvalue() + bytes(3 * 784))
                archive.writestr("labels.npy", npy(np.zeros(3, np.uint8)))
            with pytest.raises(DataError):
                load_source(str(tmp_path / "a.npz"), "train")

    def test_names_with_control_codes_stay_on_one_line(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("ima\nges\x85\x1b[31m.npy", b"")
        with pytest.raises(DataError, match=r"got ima\?ges\?\?\[31m") as error:
            load_source(str(tmp_path / "a.npz"), "train")
        assert str(error.value).isprintable()


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


class TestPickled:
    @pytest.mark.parametrize("protocol", range(6))
    def test_parallel_lists(self, tmp_path: Path, few: Dataset, protocol: int) -> None:
        ten = few.take(slice(0, 10))
        labels = ten.labels.tolist()
        for x in (ten.images.tolist(), ten.images.reshape(-1, 784).tolist(), list(ten.images), ten.images):
            for y in (labels, [[n] for n in labels], [np.array([n]) for n in labels], list(ten.labels), ten.labels):
                for pair in ((x, y), [x, y], {"images": x, "labels": y}):
                    (tmp_path / "a").write_bytes(pickle.dumps(pair, protocol))
                    assert load_source(str(tmp_path / "a"), "train").checksum == ten.checksum

    @pytest.mark.parametrize("protocol", range(6))
    def test_two_files(self, tmp_path: Path, few: Dataset, protocol: int) -> None:
        (tmp_path / "my-images.pkl").write_bytes(pickle.dumps(few.images.tolist(), protocol))
        (tmp_path / "my-labels.pkl").write_bytes(pickle.dumps([np.array([n]) for n in few.labels], protocol))
        assert load_source(str(tmp_path / "my-images.pkl"), "train").checksum == few.checksum

    @pytest.mark.parametrize("divisor", [255, 256])
    def test_the_book(self, tmp_path: Path, few: Dataset, divisor: int) -> None:
        pixels = (few.images.reshape(-1, 784) / np.float32(divisor)).astype(np.float32)
        labels = few.labels.astype(np.int64)
        book = [(pixels[:500], labels[:500]), (pixels[500:600], labels[500:600]), (pixels[600:], labels[600:])]
        (tmp_path / "mnist.pkl.gz").write_bytes(gzip.compress(pickle.dumps(tuple(book), 2), 1))
        source = str(tmp_path / "mnist.pkl.gz")
        assert has_test_part(source)
        train, test = load_source(source, "train"), load_source(source, "test")
        assert train.checksum == few.take(slice(0, 600)).checksum
        assert test.checksum == few.take(slice(600, 1000)).checksum
        assert train.found == f"pickled, the first two of three pairs, pixels divided by {divisor}"

    @pytest.mark.parametrize(
        "value",
        [
            1,
            [],
            ([], []),
            "text",
            {"a": 1},
            ([[0] * 784], [1, 2]),
            ([[0] * 783], [1]),
            ([["a"]], [1]),
            ([[[0] * 28]], [1]),
        ],
    )
    def test_other_values_are_refused(self, tmp_path: Path, value: Any) -> None:
        (tmp_path / "a").write_bytes(pickle.dumps(value, 4))
        with pytest.raises((DataError, FileFormatError)):
            load_source(str(tmp_path / "a"), "train", "pickled")


class TestParquet:
    def test_hugging_face(self, tmp_path: Path, parts: dict[Part, Dataset]) -> None:
        kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        for part, dataset in parts.items():
            for i, some in enumerate((dataset.take(slice(0, 12)), dataset.take(slice(12, None)))):
                pictures = [{"bytes": png(image), "path": f"{n}.png"} for n, image in enumerate(some.images)]
                table = pa.table(
                    {"image": pa.array(pictures, kind), "label": pa.array(some.labels.tolist(), pa.int64())}
                )
                pyarrow.parquet.write_table(table, tmp_path / f"{part}-0000{i}-of-00002.parquet", row_group_size=5)
        for part, written in parts.items():
            read = load_source(str(tmp_path), part)
            assert read.checksum == written.checksum
            assert (
                read.found
                == f"Parquet with PNG pictures in 2 files, {len(written)} of 28x28 taken as they are, 0 framed"
            )

    @pytest.mark.parametrize("column", [{"label": [10]}, {"label": [None]}, {"label": ["7"]}, {"image": ["text"]}])
    def test_other_columns_are_refused(self, tmp_path: Path, few: Dataset, column: dict[str, Any]) -> None:
        good = {"image": [{"bytes": png(few.images[0]), "path": None}], "label": [1]}
        for columns in (good | column, {"image": good["image"]}, {"picture": good["image"], "label": [1]}):
            pyarrow.parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
            with pytest.raises(DataError):
                load_source(str(tmp_path / "a.parquet"), "train")

    def test_a_damaged_picture_is_named(self, tmp_path: Path, few: Dataset) -> None:
        columns = {"image": [png(few.images[0]), b"junk"], "label": [1, 2]}
        pyarrow.parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
        with pytest.raises(NumpenError, match=r"got row 2 of .*a\.parquet"):
            load_source(str(tmp_path / "a.parquet"), "train")


def png(image: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


class TestUnknown:
    @pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"\x89PNG\r\n", b"{}", bytes(100), b"%PDF-1.7"])
    def test_what_is_no_dataset_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a").write_bytes(content)
        with pytest.raises(NumpenError):
            load_source(str(tmp_path / "a"), "train")

    def test_a_model_is_no_dataset(self) -> None:
        shipped = Path(load_source.__code__.co_filename).parents[1] / "models" / "shipped.numpen"
        assert not is_source(str(shipped))

    def test_a_folder_of_two_kinds_is_a_doubt(self, tmp_path: Path, parts: dict[Part, Dataset]) -> None:
        for name in ("train.csv", "train.npz"):
            write_target({"train": parts["train"]}, tmp_path / name, target_format(Path(name)))
        with pytest.raises(DataError, match=r"expected one kind of data in .*, got csv and npz"):
            load_source(str(tmp_path), "train")


def test_mutated_files_are_read_or_refused_and_nothing_else_happens(tmp_path: Path, few: Dataset) -> None:
    # python -m tests.long.mutate_datasets does it 50,000 times with CSV and 20,000 times with each other format
    counts = dict.fromkeys(("csv", "idx", "npz", "parquet", "pickled", "pictures"), 300)
    outcomes = survive(few, tmp_path / "files", counts, seed=1)
    assert all(outcomes[f"{form} refused"] > 50 for form in counts)
    assert sum(outcomes.values()) >= 1800


def test_writers_are_lost_where_there_is_no_place_for_them(tmp_path: Path, parts: dict[Part, Dataset]) -> None:
    write_target({"train": parts["train"]}, tmp_path / "a.npz", "npz")
    assert load_source(str(tmp_path / "a.npz"), "train").writers is None
    assert replace(parts["train"], writers=None).checksum == parts["train"].checksum
