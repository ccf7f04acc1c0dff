"""A training that is killed while it writes checkpoints leaves one that loads: a few of the kills of the long run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_what_a_kill_leaves_loads_and_the_harness_bites() -> None:
    often = ["--kills", "12", "--naive", "75"]  # of the naive writer's files one in five is torn
    command = [sys.executable, "-m", "tests.long.kills", *often, "--seed", "3"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[1].startswith("numpen: 12 kills, 0 unreadable checkpoints, ")
    assert said[3].startswith("open and write in place: 75 kills, ") and " 0 unreadable" not in said[3]
