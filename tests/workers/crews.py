"""What the tests of crews have done by workers, and the real clusters that they have it done by."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.cli.process import START


@contextlib.contextmanager
def dask_cluster(workers: int = 2, *options: str, path: Path | None = None) -> Iterator[str]:
    """The address of a cluster of processes of its own: `numpen cluster`, by the numpen at another path, if any."""
    words = ["cluster", "--workers", str(workers), "--port", "0", "--no-dashboard", *options]
    command = [sys.executable, "-W", "error", "-c", START, *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(path or ""), *sys.path]))}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().removeprefix("scheduler ").strip()
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 143
            assert all_end(process.pid)


def add(one: Any, two: Any) -> Any:
    return one + two


def where(value: Any) -> int:
    return os.getpid()


def threads(_: Any) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.endswith("NUM_THREADS")}


def raise_it(error: BaseException) -> None:
    raise error


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: Path) -> str:
    """Die, unless somebody has before."""
    if not mark.exists():
        mark.write_text("dead")
        die()
    return "alive"


def wait(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


class Counted:
    """A value that says whenever it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        (self.folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()


def parent(_: Any) -> int:
    return os.getppid()


def session_of(pid: int) -> list[int]:
    """The processes that live in the session that a process has begun."""
    found = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = each.read_text().rpartition(")")[2].split()
            if int(words[3]) == pid and words[0] != "Z":
                found.append(int(each.parent.name))
    return found


def all_end(pid: int, seconds: float = 20) -> bool:
    """Whether every process of a session ends within so long."""
    deadline = time.monotonic() + seconds
    while session_of(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not session_of(pid)
