"""What disks do: whatever call fails, the file that was there still loads, and nothing half is beside it."""

import errno
import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from numpen import files
from numpen.digits.dataset import Dataset
from numpen.errors import OutputError
from numpen.files import PART, new_folder, remove_stale, write_atomically
from numpen.models.model import Model
from numpen.training.checkpoint import Checkpoint
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer
from tests.disks import Between

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


class Sick(Between):
    """A file on such a disk."""

    def __init__(self, file: Any, disk: Disk) -> None:
        super().__init__(file)
        self.disk = disk

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


def saved_badly(path: Path, before: str, shell: str = "{python}", model: Path = SHIPPED) -> list[str]:
    """What another process says whose save fails."""
    program = SAVE.format(model=str(model), path=str(path), before=before)
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
    (tmp_path / PART.format("folder") / "within").write_bytes(b"half")
    (tmp_path / "model.part").write_bytes(b"somebody else's")
    os.mkfifo(tmp_path / PART.format("pipe"))  # from which who opens it waits to read
    (tmp_path / PART.format("link")).symlink_to("model.part")
    program = """
import sys; from pathlib import Path; from numpen.files import new_folder, open_atomically
with open_atomically(Path(sys.argv[1])) as file, new_folder(Path(sys.argv[1] + "s")) as folder:
    file.write(b"whole"); print("begun", flush=True); sys.stdin.read()
    (folder / "within").write_bytes(b"whole")
"""
    command = [sys.executable, "-c", program, str(tmp_path / "a")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writing:
        assert writing.stdout is not None and writing.stdout.readline() == b"begun\n"
        remove_stale(tmp_path)
        assert len(list(tmp_path.glob(PART.format("*")))) == 4  # pipe and link, and both that are written just now
        writing.communicate()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "as" / "within").read_bytes() == b"whole"
    left = [PART.format("link"), PART.format("pipe"), "a", "as", "model.part"]
    assert sorted(each.name for each in tmp_path.iterdir()) == left


@posix
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_who_cleans_up_in_the_first_instant_takes_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Between a new file and its lock it looks like one that was left behind."""
    waited = files._wait_for

    def cleaned_first(handle: int) -> None:
        monkeypatch.setattr(files, "_wait_for", waited)
        remove_stale(tmp_path)
        assert not list(tmp_path.iterdir())
        waited(handle)

    monkeypatch.setattr(files, "_wait_for", cleaned_first)
    if kind == "file":
        write_atomically(tmp_path / "a", b"whole")
    else:
        with new_folder(tmp_path / "a") as folder:
            (folder / "within").write_bytes(b"whole")
    assert [each.name for each in tmp_path.rglob("*")] == (["a"] if kind == "file" else ["a", "within"])


@posix
@pytest.mark.parametrize("error", ["ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str) -> None:
    def refuse(handle: int, kind: int) -> NoReturn:
        raise OSError(getattr(errno, error), error)

    (tmp_path / PART.format("left")).write_bytes(b"half")  # or written by somebody just now: nobody can tell
    monkeypatch.setattr("fcntl.flock", refuse)
    write_atomically(tmp_path / "a", b"whole")
    with new_folder(tmp_path / "b") as folder:
        (folder / "within").write_bytes(b"whole")
    remove_stale(tmp_path)
    assert sorted(each.name for each in tmp_path.iterdir()) == [PART.format("left"), "a", "b"]


class Sluggish(io.FileIO):
    """A file of which the system takes a few bytes at a time, as it may of any."""

    def write(self, content: Any) -> int:
        return super().write(memoryview(content)[:1000])

    def readinto(self, buffer: Any) -> int:
        return super().readinto(memoryview(buffer)[:1000])


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trainer: Trainer) -> None:
    def open_(path: Path, mode: str = "r") -> Any:
        return io.BufferedRandom(Sluggish(path, mode)) if "x" in mode else opened(path, mode)

    opened = Path.open
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_)
        trainer.model.save(tmp_path / "model")
        Checkpoint.of(trainer).save(tmp_path / "checkpoint")
        write_atomically(tmp_path / "a", bytes(range(256)) * 5000)
    assert (tmp_path / "a").read_bytes() == bytes(range(256)) * 5000
    Model.load(tmp_path / "model")
    Checkpoint.load(tmp_path / "checkpoint")


@posix
def test_a_process_that_ends_takes_its_half_files_along(tmp_path: Path) -> None:
    """As a signal ends it: with no time for more."""
    program = """
import os, sys; from pathlib import Path; from numpen.files import new_folder, open_atomically, take_away_unfinished
with open_atomically(Path(sys.argv[1])) as file, new_folder(Path(sys.argv[1] + "s")) as folder:
    file.write(b"half"); (folder / "within").write_bytes(b"half")
    assert len(list(folder.parent.iterdir())) == 2
    take_away_unfinished(); os._exit(0)
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "a")], check=True)
    assert list(tmp_path.iterdir()) == []
