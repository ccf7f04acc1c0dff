"""Signal every command at random moments: the right exit code, one line, soon, no half-written file, nobody left.

    python -m tests.long.signals --moments 10 --seed 0

A moment is counted from when numpen's own code begins to run: before that, the process is Python's alone. Every other
signal goes to the whole group of processes, as a terminal sends Ctrl-C.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import numpen
from numpen.models.model import Model
from tests.cli.process import START

PICTURE = Path(__file__).parents[2] / "docs/pictures/photo-of-a-seven.png"
PAGE = PICTURE.with_name("page-of-numbers.jpg")
HAND = Path(__file__).parents[1] / "pictures/single/mhw32"
SPACE = PICTURE.parents[1] / "examples/quick-space.toml"
WEIGHTS = PICTURE.parents[1] / "examples/wx-minus-b.npz"
SHIPPED = Path(numpen.__file__).parent / "models/shipped.numpen"
BEGUN = "import sys; sys.argv[0] = 'numpen'; import numpen.cli; sys.stderr.write('!'); sys.stderr.flush(); "

SMALL = ("--layers", "784-16-10", "--epochs")

COMMANDS: dict[str, tuple[str, ...]] = {
    "train": ("train", *SMALL, "2", "--checkpoint-every", "1", "--out", "out.numpen"),
    "train-together": ("train", *SMALL, "1", "--batch-size", "500", "--workers", "2", "--out", "out.numpen"),
    "evaluate": ("evaluate", str(SHIPPED), "--first", "2000", "--report", "out.html"),
    "predict": ("predict", *[str(PICTURE)] * 5, "--csv", "out.csv"),
    "read": ("read", *[str(PAGE)] * 5, "--csv", "out.csv", "--overlay", "seen", "--explain"),
    "many": ("predict", *[str(PICTURE)] * 60, "--csv", "out.csv", "--workers", "2"),
    "correct": ("correct", "7", *[str(PICTURE)] * 3, str(PAGE), "--into", "mine"),
    "adapt": ("train", "--from", "shipped", "--data", str(HAND), "--rehearse", "500", "--out", "out.numpen"),
    "explain": ("explain", str(SHIPPED), "--index", "247", "--report", "out.html"),
    "show": ("show", str(SHIPPED), "--out", "out.png"),
    "info": ("info", "mnist:test"),
    "init": ("init", "--layers", "784-16-10", "out.npz"),
    "recipes": ("recipes",),
    "browse": ("browse", str(SHIPPED), "--first", "3"),
    "find-lr": ("find-lr", *SMALL, "1"),
    "convert": ("convert", "mnist:test", "digits", "--to", "pictures"),
    "convert-file": ("convert", "mnist:test", "out.npz"),
    "import": ("import", str(WEIGHTS), "out.numpen"),
    "export": ("export", str(SHIPPED), "out.html"),
    "lab": ("lab", "--port", "0", "--no-browser"),
    "search": ("search", "--space", str(SPACE), "--trials", "3", "--out", "out.toml"),
    "cross-validate": ("cross-validate", *SMALL, "1", "--folds", "2"),
    "cluster": ("cluster", "--workers", "2", "--port", "0", "--dashboard-port", "0"),
}
ENDLESS = {"lab": 4.0, "cluster": 8.0}  # seconds within which a command that does not end by itself is interrupted
LATEST = 2.0  # seconds from a signal to the end
PATIENCE = {"cluster": 10.0}  # where it is later: Dask's processes take leave of one another


def begun(arguments: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
    """A command whose own code has just begun to run."""
    command = [sys.executable, "-W", "error", "-c", BEGUN + START, *arguments]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, cwd=folder, start_new_session=True)
    assert process.stderr is not None
    assert process.stderr.read(1) == b"!"
    return process


def interrupt(name: str, seconds: float, number: signal.Signals, folder: Path, *, group: bool) -> tuple[int, float]:
    """Signal a command after so long and look at what it leaves; its exit code, and how long it took to end."""
    process = begun(COMMANDS[name], folder)
    time.sleep(seconds)
    began = time.monotonic()
    if process.poll() is None:
        os.killpg(process.pid, number) if group else process.send_signal(number)
    said = process.communicate(timeout=60)[1].decode()
    code, took = process.returncode, time.monotonic() - began
    assert code in (0, 128 + number), f"{name}: exit code {code}\n{said}"
    assert "Traceback" not in said and "Exception" not in said, said
    if code:
        lines = said.splitlines()
        assert (name == "lab" or lines) and len(lines) < 2 and all(line.startswith("numpen: ") for line in lines), said
    _look_for_processes(process.pid)
    _look_at_files(name, code, folder)
    return code, took


def _look_for_processes(session: int) -> None:
    """Nobody who was started may stay for long; only Linux tells of them."""
    began = time.monotonic()
    while left := [stat for stat in map(_stat, Path("/proc").glob("[0-9]*/stat")) if stat[3:4] == [str(session)]]:
        assert time.monotonic() < began + 10, f"left behind: {left}"
        time.sleep(0.02)


def _stat(path: Path) -> list[str]:
    """The state of a process, its parent, group and session, and what else Linux tells; nothing if it is no more."""
    try:
        return path.read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return []


def _look_at_files(name: str, code: int, folder: Path) -> None:
    """What is there is whole."""
    assert not list(folder.rglob(".numpen-*")), f"{name}: a half-written file"
    if (folder / "out.numpen").exists():
        Model.load(folder / "out.numpen")
    if (folder / "out.npz").exists():
        with np.load(folder / "out.npz") as arrays:
            assert all(arrays[key].size for key in arrays)
    if (folder / "out.html").exists():
        assert (folder / "out.html").read_bytes().rstrip().endswith(b"</html>")
    if (folder / "out.csv").exists():
        rows = (folder / "out.csv").read_text()  # which come one by one, each whole, and --resume goes on behind them
        assert rows.endswith("\n") or not rows, f"{name}: half a row"
        whole = 1 + len([each for each in COMMANDS[name] if each in (str(PICTURE), str(PAGE))])
        assert len(rows.splitlines()) <= whole if code else len(rows.splitlines()) == whole
    pictures = [*folder.glob("digits/*/*")]
    assert len(pictures) in (0, 10_000)
    for path in (*folder.glob("seen/*"), *folder.glob("mine/*/*"), *folder.glob("out.png"), *pictures[::100]):
        Image.open(path).load()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=10)
    parser.add_argument("--only", choices=COMMANDS, action="append", help="these commands")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    rng, late = random.Random(arguments.seed), 0
    for name in arguments.only or COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            if name not in ENDLESS:
                begun(COMMANDS[name], Path(folder)).communicate()
            whole = ENDLESS.get(name, time.monotonic() - began)
        ends = []
        for moment in range(arguments.moments):
            with tempfile.TemporaryDirectory() as folder:
                number, seconds = rng.choice((signal.SIGINT, signal.SIGTERM)), rng.uniform(0, whole)
                ends.append(interrupt(name, seconds, number, Path(folder), group=bool(moment % 2)))
        codes, slowest = sorted(code for code, _ in ends), max(took for _, took in ends)
        late += sum(took > PATIENCE.get(name, LATEST) for _, took in ends)
        print(
            f"{name}: {len(codes)} moments of {whole:.1f} s, exit codes {codes}, the slowest end after {slowest:.2f} s",
            flush=True,
        )
    print(f"{late} ended later than {LATEST:g} s after the signal (a cluster: {PATIENCE['cluster']:g})")
    sys.exit(bool(late))


if __name__ == "__main__":
    main()
