"""Files of strangers whose checksum is right: what they say is looked at before it is believed, and never obeyed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.models.model import Model
from numpen.training.checkpoint import Checkpoint
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer
from tests.cli.process import run

Forger = Callable[..., Path]


@pytest.fixture
def forged(tmp_path: Path, few: Dataset) -> Forger:
    """A checkpoint that says so of how its run was started."""
    honest = Checkpoint.of(Trainer(Recipe(layers="784-2-10"), few.take(np.arange(20))))

    def forge(**command: Any) -> Path:
        said = {"data": "mnist:test", "out": "a.numpen", "teachers": []} | command
        replace(honest, command=said).save(tmp_path / "a.checkpoint")
        return tmp_path / "a.checkpoint"

    return forge


LIES = [
    {"out": ""},
    {"out": ".."},
    {"out": "a\0b"},
    {"out": "\ud800"},
    {"out": ["a"]},
    {"data": 3},
    {"data": "\0"},
    {"data": "\ud800"},
    {"teachers": 5},
    {"teachers": "a"},
    {"teachers": ["\0"]},
    {"workers": "two"},
    {"workers": 2.5},
    {"workers": True},
    {"workers": -1},
    {"workers": 10**9},
    {"workers": 1, "sync_every": "x"},
]


@pytest.mark.parametrize("lie", LIES, ids=ascii)
def test_a_checkpoint_that_lies_about_its_start_is_refused(forged: Forger, tmp_path: Path, lie: dict[str, Any]) -> None:
    done = run("train", "--resume", forged(**lie), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("numpen: expected a checkpoint that says how its run was started, got ")
    assert len(done.stderr.splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["a.checkpoint"]


def test_a_model_never_goes_to_another_folder(forged: Forger, tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    done = run("train", "--resume", forged(out="/nowhere/../x.numpen", data="nothing"), cwd=tmp_path / "inside")
    assert done.stderr.startswith("numpen: expected mnist, ")  # nothing was said about its place, which is beside it


def test_no_terminal_obeys_what_a_file_says(forged: Forger, tmp_path: Path) -> None:
    code = "\x1b]0;title\x07\x1b[31mred\nline"
    for done in (run("train", "--resume", forged(data=code)), run("info", forged(data=code))):
        assert not any(each in done.stdout + done.stderr for each in "\x1b\x07")
        assert "?[31mred?line" in done.stdout + done.stderr
    model = a_model({code: code, "empty": {}})
    model.save(tmp_path / "a.numpen")
    done = run("info", tmp_path / "a.numpen")
    assert (done.returncode, done.stderr) == (0, "") and "\x1b" not in done.stdout


def test_a_file_that_says_nothing_and_one_that_says_too_much(tmp_path: Path, few: Dataset) -> None:
    Checkpoint.of(Trainer(Recipe(layers="784-2-10"), few)).save(tmp_path / "of-a-program.checkpoint")
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"a": deep}
    a_model({"deep": deep}).save(tmp_path / "deep.numpen")
    for name in ("of-a-program.checkpoint", "deep.numpen"):
        for more in ((), ("--json",)):
            done = run("info", tmp_path / name, *more)
            assert (done.returncode, done.stderr) == (0, "")


def a_model(card: dict[str, Any]) -> Model:
    """Any model, with this card."""
    shipped = Model.load(Path(__file__).parents[2] / "src/numpen/models/shipped.numpen")
    return Model(shipped.network, shipped.pixel_divisor, card)
