"""A signal ends a command at once and in one line; a training is saved first, and goes on to the same bits."""

import random
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from numpen.cli.interruption import Request
from numpen.digits.dataset import Dataset
from numpen.models.model import Model
from numpen.training.checkpoint import Checkpoint
from tests.cli.process import run
from tests.long.signals import begun, interrupt

TRAIN = ("train", "--data", "pictures", "--layers", "784-6-10", "--optimizer", "adam", "--average", "0.9",
         "--dropout", "0.1", "--learning-rate", "0.001", "--epochs", "60")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, few: Dataset) -> Path:
    """A folder with a thousand pictures to learn from."""
    (tmp_path / "pictures").mkdir()
    for name, array in (("images-idx3", few.images), ("labels-idx1", few.labels)):
        header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        (tmp_path / "pictures" / f"train-{name}-ubyte").write_bytes(header + array.tobytes())
    return tmp_path


@pytest.fixture
def whole(folder: Path) -> bytes:
    """The model of a training that nobody interrupts."""
    assert run(*TRAIN, "--out", "whole.numpen", cwd=folder).returncode == 0
    assert not list(folder.glob("*.checkpoint"))
    return (folder / "whole.numpen").read_bytes()


def training(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    """A training that has written a checkpoint and goes on."""
    process = begun((*TRAIN, "--checkpoint-every", "0.02", *more), folder)
    while not (folder / "model.checkpoint").exists():
        assert process.poll() is None
        time.sleep(0.002)
    return process


def ended(process: "subprocess.Popen[bytes]", number: int) -> str:
    """Send the signal and wait; what was said on standard error."""
    process.send_signal(number)
    return process.communicate(timeout=60)[1].decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_training_that_was_ended_goes_on_to_the_same_bits(folder: Path, whole: bytes, number: int) -> None:
    process = training(folder)
    said = ended(process, number)
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 128 + number
        assert said.startswith("numpen: interrupted in epoch ")
        assert said.endswith("so far are in model.numpen; to go on: numpen train --resume model.checkpoint\n")
        Model.load(folder / "model.numpen")
    assert 0 < Checkpoint.load(folder / "model.checkpoint").state.numbers["steps"] < 60 * 32
    done = run("train", "--resume", "model.checkpoint", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "model.numpen").read_bytes() == whole
    assert sorted(path.name for path in folder.iterdir()) == ["model.numpen", "pictures", "whole.numpen"]


def test_a_chain_of_five_ends_with_the_same_bits(folder: Path, whole: bytes) -> None:
    process, checkpoint = training(folder), folder / "model.checkpoint"
    for number in (signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
        ended(process, number)
        before = steps_in(checkpoint)
        process = begun(("train", "--resume", "model.checkpoint", "--checkpoint-every", "0"), folder)
        while process.poll() is None and checkpoint.exists() and steps_in(checkpoint) == before:
            time.sleep(0.002)
        assert process.poll() is None, "it has come to its end too soon"
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert (folder / "model.numpen").read_bytes() == whole


def steps_in(checkpoint: Path) -> int:
    """How many steps the run of a checkpoint has taken."""
    return int(Checkpoint.load(checkpoint).state.numbers["steps"])


@pytest.mark.parametrize("apart", [0.0003, 0.0003, 0.0003, 0.003])
def test_many_signals_in_a_moment_leave_what_can_be_gone_on_with(folder: Path, whole: bytes, apart: float) -> None:
    process = training(folder)
    for _ in range(10):
        process.send_signal(signal.SIGINT)
        time.sleep(apart)
    assert process.stderr is not None
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert len(said.splitlines()) == 1 and said.startswith("numpen: interrupted")
    assert not list(folder.glob(".numpen-*"))
    assert run("train", "--resume", "model.checkpoint", cwd=folder).returncode == 0
    assert (folder / "model.numpen").read_bytes() == whole


def test_two_trainings_of_one_name_leave_one_whole_model(folder: Path) -> None:
    both = [begun((*TRAIN, "--checkpoint-every", "0", "--seed", seed), folder) for seed in "12"]
    for process in both:
        said = process.communicate(timeout=120)[1].decode()
        assert process.returncode == 0 and "Traceback" not in said
    assert Model.load(folder / "model.numpen").card["recipe"]["seed"] in (1, 2)
    assert not list(folder.glob(".numpen-*"))


def test_a_training_that_keeps_nothing_leaves_nothing(folder: Path) -> None:
    process = begun(("train", "--no-save", "--epochs", "99", "--verbose"), folder)
    assert process.stdout is not None
    while b"step" not in process.stdout.readline():
        pass
    said = ended(process, signal.SIGINT)
    assert (process.returncode, said) == (130, "numpen: interrupted in epoch 1 of 99, nothing was saved\n")
    assert [path.name for path in folder.iterdir()] == ["pictures"]


def test_the_checkpoints_of_other_trainings_are_put_aside(folder: Path) -> None:
    ended(training(folder), signal.SIGKILL)
    olds = []
    for aside in ("model.checkpoint.old", "model.checkpoint.old-2"):
        olds.append((folder / "model.checkpoint").read_bytes())
        process = begun(("train", "--epochs", "99", "--verbose"), folder)
        assert process.stdout is not None
        while b"step" not in process.stdout.readline():
            pass
        said = ended(process, signal.SIGINT)
        assert f"model.checkpoint was of another training, and is now {aside}\n" in said
    now = [folder / f"model.checkpoint{ending}" for ending in (".old", ".old-2", "")]
    assert [path.read_bytes() for path in now[:2]] == olds
    assert len({path.read_bytes() for path in now}) == 3


def test_the_weights_are_kept_where_no_checkpoint_can_be(folder: Path) -> None:
    (folder / "model.checkpoint").mkdir()
    process = begun((*TRAIN, "--epochs", "999", "--verbose"), folder)
    assert process.stdout is not None
    while b"step" not in process.stdout.readline():
        pass
    said = ended(process, signal.SIGINT)
    assert process.returncode == 130
    assert said.endswith(
        "the weights so far are in model.numpen; expected a place to write model.checkpoint, got: Is a directory\n"
    )
    Model.load(folder / "model.numpen")


def test_a_model_that_cannot_be_saved_in_the_end_is_not_lost(folder: Path, whole: bytes) -> None:
    process = training(folder)
    (folder / "model.numpen").mkdir()
    said = process.communicate(timeout=60)[1].decode()
    assert (process.returncode, said) == (
        2,
        "numpen: expected a place to write model.numpen, got: Is a directory; "
        "to go on from the last checkpoint: numpen train --resume model.checkpoint\n",
    )
    (folder / "model.numpen").rmdir()
    assert run("train", "--resume", "model.checkpoint", cwd=folder).returncode == 0
    assert (folder / "model.numpen").read_bytes() == whole


def test_a_name_that_is_too_long_for_a_checkpoint_is_none_for_a_model(folder: Path) -> None:
    out = f"{'a' * 246}.numpen"
    done = run(*TRAIN, "--epochs", "2", "--checkpoint-every", "0", "--out", out, cwd=folder)
    assert done.returncode == 0
    assert all(line.endswith("File name too long; training goes on without") for line in done.stderr.splitlines())
    Model.load(folder / out)


def test_a_training_that_diverges_keeps_its_last_good_weights_and_no_checkpoint(folder: Path) -> None:
    worse = ("--optimizer", "gradient-descent", "--learning-rate", "10", "--l2", "1", "--schedule", "constant")
    done = run(*TRAIN, *worse, "--checkpoint-every", "0", cwd=folder)
    assert done.returncode == 3
    assert "the last good weights are in model.numpen" in done.stderr
    Model.load(folder / "model.numpen")
    assert sorted(path.name for path in folder.iterdir()) == ["model.numpen", "pictures"]


def test_a_worker_that_was_forked_has_nothing_to_say() -> None:
    program = """
import os, signal, time
from numpen.cli.interruption import end_commands_at_once
end_commands_at_once()
child = os.fork()
if not child:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(9)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("130\n", "")


def test_a_full_disk_stops_checkpoints_and_no_training(folder: Path) -> None:
    (folder / "model.checkpoint").mkdir()  # where no file can be put
    (folder / "model.checkpoint.old").write_bytes(b"")
    done = run(*TRAIN, "--epochs", "2", "--checkpoint-every", "0", cwd=folder)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines and all(line.endswith("; training goes on without") for line in lines)
    Model.load(folder / "model.numpen")


def test_a_checkpoint_knows_its_recipe_and_is_told_of_by_info(folder: Path) -> None:
    ended(training(folder), signal.SIGKILL)
    done = run("train", "--resume", "model.checkpoint", "--epochs", "3", "--recipe", "fast", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(
        "expected the recipe that is in model.checkpoint, got epochs, recipe_name: leave it out\n"
    )
    told = run("info", "model.checkpoint", cwd=folder).stdout
    assert all(word in told for word in ("epochs", "steps", "goes_on_to_the_same_bits_here", "784-6-10", "threads"))
    missing = run("train", "--resume", "missing", cwd=folder)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert run("train", "--no-save", "--checkpoint-every", "1", cwd=folder).returncode == 2


@pytest.mark.parametrize("name", ["evaluate", "predict", "correct", "show", "info", "convert", "lab"])
def test_a_command_ends_in_one_line(tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    for number in (signal.SIGINT, signal.SIGTERM):
        interrupt(name, rng.uniform(0, 0.6), number, tmp_path, group=number == signal.SIGINT)


def test_a_second_signal_ends_a_training_at_once() -> None:
    program = """
import os, signal
from numpen.cli.interruption import Request
with Request(lambda: print("asked", flush=True)) as request:
    os.kill(os.getpid(), signal.SIGINT)
    print(request.number, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    print("still here", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (143, "asked\n2\n")
    assert done.stderr == "numpen: interrupted, nothing more was saved\n"


def test_a_library_user_keeps_their_handlers() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    import numpen.cli.main  # noqa: F401

    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Request(lambda: None):
        assert before != [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    thread = threading.Thread(target=lambda: Request(lambda: None).__enter__().__exit__(None, None, None))
    thread.start()  # which may decide about no signal
    thread.join()


def test_a_signal_in_the_middle_of_an_import_is_one_line() -> None:
    program = """
import sys, types
from numpen.cli.interruption import leave_at_once
for name in ("numpen.files", "multiprocessing.process"):  # there, and still without what they will hold
    sys.modules[name] = types.ModuleType(name)
leave_at_once(2)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "numpen: interrupted, nothing more was saved\n")
