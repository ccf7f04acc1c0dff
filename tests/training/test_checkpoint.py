"""A checkpoint gives back what was put into it; any other file, other pictures and another machine are refused."""

import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import CheckpointError, ModelFileError
from numpen.models.committee import Committee
from numpen.models.model import Model
from numpen.models.sealed import NO_CHECKSUM
from numpen.training import checkpoint as checkpoints
from numpen.training.checkpoint import Checkpoint, is_checkpoint
from numpen.training.recipe import Recipe
from numpen.training.state import State
from numpen.training.trainer import Trainer, until_enough
from tests.long import fuzz

RECIPE = Recipe(layers="784-5-10", batch_size=16, epochs=2, optimizer="adam", average=0.9, dropout=0.1)


@pytest.fixture
def data(few: Dataset) -> Dataset:
    return few.take(slice(100))


@pytest.fixture
def trainer(data: Dataset) -> Trainer:
    """One that stands in the middle of its second epoch."""
    made = Trainer(RECIPE, data)
    walk = made.run()
    while made.optimizer.steps < 10:
        next(walk)
    return made


@pytest.fixture
def path(trainer: Trainer, tmp_path: Path) -> Path:
    Checkpoint.of(trainer, {"data": "mnist"}).save(tmp_path / "a.checkpoint")
    return tmp_path / "a.checkpoint"


def test_everything_comes_back_bit_for_bit(trainer: Trainer, path: Path) -> None:
    kept, again = Checkpoint.of(trainer), Checkpoint.load(path)
    assert (again.recipe, again.data, again.machine) == (RECIPE, kept.data, kept.machine)
    assert (again.teacher, again.command) == (None, {"data": "mnist"})
    for state in (kept.state, again.state):
        state.numbers["position"]["seconds"] = 0.0
    assert again.state.numbers == kept.state.numbers
    assert again.state.arrays.keys() == {"theta", "last_good", "slots", "average", "order", "history"}
    for name, array in kept.state.arrays.items():
        assert again.state.arrays[name].tobytes() == array.tobytes()


def test_the_state_is_a_copy(trainer: Trainer) -> None:
    state = State.of(trainer)
    before = {name: array.tobytes() for name, array in state.arrays.items()}
    list(until_enough(trainer))
    assert before == {name: array.tobytes() for name, array in state.arrays.items()}


def test_a_machine_is_told_by_what_rounds(path: Path) -> None:
    here = checkpoints.machine()
    assert here.keys() == {"numpen", "numpy", "processor", "blas", "threads"}
    assert here["numpy"] == np.__version__
    assert here["blas"] and here["threads"] >= 1
    assert Checkpoint.load(path).drift() == []


@pytest.mark.parametrize("key", ["numpen", "numpy", "processor", "blas", "threads"])
def test_on_another_machine_it_goes_on_only_if_told_to(data: Dataset, path: Path, key: str) -> None:
    kept = Checkpoint.load(path)
    other = replace(kept, machine=kept.machine | {key: "another"})
    with pytest.raises(CheckpointError, match=f"{key} another there, .* here.*add --allow-drift") as caught:
        other.resume(data)
    assert "\n" not in str(caught.value)
    assert other.resume(data, allow_drift=True).optimizer.steps == 10


def test_other_pictures_are_refused(data: Dataset, few: Dataset, path: Path) -> None:
    for other in (few.take(slice(1, 101)), few.take(slice(99)), replace(data, labels=(data.labels + 1) % 10)):
        with pytest.raises(CheckpointError, match="expected the pictures the run began with"):
            Checkpoint.load(path).resume(other, allow_drift=True)


def test_another_teacher_is_refused(data: Dataset, path: Path) -> None:
    teacher, other = (Committee([Trainer(RECIPE.changed(seed=seed), data).model]) for seed in (1, 2))
    with pytest.raises(CheckpointError, match="expected the teacher the run began with"):
        Checkpoint.load(path).resume(data, teacher)
    pupil = Checkpoint.of(Trainer(RECIPE, data, teacher))
    assert pupil.resume(data, teacher).teacher is teacher
    for stranger in (None, other, Committee(teacher.members, 1)):
        with pytest.raises(CheckpointError, match="expected the teacher the run began with"):
            pupil.resume(data, stranger)


def test_the_state_of_another_recipe_is_refused(trainer: Trainer, data: Dataset) -> None:
    state = State.of(trainer)
    for values in ({"layers": "784-6-10"}, {"optimizer": "momentum"}, {"average": 0.0}, {"batch_size": 10},
                   {"epochs": 1}, {"keep_best": True, "validation": 10, "validation_split": "random"},
                   {"halves": True}):  # fmt: skip
        with pytest.raises(CheckpointError, match="expected the state of this recipe"):
            state.restore(Trainer(RECIPE.changed(**values), data))


