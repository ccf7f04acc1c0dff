"""A real disk that is full, and one that is read-only: `python -m pytest tests/long/real_disk.py`.

Not among the daily tests, since it mounts a small disk in a namespace of its own, which not everybody may do.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numpen.models.model import Model
from numpen.training import build
from numpen.training.recipe import Recipe
from tests.cli.process import START
from tests.test_disk import saved_badly

ALONE = f"unshare {'' if os.geteuid() == 0 else '--user --map-root-user '}--mount"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of 700 kB, of which a disk of 1 MB holds one and not a second beside it."""
    recipe = Recipe(layers="784-220-10")
    Model(build.network(recipe, 1, np.random.default_rng(0))).save(tmp_path / "model.numpen")
    (tmp_path / "disk").mkdir()
    return tmp_path / "model.numpen"


@pytest.mark.parametrize(
    ("options", "said"), [("size=1m", "No space left on device"), ("size=2m,ro", "Read-only file system")]
)
def test_a_real_disk_that_is_full_or_read_only(model: Path, options: str, said: str) -> None:
    disk, (size, *read_only) = model.with_name("disk"), options.split(",")
    mount = f'mount -t tmpfs -o {size} tmpfs "{disk}" && cp "{model}" "{disk}/a" && '
    mount += f'mount -o remount,ro "{disk}" && ' if read_only else ""
    inside = f"{mount}exec " + "{python}"
    error, left = saved_badly(disk / "a", "", f'exec {ALONE} sh -c \'{inside}\' "$0" "$1"', model)
    assert error.endswith(said) and left == "['a']"


def test_a_training_whose_checkpoints_find_no_room_goes_on(model: Path) -> None:
    disk = model.with_name("disk")
    train = (
        "train --layers 784-100-10 --epochs 1 --batch-size 10000 --optimizer adam --checkpoint-every 0 --out a.numpen"
    )
    inside = f'mount -t tmpfs -o size=1m tmpfs "{disk}" && cd "{disk}" && "$0" -c "$1" {train} && ls -A'
    command = ["sh", "-c", f'exec {ALONE} sh -c \'{inside}\' "$0" "$1"', sys.executable, START]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["saved a.numpen (320 kB)", "a.numpen"]
    lines = done.stderr.splitlines()
    assert len(lines) >= 6 and set(lines) == {
        "numpen: expected a place to write a.checkpoint, got: No space left on device; training goes on without"
    }
