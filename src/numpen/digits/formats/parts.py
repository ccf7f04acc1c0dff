"""Which file of a folder is for training and which for testing, and which file of labels belongs to which pictures."""

from pathlib import Path
from typing import Literal

from numpen.errors import DataError

Part = Literal["train", "test"]

# how a file of labels is called after its file of pictures
PAIRS = (
    ("images-idx3", "labels-idx1"),
    ("images.idx3", "labels.idx1"),
    ("images", "labels"),
    ("Images", "Labels"),
    ("image", "label"),
    ("Image", "Label"),
    ("pixels", "labels"),
    ("data", "labels"),
    ("pictures", "labels"),
    ("x", "y"),
    ("X", "y"),
)


def says_test(name: str) -> bool:
    """Whether the name of a file or folder says that it is for testing."""
    return any(word in name.lower() for word in ("test", "t10k"))


def says_train(name: str) -> bool:
    """Whether the name of a file or folder says that it is to learn from."""
    return "train" in name.lower()


def of_part(paths: list[Path], part: Part) -> list[Path]:
    """Those of the paths that hold a part: for training all that are not for testing, if none says so."""
    if part == "test":
        return [path for path in paths if says_test(path.name)]
    named = [path for path in paths if says_train(path.name)]
    return named or [path for path in paths if not says_test(path.name)]


def visible(folder: Path) -> list[Path]:
    """What is in a folder in the order of its names, without what is hidden."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"expected a readable folder, got {folder}: {error.strerror}") from error


def names_of_labels(name: str) -> list[str]:
    """What the file of labels for this file of pictures may be called."""
    names = []
    for images, labels in PAIRS:
        head, found, tail = name.rpartition(images)
        if found:
            changed = f"{head}{labels}{tail}"
            names += [changed, f"{changed}.gz", changed.removesuffix(".gz")]
    return [each for each in dict.fromkeys(names) if each != name]


def beside(path: Path) -> Path:
    """The file of labels that lies beside a file of pictures; raises DataError if there is none."""
    found = labels_beside(path)
    if found is None:
        names = names_of_labels(path.name)
        called = f", in {names[0]}" if names else ": call the two images and labels"
        raise DataError(f"expected the labels of {path} beside it{called}, got no such file")
    return found


def labels_beside(path: Path) -> Path | None:
    """The same, or None."""
    return next((each for name in names_of_labels(path.name) if (each := path.with_name(name)).is_file()), None)
