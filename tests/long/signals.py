"""Signal every command at random moments: the right exit code, one line, and no half-written file.

    python -m tests.long.signals --moments 10 --seed 0

A moment is counted from when numpen's own code begins to run: before that, the process is Python's alone.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

import numpen
from numpen.models.model import Model
from tests.cli.process import START

PICTURE = Path(__file__).parents[2] / "docs/pictures/photo-of-a-seven.png"
PAGE = PICTURE.with_name("page-of-numbers.jpg")
HAND = Path(__file__).parents[1] / "pictures/single/mhw32"
SPACE = PICTURE.parents[1] / "examples/quick-space.toml"
SHIPPED = Path(numpen.__file__).parent / "models/shipped.numpen"
BEGUN = "import sys; sys.argv[0] = 'numpen'; import numpen.cli; sys.stderr.write('!'); sys.stderr.flush(); "

COMMANDS: dict[str, tuple[str, ...]] = {
    "train": ("train", "--layers", "784-16-10", "--epochs", "2", "--checkpoint-every", "1", "--out", "out.numpen"),
    "evaluate": ("evaluate", str(SHIPPED), "--first", "2000"),
    "predict": ("predict", *[str(PICTURE)] * 5, "--csv", "out.csv"),
    "read": ("read", *[str(PAGE)] * 5, "--csv", "out.csv", "--overlay", "seen", "--explain"),
    "many": ("predict", *[str(PICTURE)] * 60, "--csv", "out.csv", "--workers", "2"),
    "correct": ("correct", "7", *[str(PICTURE)] * 3, str(PAGE), "--into", "mine"),
    "adapt": ("train", "--from", "shipped", "--data", str(HAND), "--rehearse", "500", "--out", "out.numpen"),
    "show": ("show", str(SHIPPED), "--out", "out.png"),
    "info": ("info", "mnist:test"),
    "init": ("init", "--layers", "784-16-10", "out.npz"),
    "recipes": ("recipes",),
    "browse": ("browse", str(SHIPPED), "--first", "3"),
    "find-lr": ("find-lr", "--layers", "784-16-10", "--epochs", "1"),
    "lab": ("lab", "--port", "0", "--no-browser"),
    "search": ("search", "--space", str(SPACE), "--trials", "3", "--out", "out.toml"),
    "cross-validate": ("cross-validate", "--layers", "784-16-10", "--epochs", "1", "--folds", "2"),
}
ENDLESS = {"lab": 4.0}  # seconds within which a command that does not end by itself is interrupted


def begun(arguments: Sequence[str], folder: Path) -> "subprocess.Popen[bytes]":
    """A command whose own code has just begun to run."""
    command = [sys.executable, "-W", "error", "-c", BEGUN + START, *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder)
    assert process.stderr is not None
    assert process.stderr.read(1) == b"!"
    return process


def interrupt(name: str, seconds: float, number: signal.Signals, folder: Path) -> int:
    """Signal a command after so long and look at what it leaves; its exit code."""
    process = begun(COMMANDS[name], folder)
    time.sleep(seconds)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1].decode()
    code = process.returncode
    assert code in (0, 128 + number), f"{name}: exit code {code}\n{said}"
    assert "Traceback" not in said and "Exception" not in said, said
    if code:
        (line,) = said.splitlines()
        assert line.startswith("numpen: interrupted"), said
    assert not list(folder.rglob(".numpen-*")), f"{name}: a half-written file"
    if (folder / "out.numpen").exists():
        Model.load(folder / "out.numpen")
    if (folder / "out.csv").exists():
        rows = (folder / "out.csv").read_text()  # which come one by one, each whole, and --resume goes on behind them
        assert rows.endswith("\n") or not rows, f"{name}: half a row"
        whole = 1 + len([each for each in COMMANDS[name] if each in (str(PICTURE), str(PAGE))])
        assert len(rows.splitlines()) <= whole if code else len(rows.splitlines()) == whole
    for path in (*folder.glob("seen/*"), *folder.glob("mine/*/*")):
        Image.open(path).load()
    return code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=10)
    parser.add_argument("--only", choices=COMMANDS, action="append", help="these commands")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    rng = random.Random(arguments.seed)
    for name in arguments.only or COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            if name not in ENDLESS:
                begun(COMMANDS[name], Path(folder)).communicate()
            whole = ENDLESS.get(name, time.monotonic() - began)
        codes = []
        for _ in range(arguments.moments):
            with tempfile.TemporaryDirectory() as folder:
                number = rng.choice((signal.SIGINT, signal.SIGTERM))
                codes.append(interrupt(name, rng.uniform(0, whole), number, Path(folder)))
        print(f"{name}: {len(codes)} moments of {whole:.1f} s, exit codes {sorted(codes)}", flush=True)


if __name__ == "__main__":
    main()
