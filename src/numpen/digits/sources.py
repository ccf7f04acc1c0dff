"""Where labelled pictures come from: a SOURCE is `mnist`, one part of it, or a path of any format that is known."""

from dataclasses import replace
from pathlib import Path

from numpen.digits.dataset import Dataset
from numpen.digits.formats.csv import has_labels, read_csv
from numpen.digits.formats.folder import has_test_folder, read_folder
from numpen.digits.formats.frames import Frame
from numpen.digits.formats.idx import is_idx_of_pictures, read_idx_pair
from numpen.digits.formats.npz import has_test_npz, read_npz
from numpen.digits.formats.parquet import read_parquet
from numpen.digits.formats.parts import Part, labels_beside, of_part, visible
from numpen.digits.formats.pickled import has_test_pickled, read_pickled
from numpen.digits.mnist import load_mnist
from numpen.digits.recognition import FORMATS, Format, file_format, recognise
from numpen.digits.shards import joined
from numpen.errors import DataError

LARGE = 100_000_000  # bytes of packed pictures that are better left on the disk
STEMS: dict[Part, str] = {"train": "train", "test": "t10k"}


def load_source(source: str, part: Part, form: Format | None = None, frame: Frame | None = None) -> Dataset:
    """That part of a SOURCE; what has but one part is what it is, whatever the part.

    A path is a file or a folder; its format is recognised from its content, unless `form` names it. Pictures
    that are not of 28x28 pixels go through `frame` (see formats.frames.Framer); without it they are refused.
    Raises DataError if there are no labelled pictures, FileFormatError or PictureError for what is damaged.
    """
    if source in ("mnist", "mnist:train", "mnist:test"):
        named = source.removeprefix("mnist").removeprefix(":")
        return load_mnist(part if not named else "train" if named == "train" else "test")
    path = Path(source)
    dataset = _read(path, form or _format_of(path, source), part, frame)
    return replace(dataset, source=source)


def has_test_part(source: str, form: Format | None = None) -> bool:
    """Whether `load_source` would find pictures that are for testing, apart from those to learn from."""
    path = Path(source)
    if source in ("mnist", "mnist:train", "mnist:test") or not path.exists():
        return source == "mnist"
    form = form or _format_of(path, source)
    if form in ("npz", "pickled") and path.is_file():
        return has_test_npz(path) if form == "npz" else has_test_pickled(path)
    if form == "pictures":
        return has_test_folder(path)
    tests = _files(path, form, "test") if path.is_dir() else []
    return bool(tests) and (form != "csv" or has_labels(_pictures_among(tests)[0]))


def is_source(name: str) -> bool:
    """Whether it names labelled pictures, of whatever format."""
    path = Path(name)
    if name in ("mnist", "mnist:train", "mnist:test") or path.is_dir():
        return True
    return path.is_file() and recognise(path) is not None


def _format_of(path: Path, source: str) -> Format:
    if not path.exists():
        raise DataError(f"expected mnist, mnist:train, mnist:test or a path, got {source}, which does not exist")
    form = recognise(path)
    if form is None:
        raise DataError(
            f"expected labelled pictures in {path} ({', '.join(FORMATS)}), got nothing of that kind"
            + (": a folder of files named train-images-idx3-ubyte and so on, or of pictures" if path.is_dir() else "")
        )
    return form


def _read(path: Path, form: Format, part: Part, frame: Frame | None) -> Dataset:
    if form == "pictures":
        if not path.is_dir():
            raise DataError(f"expected a folder of pictures, got {path}, which is a file")
        return read_folder(path, part, frame)
    files = [path]
    if path.is_dir():
        files = _files(path, form, part)
        if not files:
            missing = f"{STEMS[part]}-images-idx3-ubyte (or .gz)" if form == "idx" else f"a {form} file to {part}"
            raise DataError(f"expected {missing} in the folder {path}, got no such file")
    if form == "parquet" and sum(file.stat().st_size for file in files) < LARGE:
        return read_parquet(files, frame)
    pictures = _pictures_among(files)
    if len(pictures) > 1 and form in ("idx", "npz", "parquet"):
        return joined(_read_file(each, form, part, frame) for each in pictures)
    if len(pictures) > 1:
        raise DataError(f"expected one file of pictures in {path}, got {pictures[0].name} and {pictures[1].name}")
    return _read_file(pictures[0], form, part, frame)


def _read_file(file: Path, form: Format, part: Part, frame: Frame | None) -> Dataset:
    if form == "parquet":
        return read_parquet([file], frame)
    if form == "idx":
        return read_idx_pair(file)
    if form == "csv":
        return read_csv(file)
    return read_npz(file, part) if form == "npz" else read_pickled(file, part)


def _files(folder: Path, form: Format, part: Part) -> list[Path]:
    """The files of this format in a folder that hold a part."""
    files = [path for path in visible(folder) if path.is_file()]
    if form == "idx":
        # one that is called so but is none is read all the same: whoever reads it says so
        files = [path for path in files if "images-idx3" in path.name or is_idx_of_pictures(path)]
    elif form == "parquet":
        files = [path for path in files if file_format(path) == form]
    return of_part(files, part)


def _pictures_among(files: list[Path]) -> list[Path]:
    """The files of pictures, each of which may have its file of labels beside it."""
    of_labels = {labels_beside(path) for path in files}
    return [path for path in files if path not in of_labels] or files[:1]
