"""Pictures and numbers that no training expects: a clear end, or a model whose weights are finite."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError, NumpenError
from numpen.evaluation.metrics import evaluate
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer, train
from tests.cli.process import START

VARIANTS: list[dict[str, Any]] = [
    {},
    {"optimizer": "adam", "learning_rate": 0.01, "dropout": 0.3},
    {"distortions": "rotate(10) elastic(34,4)", "average": 0.9},
    {"activation": "sigmoid", "output": "sigmoid", "loss": "half-squares"},
    {"halves": True},
]


def recipe(**values: Any) -> Recipe:
    first: dict[str, Any] = {"layers": "784-8-10", "batch_size": 8, "epochs": 3, "learning_rate": 0.1}
    return Recipe(**first | values)


def odd(few: Dataset) -> dict[str, Dataset]:
    some = few.take(slice(40))
    return {
        "one picture": few.take(slice(1)),
        "two pictures": few.take(slice(2)),
        "blank pictures": replace(some, images=np.zeros_like(some.images)),
        "full pictures": replace(some, images=np.full_like(some.images, 255)),
        "the same picture": replace(some, images=np.repeat(some.images[:1], 40, axis=0)),
        "one class": few.take(np.flatnonzero(few.labels == 3)),
        "constant labels on all pictures": replace(some, labels=np.full_like(some.labels, 9)),
    }


@pytest.mark.parametrize("values", VARIANTS, ids=str)
def test_odd_pictures_leave_finite_weights(few: Dataset, values: dict[str, Any]) -> None:
    for name, dataset in odd(few).items():
        model = train(recipe(**values), dataset)
        assert np.isfinite(model.network.theta).all(), name
        assert np.isfinite(model.probabilities(few.images[:5])).all(), name


def test_one_class_is_learnt(few: Dataset) -> None:
    threes = odd(few)["one class"]
    assert evaluate(train(recipe(), threes), threes).accuracy == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_end_a_training_at_its_first_step_and_are_not_saved(
    few: Dataset, tmp_path: Path, value: float
) -> None:
    trainer = Trainer(recipe(), few)
    trainer.network.theta[100 * 8 : 400 * 8] = value  # as somebody could put them there
    with pytest.raises(DivergenceError, match="at step 1 of"):
        list(trainer.run())
    trainer.network.theta[0] = value
    with pytest.raises(NumpenError):
        trainer.model.save(tmp_path / "a")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process cannot be given less memory")
def test_too_little_memory_is_one_line(tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (700_000_000, -1)); "
    arguments = ("train", "--layers", "784-16000-10", "--batch-size", "60000", "--epochs", "1")
    command = [sys.executable, "-c", limit + START, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "numpen: expected memory enough, got none: take fewer units, a smaller batch or fewer pictures\n"
    )
    assert not list(tmp_path.iterdir())