def numbers_with(state: State, **position: Any) -> State:
    return replace(state, numbers=state.numbers | {"position": state.numbers["position"] | position})


def test_a_state_that_cannot_be_is_refused(trainer: Trainer, data: Dataset) -> None:
    state = State.of(trainer)
    lies = [
        *(numbers_with(state, **{name: value}) for name, value in (("epoch", 1), ("epoch", 9), ("row", 7), ("row", 0))),
        replace(state, numbers=state.numbers | {"steps": 11}),
        replace(state, numbers=state.numbers | {"generators": state.numbers["generators"][:-1]}),
        replace(state, numbers=state.numbers | {"generators": [{}] * len(state.numbers["generators"])}),
        replace(state, arrays=state.arrays | {"order": state.arrays["order"] + 1}),
        replace(state, arrays=state.arrays | {"theta": state.arrays["theta"] * np.float32(np.nan)}),
        replace(state, arrays=state.arrays | {"slots": state.arrays["slots"].astype(np.float64)}),
        replace(state, arrays={name: array for name, array in state.arrays.items() if name != "average"}),
    ]
    for lie in lies:
        with pytest.raises(CheckpointError):
            lie.restore(Trainer(RECIPE, data))
    state.restore(Trainer(RECIPE, data))


def test_a_flipped_bit_is_seen_wherever_it_is(path: Path) -> None:
    content = path.read_bytes()
    for place in [*range(3000), *range(3000, len(content), 97)]:
        other = content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :]
        with pytest.raises(CheckpointError):
            Checkpoint.from_bytes(other, "it")


@pytest.mark.parametrize("content", [b"", b"\0" * 7, b"text" * 1000, pickle.dumps([1.0] * 100)], ids=len)
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    assert not is_checkpoint(tmp_path / "other")
    with pytest.raises(CheckpointError, match=r"expected a numpen checkpoint, got .*other"):
        Checkpoint.load(tmp_path / "other")


def test_a_checkpoint_is_no_model_and_a_model_no_checkpoint(trainer: Trainer, path: Path, tmp_path: Path) -> None:
    trainer.model.save(tmp_path / "a.numpen")
    assert is_checkpoint(path) and not is_checkpoint(tmp_path / "a.numpen") and not is_checkpoint(tmp_path)
    with pytest.raises(ModelFileError, match="another kind of file"):
        Model.load(path)
    with pytest.raises(CheckpointError, match="another kind of file"):
        Checkpoint.load(tmp_path / "a.numpen")
    with pytest.raises(CheckpointError, match=r"expected a checkpoint file, got .*: No such file"):
        Checkpoint.load(tmp_path / "missing")


@pytest.mark.parametrize("key", ["recipe", "data", "teacher", "machine", "command", "state"])
@pytest.mark.parametrize("lie", [None, [], {}, 5, "missing"], ids=str)
def test_a_header_that_lies_with_a_right_checksum_is_refused(path: Path, data: Dataset, key: str, lie: Any) -> None:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    outer = json.loads(content[8 : 8 + length])
    header = json.loads(outer["__metadata__"]["numpen-checkpoint"]) | {"sha256": NO_CHECKSUM, key: lie}
    if lie == "missing":
        del header[key]
    text = json.dumps(outer | {"__metadata__": {"numpen-checkpoint": json.dumps(header)}}).encode()
    whole = len(text).to_bytes(8, "little") + text + content[8 + length :]
    sealed = whole.replace(NO_CHECKSUM.encode(), hashlib.sha256(whole).hexdigest().encode(), 1)
    if (key, lie) in (("teacher", None), ("command", {})):
        Checkpoint.from_bytes(sealed, "it").resume(data)
        return
    with pytest.raises(CheckpointError):
        Checkpoint.from_bytes(sealed, "it").resume(data)


@pytest.mark.parametrize("seed", range(2))
def test_nothing_but_our_error_comes_of_altered_files(seed: int) -> None:
    model = fuzz.fuzz(fuzz.a_model(), fuzz.load_model, 40_000, seed)
    kept = fuzz.fuzz(*fuzz.a_checkpoint(), 500, seed)
    for count in (model, kept):
        assert count.loaded_though_altered == 0
        assert count.refused > 0.9 * count.files
    assert model.files + kept.files == 40_500
