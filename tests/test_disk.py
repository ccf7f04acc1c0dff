"""What disks do: whatever call fails, the file that was there still loads, and nothing half is beside it."""

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import OutputError
from numpen.files import PART, remove_stale, write_atomically
from numpen.models.model import Model
from numpen.training.checkpoint import Checkpoint
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer

posix = pytest.mark.skipif(os.name != "posix", reason="quotas, locks and mounts are POSIX's")
ERRORS = ("ENOSPC", "EDQUOT", "EIO", "EACCES", "EROFS", "EINTR", "ENOENT", "EFBIG")
CALLS = 7  # that a save makes: open, chmod, write, flush, fsync, replace, and fsync of the folder


class Disk:
    """Lets its calls through until one shall fail; a write that fails has written half."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failing: int, error: str) -> None:
        self.calls, self.failing, self.code = list[str](), failing, getattr(errno, error)
        opened = Path.open

        def open_(path: Path, mode: str = "r") -> Any:
            return Sick(self.take("open", opened)(path, mode), self) if "x" in mode else opened(path, mode)

        monkeypatch.setattr(Path, "open", open_)
        for owner, name in ((Path, "chmod"), (os, "fsync"), (Path, "replace")):
            monkeypatch.setattr(owner, name, self.watched(name, getattr(owner, name)))

    def watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: self.take(name, call)(*arguments)

    def take(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        self.calls.append(name)
        return call if len(self.calls) - 1 != self.failing else self.fail

    def fail(self, *arguments: Any) -> NoReturn:
        raise OSError(self.code, os.strerror(self.code))


class Sick:
    """A file on such a disk."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self.file, self.disk = file, disk

    def __enter__(self) -> "Sick":
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, content: bytes) -> None:
        call = self.disk.take("write", self.file.write)
        if call == self.disk.fail:
            self.file.write(content[: len(content) // 2])
            self.file.flush()
        call(content)

    def flush(self) -> None:
        self.disk.take("flush", self.file.flush)()


@pytest.fixture
def trainer(few: Dataset) -> Trainer:
    return Trainer(Recipe(layers="784-5-10", batch_size=16, epochs=2), few.take(slice(100)))


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("kind", ["model", "checkpoint"])
@pytest.mark.parametrize("failing", range(CALLS))
def test_whichever_call_fails_the_old_file_still_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trainer: Trainer, error: str, kind: str, failing: int
) -> None:
    path = tmp_path / "a"
    save, load = {
        "model": (trainer.model.save, Model.load),
        "checkpoint": (lambda path: Checkpoint.of(trainer).save(path), Checkpoint.load),
    }[kind]
    save(path)
    old = path.read_bytes()
    trainer.network.theta += 1
    with monkeypatch.context() as patch:
        disk = Disk(patch, failing, error)
        with suppress(OutputError):
            save(path)
    assert len(disk.calls) > failing  # it was asked, and has failed
    if failing < CALLS - 1:  # the folder is synced when the new file is in place
        assert path.read_bytes() == old
    else:
        assert path.read_bytes() != old
    load(path)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_these_are_all_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_atomically(tmp_path / "a", b"old")
    disk = Disk(monkeypatch, 99, "EIO")
    write_atomically(tmp_path / "a", b"new")
    assert disk.calls == ["open", "chmod", "write", "flush", "fsync", "replace", "fsync"]
    assert len(disk.calls) == CALLS


SAVE = """
import resource, signal, sys
from pathlib import Path
from numpen.errors import OutputError
from numpen.models.model import Model
model, path, old = Model.load({model!r}), Path({path!r}), Path({path!r}).read_bytes()
model.card["note"] = "another"
{before}
try:
    model.save(path)
except OutputError as error:
    print(error)
assert path.read_bytes() == old
Model.load(path)
print(sorted(each.name for each in path.parent.iterdir()))
"""
SHIPPED = Path(sys.modules["numpen"].__file__ or "").parent / "models/shipped.numpen"


def saved_badly(path: Path, before: str, shell: str = "{python}") -> list[str]:
    """What another process says whose save fails."""
    program = SAVE.format(model=str(SHIPPED), path=str(path), before=before)
    command = ["sh", "-c", shell.format(python='"$0" -c "$1"'), sys.executable, program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"expected to be let do `{shell}`, got: {done.stderr}"
    return done.stdout.splitlines()


@posix
@pytest.mark.parametrize("quota", [0, 4096, 815_000])
def test_a_quota_in_the_middle_of_a_write(tmp_path: Path, quota: int) -> None:
    (tmp_path / "a").write_bytes(SHIPPED.read_bytes())
    limit = f"signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, ({quota}, -1))"
    said, left = saved_badly(tmp_path / "a", limit)
    assert said.endswith("got: File too large") and left == "['a']"


def test_a_folder_that_has_vanished(tmp_path: Path, trainer: Trainer) -> None:
    with pytest.raises(OutputError, match="expected a place to write"):
        trainer.model.save(tmp_path / "gone" / "a")


def test_two_who_write_one_file_leave_one_of_both(tmp_path: Path) -> None:
    contents = [bytes([letter]) * 300_000 for letter in b"ab"]

    def write_often(content: bytes) -> None:
        for _ in range(15):
            write_atomically(tmp_path / "a", content)

    write_atomically(tmp_path / "a", contents[0])
    threads = [threading.Thread(target=write_often, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    seen = set()
    while any(thread.is_alive() for thread in threads):
        seen.add((tmp_path / "a").read_bytes())
    assert seen <= set(contents)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@posix
def test_what_a_killed_process_has_left_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / PART.format("dead")).write_bytes(b"half")
    (tmp_path / PART.format("folder")).mkdir()
    (tmp_path / "model.part").write_bytes(b"somebody else's")
    program = """
import sys; from pathlib import Path; from numpen.files import open_atomically
with open_atomically(Path(sys.argv[1])) as file:
    file.write(b"whole"); print("begun", flush=True); sys.stdin.read()
"""
    command = [sys.executable, "-c", program, str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writing:
        assert writing.stdout is not None and writing.stdout.readline() == b"begun\n"
        remove_stale(tmp_path)
        assert len(list(tmp_path.glob(PART.format("*")))) == 2  # the folder, and what is written just now
        writing.communicate()
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert sorted(each.name for each in tmp_path.iterdir()) == [PART.format("folder"), "a", "model.part"]
