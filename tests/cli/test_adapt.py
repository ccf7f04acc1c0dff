"""`numpen train --from`: a model adapted to one's own digits, what is said of it, and what does not go with it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.digits.own_digits import keep
from tests.cli.process import run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, few: Dataset) -> Path:
    """A folder with a model and digits of one's own."""
    folder = tmp_path_factory.mktemp("own")
    done = run("train", "--epochs", 1, "--layers", "784-16-10", "--out", folder / "model.numpen")
    assert done.returncode == 0
    for image, label in zip(few.images[:40], few.labels[:40].tolist(), strict=True):
        keep(folder / "mine", np.roll(image, 4, axis=1), label)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


START = ("train", "--from", "model.numpen", "--data", "mine")


def test_both_accuracies_before_and_after(folder: Path) -> None:
    options = ("--rehearse", 2000, "--learning-rate", 0.003, "--out", "hand.numpen")
    done = run(*START, *options, "--json", cwd=folder)
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    own, mnist = result["own"], result["mnist_test"]
    assert own["count"] == own["judged_count"] == 40 and own["judged"] == "cross-validated"
    assert 0 < own["before"] < own["after"] <= 1
    assert mnist["before"] - 0.02 < mnist["after"] == result["test_accuracy"] < 1
    card = json.loads(run("info", "hand.numpen", "--json", cwd=folder).stdout)
    assert card["adapted"]["data"]["count"] == 40 and card["adapted"]["rehearsed"] == 2000
    assert card["test"]["accuracy"] == mnist["after"]
    assert result["bytes"] == (folder / "hand.numpen").stat().st_size


def test_the_same_seed_writes_the_same_bytes(folder: Path) -> None:
    for path in sorted((folder / "mine").rglob("*.png"))[9:]:  # so few that nothing is judged
        path.unlink()
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        assert run(*START, "--rehearse", 500, "--seed", seed, "--out", name, cwd=folder).returncode == 0
    a, b, c = ((folder / name).read_bytes() for name in "abc")
    assert a == b != c


def test_too_few_digits_are_told_plainly(folder: Path) -> None:
    for path in sorted((folder / "mine").rglob("*.png"))[9:]:
        path.unlink()
    done = run(*START, "--rehearse", 500, "--no-save", cwd=folder)
    assert done.returncode == 0 and "too few to say" in done.stdout and "saved" not in done.stdout
    assert {each.name for each in folder.iterdir()} == {"mine", "model.numpen"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--epochs", "3", "--layers", "784-10"), "got --epochs, --layers: leave it out"),
        (("--recipe", "fast"), "got --recipe"),
        (("--resume", "a.checkpoint"), "got --resume"),
        (("--checkpoint-every", "1"), "got --checkpoint-every"),
        (("--teacher", "model.numpen"), "got --teacher"),
        (("--data", "mnist"), "expected one's own digits with --from, got --data mnist"),
        (("--data", "missing", "--out", "m.numpen"), "missing, which does not exist"),
        (("--from", "missing.numpen"), "missing.numpen"),
        (("--out", "no/folder/m.numpen"), "make no/folder first"),
        ((), "expected --out, got none: model.numpen is what is begun with"),
        (("--learning-rate", "1e30", "--out", "m.numpen"), "try a lower learning rate"),
        (("--learning-rate", "0", "--out", "m.numpen"), "learning rate above 0"),
    ],
)
def test_what_does_not_go_with_it_is_one_line(folder: Path, more: tuple[str, ...], said: str) -> None:
    before = (folder / "model.numpen").read_bytes()
    done = run(*START, "--rehearse", 200, *more, cwd=folder)
    (line,) = done.stderr.splitlines()
    assert done.returncode == (3 if "1e30" in more else 2) and line.startswith("numpen: ") and said in line
    assert (folder / "model.numpen").read_bytes() == before and len(list(folder.glob("*"))) == 2


def test_rehearsal_needs_a_model(tmp_path: Path) -> None:
    done = run("train", "--rehearse", 100, cwd=tmp_path)
    assert done.returncode == 2 and "expected --from MODEL with --rehearse" in done.stderr
