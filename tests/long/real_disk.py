"""A real disk that is full, and one that is read-only: `python -m pytest tests/long/real_disk.py`.

Not among the daily tests, since it mounts a small disk in a namespace of its own, which not everybody may do.
"""

import os
from pathlib import Path

import pytest

from tests.test_disk import SHIPPED, saved_badly


@pytest.mark.parametrize(
    ("options", "said"), [("size=2m", "No space left on device"), ("size=4m,ro", "Read-only file system")]
)
def test_a_real_disk_that_is_full_or_read_only(tmp_path: Path, options: str, said: str) -> None:
    """The disk holds the model once, but not a second one beside it."""
    size, *read_only = options.split(",")
    mount = f'mount -t tmpfs -o {size} tmpfs "{tmp_path}" && cp "{SHIPPED}" "{tmp_path}/a" && '
    mount += f'mount -o remount,ro "{tmp_path}" && ' if read_only else ""
    user = "" if os.geteuid() == 0 else "--user --map-root-user "
    inside = f"{mount}exec " + "{python}"
    error, left = saved_badly(tmp_path / "a", "", f'exec unshare {user}--mount sh -c \'{inside}\' "$0" "$1"')
    assert error.endswith(said) and left == "['a']"
