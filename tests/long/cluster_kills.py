"""Kill the workers, the scheduler and the driver of a reading at random: every picture has its row, once, in order.

    python -m tests.long.cluster_kills --runs 20 --shards 200 --seed 0

A run is a folder of pictures, a cluster of two workers (`numpen cluster`) and a driver (`numpen predict --cluster`).
What is killed, by SIGKILL, and after how many rows, is drawn; a driver that has ended is started again with
--resume, as its user would do. Most pictures are broken: this is about rows, and a broken one has its row sooner.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from numpen.reading.batch import TOGETHER
from tests.cli.process import START
from tests.workers.crews import all_end, session_of

PICTURES = Path(__file__).parents[1] / "pictures" / "single" / "mhw32"
VICTIMS = ("worker", "worker", "worker", "driver", "scheduler")
APART = 8  # one picture in so many can be read
LONGEST = 1.5  # seconds between a moment and its kill: where moments are near, a driver has not begun to read
COMMAND = [sys.executable, "-W", "error", "-c", START]


@dataclass
class Count:
    """What came of a run."""

    kills: list[str] = field(default_factory=list)
    drivers: int = 0  # that were started


@dataclass
class Cluster:
    """One that runs, or has run."""

    process: "subprocess.Popen[str]"
    address: str


def fill(folder: Path, shards: int, apart: int = 1) -> None:
    """So many handfuls of pictures, one in `apart` sound; of those, one in fifty is broken, too."""
    for number in range(shards * TOGETHER):
        content = (PICTURES / f"{number % 10}_1.png").read_bytes()
        broken = number % apart or number % 50 == 17
        (folder / f"{number:06d}.png").write_bytes(content[:50] if broken else content)


def survive(folder: Path, rng: random.Random, victims: list[str]) -> Count:
    """Read all pictures of a folder into out.csv beside it, while victims, the last first, are killed."""
    count = Count()
    table, most = folder.with_name("out.csv"), 3 * len(victims) + 3
    moments = sorted((rng.randrange(len(list(folder.iterdir()))) for _ in victims), reverse=True)  # rows
    with contextlib.ExitStack() as stack:
        cluster = _cluster(stack)
        while True:
            driver = _driver(folder, table, cluster, said_to := stack.enter_context(tempfile.TemporaryFile("w+")))
            count.drivers += 1
            while driver.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    driver.wait(0.02 if victims else None)
                if victims and _rows(table) >= moments[-1]:
                    time.sleep(rng.choice([0, rng.uniform(0, LONGEST)]))
                    if driver.poll() is None:
                        moments.pop()
                        count.kills.append(_kill(victims.pop(), cluster, driver, rng))
            said_to.seek(0)
            said = said_to.read()
            if driver.returncode == 0:
                return count
            assert driver.returncode in (2, -signal.SIGKILL), said
            assert "Traceback" not in said, said
            assert count.drivers < most, f"{most} drivers ended before all was read, the last with: {said}"
            if cluster.process.poll() is not None:
                cluster = _cluster(stack)


def _rows(table: Path) -> int:
    return table.read_bytes().count(b"\n") if table.exists() else 0


def _cluster(stack: contextlib.ExitStack) -> Cluster:
    command = [*COMMAND, "cluster", "--workers", "2", "--port", "0", "--no-dashboard"]
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))
    stack.callback(all_end, process.pid)
    stack.callback(process.kill)
    assert process.stdout is not None
    return Cluster(process, process.stdout.readline().split()[1])


def _driver(folder: Path, table: Path, cluster: Cluster, said_to: IO[str]) -> "subprocess.Popen[str]":
    """Begin one; what it says of broken pictures is more than a pipe holds."""
    words = ["predict", str(folder), "--csv", str(table), "--resume", "--cluster", cluster.address]
    return subprocess.Popen([*COMMAND, *words], stdout=subprocess.DEVNULL, stderr=said_to, text=True)


def _kill(what: str, cluster: Cluster, driver: "subprocess.Popen[str]", rng: random.Random) -> str:
    scheduler = cluster.process.pid
    victim = {"driver": driver.pid, "scheduler": scheduler}.get(what)
    if victim is None:
        victim = rng.choice([pid for pid in session_of(scheduler) if pid != scheduler] or [scheduler])
    with contextlib.suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    return what


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--shards", type=int, default=200)
    parser.add_argument("--kills", type=int, default=6, help="in a run")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as there:
        folder, whole = Path(there) / "pictures", Path(there) / "whole.csv"
        folder.mkdir()
        fill(folder, arguments.shards, APART)
        subprocess.run([*COMMAND, "predict", folder, "--csv", whole], capture_output=True, check=True)
        for number in range(arguments.runs):
            began = time.monotonic()
            rng = random.Random(arguments.seed + number)
            count = survive(folder, rng, [rng.choice(VICTIMS) for _ in range(arguments.kills)])
            table = folder.with_name("out.csv")
            same = table.read_bytes() == whole.read_bytes()
            table.unlink()
            words = f"{len(count.kills)} kills ({', '.join(count.kills)}), {count.drivers} drivers"
            print(f"run {number + 1}: {words}, {time.monotonic() - began:.0f} s, same bytes: {same}", flush=True)
            assert same


if __name__ == "__main__":
    main()
