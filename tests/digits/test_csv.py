"""CSV as people have it is read exactly; what leaves a doubt is an error that names file, row and column."""

import csv
import gzip
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numpen.digits.dataset import Dataset
from numpen.digits.formats.csv import read_csv, write_csv
from numpen.digits.formats.csv_cells import unscaled
from numpen.digits.formats.csv_lines import whole_numbers
from numpen.digits.sources import has_test_part, load_source
from numpen.errors import DataError, NumpenError

NAMES = ["label", *(f"pixel{i}" for i in range(784))]


def text_of(rows: Iterable[Iterable[Any]], delimiter: str = ",", end: str = "\n") -> bytes:
    return "".join(delimiter.join(map(str, row)) + end for row in rows).encode()


def read(folder: Path, content: bytes, name: str = "a.csv") -> Dataset:
    (folder / name).write_bytes(content)
    return load_source(str(folder / name), "train")


def same(read: Dataset, written: Dataset) -> bool:
    return read.checksum == written.checksum


@pytest.fixture(scope="session")
def ten(few: Dataset) -> Dataset:
    return few.take(slice(0, 10))


@pytest.fixture(scope="session")
def rows(ten: Dataset) -> list[list[int]]:
    """The label and the pixels of ten pictures."""
    return [[label, *pixels] for label, pixels in zip(ten.labels.tolist(), pixel_rows(ten), strict=True)]


def pixel_rows(dataset: Dataset) -> list[list[int]]:
    pixels: list[list[int]] = dataset.images.reshape(-1, 784).tolist()
    return pixels


