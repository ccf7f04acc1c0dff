"""Places where nothing can be read, written or printed: one line and exit code 2, before any work is done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import numpen
from numpen.models.model import Model
from tests.cli.process import START, run

posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and devices are POSIX's")
SHIPPED = Path(numpen.__file__).parent / "models/shipped.numpen"
PICTURE = Path(__file__).parents[2] / "docs/pictures/photo-of-a-seven.png"
TRAIN = ("train", "--layers", "784-4-10", "--epochs", "1")
LONG = "a" * 300  # no system has names of so many letters


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    """What is said of it, in one line."""
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    assert line.startswith("numpen: expected ")
    return line


@pytest.mark.parametrize(
    "words",
    [
        (*TRAIN, "--out", f"{LONG}.numpen"),
        (*TRAIN, "--out", "folder"),
        (*TRAIN, "--out", "nowhere/a.numpen"),
        (*TRAIN, "--out", "loop"),
        (*TRAIN, "--data", LONG),
        (*TRAIN, "--recipe", LONG),
        ("train", "--resume", LONG),
        ("train", "--resume", "folder"),
        ("info", LONG),
        ("show", LONG),
        ("browse", LONG),
        ("predict", LONG),
        ("predict", f"{LONG}*"),
        ("predict", PICTURE, "--csv", LONG),
        ("predict", PICTURE, "--csv", "/dev/full"),
        ("convert", "mnist:test", f"{LONG}.npz"),
        ("convert", "mnist:test", LONG, "--to", "idx"),
        ("convert", "mnist:test", "nowhere/digits", "--to", "idx"),
        ("import", LONG, "a.numpen"),
        ("evaluate", SHIPPED, "--report", "folder"),
        ("evaluate", SHIPPED, "--report", "/dev/full", "--first", "9"),
        ("find-lr", "--plot", "folder"),
        ("search", "--out", "folder"),
    ],
    ids=lambda words: " ".join(map(str, words))[:60].replace("/", ""),
)
@posix
def test_a_place_that_cannot_be_is_known_at_once(tmp_path: Path, words: tuple[object, ...]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    refused(run(*words, cwd=tmp_path))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "loop"]


@posix
def test_a_folder_that_may_not_be_written_or_looked_into(tmp_path: Path) -> None:
    closed, locked = tmp_path / "closed", tmp_path / "locked"
    for folder in (closed, locked):
        folder.mkdir()
        (folder / "a.numpen").write_bytes(SHIPPED.read_bytes())
    closed.chmod(0o555)
    locked.chmod(0)
    try:
        for words in (
            (*TRAIN, "--out", "closed/a.numpen"),
            ("convert", "mnist:test", "closed/digits", "--to", "idx"),
            (*TRAIN, "--out", "locked/a.numpen"),
            (*TRAIN, "--data", "locked/digits"),
            ("info", "locked/a.numpen"),
            ("predict", "locked/a.png"),
            ("import", "locked/a.npz", "b.numpen"),
        ):
            assert refused(as_anybody(words, tmp_path)).endswith("Permission denied")
    finally:
        locked.chmod(0o755)
    assert (closed / "a.numpen").read_bytes() == SHIPPED.read_bytes()


def as_anybody(words: tuple[str, ...], folder: Path) -> "subprocess.CompletedProcess[str]":
    """A command by somebody to whom permissions apply, which they do not to root."""
    without = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    command = [*without, sys.executable, "-c", START, *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def by_shell(line: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A line for a shell in which `numpen` is the command."""
    program = f'numpen() {{ "$0" -W error -c "$START" "$@"; }}; {line}'
    command, started = ["bash", "-c", program, sys.executable], {**os.environ, "START": START}
    return subprocess.run(command, cwd=folder, env=started, capture_output=True, text=True, check=False, timeout=120)


@posix
def test_where_there_is_no_room_to_print(tmp_path: Path) -> None:
    for line in ("numpen recipes > /dev/full", "numpen recipes --json > /dev/full"):
        for unbuffered in ("", "1"):
            done = by_shell(f"export PYTHONUNBUFFERED={unbuffered}; {line}", tmp_path)
            assert refused(done).endswith("a place to print, got: No space left on device")
    done = by_shell("numpen info nothing 2> /dev/full", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")


@posix
def test_whoever_closes_what_is_printed_to_loses_nothing(tmp_path: Path) -> None:
    for closed in ("2>&-", ">&-", "<&- >&- 2>&-"):
        done = by_shell(f"numpen {' '.join(TRAIN)} --out a.numpen {closed}", tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        Model.load(tmp_path / "a.numpen")
        (tmp_path / "a.numpen").unlink()
    assert by_shell(f"numpen browse {SHIPPED} <&-", tmp_path).returncode == 0
    assert by_shell(f"numpen show {SHIPPED} >&-", tmp_path).returncode == 0
    assert refused(by_shell("numpen predict - <&-", tmp_path))


@posix
def test_what_is_printed_never_lands_in_a_file(tmp_path: Path) -> None:
    """A file that is opened while standard error is closed would have its number, and get what it is told."""
    line = f'exec "$0" -c "{START}" predict - --csv a.csv 2>&-'
    with subprocess.Popen(["sh", "-c", line, sys.executable], stdin=subprocess.PIPE, cwd=tmp_path) as process:
        while not (tmp_path / "a.csv").exists() or not (tmp_path / "a.csv").read_bytes():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 143
    assert (tmp_path / "a.csv").read_bytes() == b"path,digit,confidence,reason\n"


@posix
def test_standard_output_is_a_place_to_write(tmp_path: Path) -> None:
    done = by_shell(f"numpen {' '.join(TRAIN)} --json --out /dev/stdout 2>&1 | head -c 9999999 > out", tmp_path)
    assert done.returncode == 0
    assert b'{"__metadata__"' in (tmp_path / "out").read_bytes()
