"""`numpen convert` says what it recognised and what it wrote, and loses nothing on the way."""

import itertools
import json
from pathlib import Path

import pytest
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.digits.sources import load_source
from numpen.digits.targets import write_target
from tests.cli.process import run

SINGLE = Path(__file__).parents[1] / "pictures" / "single" / "mhw32"


@pytest.fixture
def source(tmp_path: Path, few: Dataset) -> Path:
    write_target({"train": few.take(slice(0, 20)), "test": few.take(slice(20, 30))}, tmp_path / "digits", "idx.gz")
    return tmp_path / "digits"


def test_it_says_what_it_read_and_wrote(source: Path, few: Dataset) -> None:
    done = run("convert", "digits", "digits.npz", cwd=source.parent)
    assert (done.stderr, done.returncode) == ("", 0)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("train: 20 pictures (0:")
    assert lines[1] == "  read as IDX, labels in train-labels-idx1-ubyte.gz"
    assert lines[2] == f"  sha256 {few.take(slice(0, 20)).checksum}"
    assert lines[3] == "  who wrote each picture is left out: npz has no place for it"
    assert lines[-1].startswith("saved digits.npz as npz (")
    assert load_source(str(source.parent / "digits.npz"), "test").checksum == few.take(slice(20, 30)).checksum


def test_json(source: Path, few: Dataset) -> None:
    done = run("convert", "digits", "test.csv", "--part", "test", "--json", cwd=source.parent)
    said = json.loads(done.stdout)
    test = few.take(slice(20, 30))
    assert (said["path"], said["format"], said["count"]) == ("test.csv", "csv", 10)
    assert said["bytes"] == (source.parent / "test.csv").stat().st_size
    (part,) = said["parts"]
    assert part["sha256"] == test.checksum
    assert part["per_digit"] == test.counts().tolist()
    assert part["writers_lost"] is True


def test_a_walk_through_every_format_changes_nothing(source: Path, few: Dataset) -> None:
    stations = ["digits", "a", "b", "c.npz", "d", "e", "f"]
    forms = ["pictures", "csv", "npz", "parquet", "idx", "idx.gz"]
    for (here, there), form in zip(itertools.pairwise(stations), forms, strict=True):
        done = run("convert", here, there, "--to", form, cwd=source.parent)
        assert done.returncode == 0, done.stderr
    for part, rows in (("train", slice(0, 20)), ("test", slice(20, 30))):
        assert load_source(str(source.parent / "f"), part).checksum == few.take(rows).checksum  # type: ignore[arg-type]


def test_real_pictures_become_csv(tmp_path: Path) -> None:
    done = run("convert", SINGLE, tmp_path / "mine.csv")
    assert "  read as pictures, the digit first in each name, 0 of 28x28 taken as they are, 10 framed" in done.stdout
    assert load_source(str(tmp_path / "mine.csv"), "train").labels.tolist() == list(range(10))


def test_as_is_is_strict(tmp_path: Path, few: Dataset) -> None:
    (tmp_path / "a" / "5").mkdir(parents=True)
    Image.fromarray(255 - few.images[0]).save(tmp_path / "a" / "5" / "0.png")
    assert run("convert", "a", "a.npz", "--as-is", cwd=tmp_path).returncode == 0
    assert (load_source(str(tmp_path / "a.npz"), "train").images == 255 - few.images[0]).all()
    done = run("convert", SINGLE, "b.npz", "--as-is", cwd=tmp_path)
    assert done.returncode == 2
    assert "expected pictures of 28x28 pixels, got" in done.stderr


MISTAKES = [
    (("digits", "out"), "--to"),
    (("digits", "out.pkl"), "pickles are read, never written"),
    (("digits", "out.csv"), "expected a folder for two parts"),
    (("digits", "digits", "--to", "idx"), "expected a new or an empty folder"),
    (("nowhere", "out.npz"), "which does not exist"),
    (("digits", "no/where/out.npz"), "make no/where first"),
    (("digits", "out.npz", "--format", "npz"), "expected a whole .npz file"),
    (("digits", "out.npz", "--format", "csv"), "expected"),
    (("digits", "out.npz", "--format", "docx"), "--format"),
    (("text.txt", "out.npz"), "got nothing of that kind"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=lambda value: " ".join(value)[-40:])
def test_a_mistake_is_one_line_and_leaves_nothing(source: Path, arguments: tuple[str, ...], said: str) -> None:
    (source.parent / "text.txt").write_text("hello")
    before = sorted(source.parent.rglob("*"))
    done = run("convert", *arguments, cwd=source.parent)
    (line,) = done.stderr.splitlines()
    assert line.startswith("numpen: ") and said in line
    assert (done.stdout, done.returncode) == ("", 2)
    assert sorted(source.parent.rglob("*")) == before


def test_all_commands_take_any_source(source: Path) -> None:
    folder = source.parent
    assert run("convert", "digits", "pictures", "--to", "pictures", cwd=folder).returncode == 0
    train = run("train", "--data", "pictures", "--layers", "784-8-10", "--epochs", "1", cwd=folder)
    assert "test accuracy" in train.stdout, train.stderr
    assert "of 10 wrong" in run("evaluate", "model.numpen", "--data", "pictures", cwd=folder).stdout
    info = json.loads(run("info", "pictures", "--json", cwd=folder).stdout)
    assert (info["count"], info["test_part"]) == (20, True)
    assert info["found"] == "pictures, a folder per digit, 20 of 28x28 taken as they are, 0 framed"
    assert run("show", "pictures", cwd=folder).stdout.startswith("pictures: 20 pictures (")