class TestLayouts:
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
    @pytest.mark.parametrize("header", [True, False], ids=["header", "bare"])
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
    def test_all_ways_to_separate_are_read(
        self, tmp_path: Path, ten: Dataset, rows: list[Any], delimiter: str, header: bool, mark: bytes, end: str
    ) -> None:
        content = mark + text_of([NAMES, *rows] if header else rows, delimiter, end)
        for each in (content, content[: -len(end)], content + end.encode() * 2, gzip.compress(content)):
            found = read(tmp_path, each)
            assert same(found, ten)
        name = {",": "commas", ";": "semicolons", "\t": "tabs"}[delimiter]
        assert found.found == f"CSV with {name}, {'a' if header else 'no'} header, the label first, pixels 0 to 255"

    @pytest.mark.parametrize("header", [True, False], ids=["header", "bare"])
    def test_the_label_may_be_last(self, tmp_path: Path, ten: Dataset, rows: list[Any], header: bool) -> None:
        turned = [[*row[1:], row[0]] for row in ([NAMES, *rows] if header else rows)]
        found = read(tmp_path, text_of(turned))
        assert same(found, ten)
        assert "the label last" in found.found

    def test_a_header_may_count_the_columns(self, tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
        for names in (range(785), ["label", *range(784)], ["label", *range(1, 785)], ["class", *NAMES[1:]]):
            assert same(read(tmp_path, text_of([names, *rows])), ten)

    def test_quotes_spaces_and_points_are_no_trouble(self, tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
        for form in ('"{}"', " {} ", "{}.0", "{}.", "{:.18e}", "{:03d}"):
            written = text_of([NAMES, *([form.format(n) for n in row] for row in rows)])
            assert same(read(tmp_path, written), ten)

    @pytest.mark.parametrize("divisor", [255, 256])
    @pytest.mark.parametrize("form", ["{}", "{:.6f}", "{:.5g}", "{:.18e}", "float32"])
    def test_fractions_are_told_by_their_values(
        self, tmp_path: Path, ten: Dataset, rows: list[Any], divisor: int, form: str
    ) -> None:
        def fraction(pixel: int) -> str:
            return str(np.float32(pixel) / np.float32(divisor)) if form == "float32" else form.format(pixel / divisor)

        for header in ([NAMES], []):
            found = read(tmp_path, text_of(header + [[row[0], *map(fraction, row[1:])] for row in rows]))
            assert same(found, ten)
            assert f"pixels divided by {divisor}" in found.found

    @pytest.mark.parametrize("one_hot", [False, True], ids=["whole", "one-hot"])
    @pytest.mark.parametrize("header", [True, False], ids=["header", "bare"])
    def test_labels_may_have_a_file_of_their_own(
        self, tmp_path: Path, ten: Dataset, rows: list[Any], header: bool, one_hot: bool
    ) -> None:
        labels: list[Any] = np.eye(10, dtype=int)[ten.labels].tolist() if one_hot else [[row[0]] for row in rows]
        names = [f"is{i}" for i in range(10)] if one_hot else ["label"]
        (tmp_path / "labels.csv").write_bytes(text_of(header * [names]) + text_of(labels))
        found = read(tmp_path, text_of(header * [NAMES[1:]]) + text_of(pixel_rows(ten)), "images.csv")
        assert same(found, ten)
        assert found.found.endswith("the label in a file of its own, pixels 0 to 255 (labels.csv)")

    def test_a_folder_may_hold_both_parts(self, tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
        (tmp_path / "mnist_train.csv").write_bytes(text_of(rows[:6]))
        (tmp_path / "mnist_test.csv").write_bytes(text_of(rows[6:]))
        assert has_test_part(str(tmp_path))
        assert same(load_source(str(tmp_path), "train"), ten.take(slice(0, 6)))
        assert same(load_source(str(tmp_path), "test"), ten.take(slice(6, 10)))

    def test_a_folder_may_hold_four_files(self, tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
        for part, some in (("train", rows[:6]), ("test", rows[6:])):
            (tmp_path / f"{part}_images.csv").write_bytes(text_of(row[1:] for row in some))
            (tmp_path / f"{part}_labels.csv").write_bytes(text_of(row[:1] for row in some))
        assert same(load_source(str(tmp_path), "train"), ten.take(slice(0, 6)))
        assert same(load_source(str(tmp_path), "test"), ten.take(slice(6, 10)))

    def test_pictures_to_test_without_labels_are_no_test_part(self, tmp_path: Path, rows: list[Any]) -> None:
        (tmp_path / "train.csv").write_bytes(text_of([NAMES, *rows]))
        (tmp_path / "test.csv").write_bytes(text_of(row[1:] for row in [NAMES, *rows]))
        assert not has_test_part(str(tmp_path))
        assert len(load_source(str(tmp_path), "train")) == 10


class TestOthersWriters:
    def test_pandas(self, tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
        frame = pd.DataFrame(rows, columns=NAMES)
        numbered = pd.DataFrame(rows)
        fractions = frame.astype(dict.fromkeys(NAMES[1:], float))
        fractions[NAMES[1:]] /= 255
        for each, options in (
            (frame, {}),
            (frame, {"sep": ";"}),
            (numbered, {"header": False}),
            (numbered, {}),
            (fractions, {}),
        ):
            each.to_csv(tmp_path / "a.csv", index=False, **options)
            assert same(read_csv(tmp_path / "a.csv"), ten)

    def test_the_standard_library(self, tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
        for options in ({}, {"quoting": csv.QUOTE_ALL}, {"dialect": "excel-tab"}, {"dialect": "unix"}):
            with (tmp_path / "a.csv").open("w", newline="") as file:
                csv.writer(file, **options).writerows([NAMES, *rows])
            assert same(read_csv(tmp_path / "a.csv"), ten)

    def test_numpy(self, tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
        for form in ("%d", "%.18e", "%g"):
            np.savetxt(tmp_path / "a.csv", rows, fmt=form, delimiter=",")
            assert same(read_csv(tmp_path / "a.csv"), ten)


def test_what_is_written_is_what_the_standard_library_reads(tmp_path: Path, ten: Dataset, rows: list[Any]) -> None:
    file = io.BytesIO()
    write_csv(ten, file)
    found = list(csv.reader(io.StringIO(file.getvalue().decode(), "")))
    assert found == [NAMES, *([str(n) for n in row] for row in rows)]
    assert same(read(tmp_path, file.getvalue()), ten)


def changed(rows: list[list[Any]], row: int, column: int, cell: Any) -> bytes:
    """A file with a header in which one cell is another; row and column as a spreadsheet counts them."""
    copy = [NAMES, *map(list, rows)]
    copy[row - 1][column - 1] = cell
    return text_of(copy)


CELLS = [
    "-1",
    "256",
    "1000",
    "0.5",
    "nan",
    "inf",
    "1e400",
    "+7",
    "1_0",
    "0x10",
    "seven",
    "",
    "'7'",
    '"7',
    "7 7",
    "٣",
    "\0",
]


class TestErrors:
    @pytest.mark.parametrize(("row", "column"), [(2, 1), (2, 2), (5, 400), (11, 785)])
    @pytest.mark.parametrize("cell", CELLS)
    def test_a_cell_that_is_no_number_is_named(
        self, tmp_path: Path, rows: list[Any], cell: str, row: int, column: int
    ) -> None:
        with pytest.raises(DataError, match=rf"a\.csv, .*row {row}, column {column}\b") as error:
            read(tmp_path, changed(rows, row, column, cell))
        assert len(str(error.value).splitlines()) == 1

    @pytest.mark.parametrize("columns", [1, 784, 786, 1570])
    def test_a_row_of_another_length_is_named(self, tmp_path: Path, rows: list[Any], columns: int) -> None:
        wrong = [NAMES, *rows[:4], (rows[4] * 2)[:columns], *rows[5:]]
        with pytest.raises(DataError, match=rf"expected 785 columns in .*a\.csv, row 6, got {columns}"):
            read(tmp_path, text_of(wrong))

    def test_two_mistakes_that_even_out_are_found(self, tmp_path: Path, rows: list[Any]) -> None:
        wrong = [NAMES, *rows[:3], rows[3] + rows[4][:1], rows[4][1:], *rows[5:]]
        with pytest.raises(DataError, match="row 5, got 786"):
            read(tmp_path, text_of(wrong))

    def test_an_empty_row_in_the_middle_is_named(self, tmp_path: Path, rows: list[Any]) -> None:
        with pytest.raises(DataError, match="row 4"):
            read(tmp_path, text_of([NAMES, *rows[:2], [], *rows[2:]]))

    def test_labels_and_pictures_must_be_as_many(self, tmp_path: Path, ten: Dataset) -> None:
        (tmp_path / "labels.csv").write_bytes(text_of([n] for n in ten.labels[:9]))
        with pytest.raises(DataError, match=r"expected 10 labels in .*labels\.csv, .* got 9"):
            read(tmp_path, text_of(pixel_rows(ten)), "images.csv")

    @pytest.mark.parametrize("cells", [[0] * 10, [1, 1] + [0] * 8, [2] + [0] * 9, [0.5, 0.5] + [0] * 8])
    def test_a_row_of_ten_has_a_single_1(self, tmp_path: Path, ten: Dataset, cells: list[Any]) -> None:
        labels = np.eye(10, dtype=int)[ten.labels].tolist()
        labels[3] = cells
        (tmp_path / "labels.csv").write_bytes(text_of(labels))
        with pytest.raises(DataError, match=r"labels\.csv, row 4, column"):
            read(tmp_path, text_of(pixel_rows(ten)), "images.csv")

    @pytest.mark.parametrize("form", ["{:.2f}", "{:.1f}", "{:.3f}"])
    def test_fractions_of_too_few_digits_are_a_doubt(self, tmp_path: Path, rows: list[Any], form: str) -> None:
        fractions = [[row[0], *(form.format(n / 255) for n in row[1:])] for row in rows]
        with pytest.raises(
            DataError, match=r"a\.csv, row 2, column \d+, got|fit 1, 255 or 256 as well, from row 2, column"
        ):
            # three digits tell 1/255 from 2/255, but not 1/255 from 1/256
            read(tmp_path, text_of([NAMES, *([row[0], *(min(float(n), 0.2) for n in row[1:])] for row in fractions)]))

    def test_pixels_of_0_and_1_alone_are_a_doubt(self, tmp_path: Path, rows: list[Any]) -> None:
        binary = [[row[0], *(int(n > 127) for n in row[1:])] for row in rows]
        with pytest.raises(DataError, match=r"fit 1, 255 or 256 as well, from row 2, column \d+ on"):
            read(tmp_path, text_of([NAMES, *binary]))

    def test_pictures_without_ink_are_no_doubt(self, tmp_path: Path) -> None:
        assert not read(tmp_path, text_of([NAMES, [7] + [0] * 784])).images.any()

    def test_a_label_on_both_sides_is_a_doubt(self, tmp_path: Path, rows: list[Any]) -> None:
        for edge in (3, 9):
            with pytest.raises(DataError, match=r"column 1 or 785 of .*both could be the label"):
                read(tmp_path, text_of([*row[:-1], edge] for row in rows))
        with pytest.raises(DataError, match="got 77 in row 1, column 1, and 88 in row 1, column 785: give it a header"):
            read(tmp_path, text_of([77, *row[1:-1], 88] for row in rows))

    @pytest.mark.parametrize("wrong", [10, "1e2", "NaN", -1, "seven"])
    def test_a_wrong_label_does_not_make_a_label_of_the_corner(
        self, tmp_path: Path, rows: list[Any], wrong: Any
    ) -> None:
        rows = [[*row[:-1], 0] for row in rows]
        with pytest.raises(DataError, match=rf"got {wrong} in row 2, column 1, and only 0 in column 785"):
            read(tmp_path, text_of([rows[0], [wrong, *rows[1][1:]], *rows[2:]]))

    def test_a_label_in_the_middle_is_told(self, tmp_path: Path, rows: list[Any]) -> None:
        rows = [NAMES, *rows]
        with pytest.raises(DataError, match=r"column 1 or 785 of .*a\.csv, got it in column 401: move it"):
            read(tmp_path, text_of([*row[1:401], row[0], *row[401:]] for row in rows))

    @pytest.mark.parametrize(
        "content", [b"", b"\n", b"label\n", b"hello", b"7," * 3_000_000, b"\xff\xfe7\0,\0" * 900, b"\0" * 5000]
    )
    def test_other_text_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "a.csv").write_bytes(content)
        for form in (None, "csv"):
            with pytest.raises(NumpenError):
                load_source(str(tmp_path / "a.csv"), "train", form)

    def test_a_header_alone_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DataError):
            read(tmp_path, text_of([NAMES]))

    def test_a_first_row_that_is_half_a_header_is_refused(self, tmp_path: Path, rows: list[Any]) -> None:
        with pytest.raises(DataError, match=r"row 1, column 3, got x"):
            read(tmp_path, text_of([[*rows[0][:2], "x", *rows[0][3:]], *rows]))


CELL = st.sampled_from(["0", "7", "12", "99", "100", "255", "256", "007", "0007", "", " 3", "3.0", "-1", "x", "2;5"])


@given(st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=5), st.sampled_from(["\n", ",\n", "\n\n"]))
def test_the_fast_way_finds_the_numbers_of_the_standard_library_or_none(table: list[list[str]], end: str) -> None:
    text = "\n".join(map(",".join, table)) + end
    found = whole_numbers(text.encode(), b",", len(table[0]))
    cells = list(csv.reader(io.StringIO(text)))
    plain = all(cell.isdecimal() and len(cell) <= 3 and int(cell) < 256 for row in cells for cell in row)
    whole = plain and all(len(row) == len(table[0]) for row in cells)
    assert (found is not None) == whole
    if found is not None:
        assert found.tolist() == [[int(cell) for cell in row] for row in cells]


@given(st.integers(0, 255), st.sampled_from([1, 255, 256]), st.integers(4, 20), st.sampled_from("fge"))
def test_a_pixel_comes_back_from_its_fraction(pixel: int, divisor: Any, digits: int, form: str) -> None:
    assert unscaled(f"{pixel / divisor:.{digits}{form}}".encode(), divisor) in (pixel, None if divisor > 1 else pixel)
    assert unscaled(repr(pixel / divisor).encode(), divisor) == pixel


@given(st.floats(0, 256), st.sampled_from([1, 255, 256]))
def test_no_other_number_is_taken_for_a_pixel(value: float, divisor: Any) -> None:
    assume(abs(value * divisor - round(value * divisor)) > 1e-3 or value * divisor > 255.5)
    assert unscaled(repr(value).encode(), divisor) is None or len(repr(value)) < 6
