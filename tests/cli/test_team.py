"""`numpen train --workers`: whoever works, and however often it is interrupted, the model is the same."""

import signal
from pathlib import Path

import pytest

from numpen.digits.dataset import Dataset
from numpen.digits.formats.idx import write_idx
from tests.cli.process import run
from tests.cli.test_interruption import ended, training

WORKERS = ("train", "--data", "pictures", "--layers", "784-6-10", "--optimizer", "adam", "--average", "0.9",
           "--dropout", "0.1", "--learning-rate", "0.001", "--epochs", "60",
           "--workers", "2", "--sync-every", "5")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, few: Dataset) -> Path:
    (tmp_path / "pictures").mkdir()
    write_idx(few, tmp_path / "pictures", "train", packed=False)
    return tmp_path


def test_a_cluster_trains_the_same_model_and_goes_on_with_it(folder: Path, cluster: str) -> None:
    assert run(*WORKERS, "--out", "whole.numpen", cwd=folder).returncode == 0
    assert run(*WORKERS, "--out", "there.numpen", "--cluster", cluster, cwd=folder).returncode == 0
    assert (folder / "there.numpen").read_bytes() == (folder / "whole.numpen").read_bytes()
    process = training(folder, "--workers", "2", "--sync-every", "5")
    assert "interrupted in epoch" in ended(process, signal.SIGINT) and process.returncode == 130
    assert run("train", "--resume", "model.checkpoint", "--workers", "3", cwd=folder).returncode == 2
    assert run("train", "--resume", "model.checkpoint", "--cluster", cluster, cwd=folder).returncode == 0
    assert (folder / "model.numpen").read_bytes() == (folder / "whole.numpen").read_bytes()


@pytest.mark.parametrize(
    "more", [("--sync-every", "2"), ("--workers", "2", "--halves"), ("--cluster", "nonsense"), ("--workers", "0")]
)
def test_mistakes_are_one_line(folder: Path, more: tuple[str, ...]) -> None:
    done = run("train", "--data", "pictures", "--no-save", *more, cwd=folder)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
