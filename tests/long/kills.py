"""Kill a training at random moments while it writes checkpoints as fast as it can, and go on from what is left.

    python -m tests.long.kills --kills 500 --seed 0

Every kill is a SIGKILL to a real process. What is left must load, must be further than before, and must be gone on
from; then the same is done to a program that opens the checkpoint and writes over it, to show that this harness bites.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.errors import CheckpointError
from numpen.files import remove_stale, write_atomically
from numpen.training import checkpoint
from numpen.training.checkpoint import Checkpoint
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer, until_enough

RECIPE = Recipe(
    layers="784-64-10", batch_size=16, epochs=1_000_000, optimizer="adam", learning_rate=1e-4, schedule="constant"
)
LONGEST = 0.03  # seconds from a process's first checkpoint to its end
PARTS = ".numpen-*.part"

Writer = Callable[[Path, bytes], None]


@dataclass
class Count:
    """What came of the kills."""

    kills: int = 0
    unreadable: int = 0
    stale: int = 0  # unfinished siblings that were found, and taken away
    steps: int = 0  # of the run, over all its processes


def naive(path: Path, content: bytes) -> None:
    """How not to do it."""
    path.write_bytes(content)


def kill(times: int, seed: int, folder: Path, write: Writer = write_atomically) -> Count:
    """Start, kill and go on, so many times; a file that is torn is started anew from."""
    rng, data, path = random.Random(seed), load_mnist("train").take(np.arange(64)), folder / "run.checkpoint"
    count = Count()
    for _ in range(times):
        _killed_after(rng.uniform(0, LONGEST), data, path, write)
        count.kills += 1
        parts = list(folder.glob(PARTS))
        count.stale += len(parts)
        remove_stale(folder)
        assert not list(folder.glob(PARTS)), "an unfinished sibling stays"
        try:
            steps = Checkpoint.load(path).resume(data).optimizer.steps
        except CheckpointError:
            count.unreadable += 1
            path.unlink()
            continue
        assert write is naive or steps > count.steps, f"after step {count.steps} came {steps}"
        count.steps = steps
    return count


def _killed_after(seconds: float, data: Dataset, path: Path, write: Writer) -> None:
    """A process that goes on from the checkpoint, if there is one, until so long after its own first."""
    ready, done = os.pipe()
    child = os.fork()
    if not child:
        try:
            _train(data, path, write, done)
        finally:
            os._exit(1)
    os.close(done)
    assert os.read(ready, 1) == b"!", "the training ended by itself: it could not go on"
    os.close(ready)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "the training ended by itself"


def _train(data: Dataset, path: Path, write: Writer, done: int) -> None:
    vars(checkpoint)["write_atomically"] = write
    trainer = Checkpoint.load(path).resume(data) if path.exists() else Trainer(RECIPE, data)
    first, trainer.at_a_time = trainer.optimizer.steps, 1

    def keep() -> None:
        Checkpoint.of(trainer).save(path)
        if trainer.optimizer.steps == first + 1:
            os.write(done, b"!")

    trainer.at_rest = keep
    for _ in until_enough(trainer):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--naive", type=int, default=60, help="kills of the program that writes in place")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        count = kill(arguments.kills, arguments.seed, Path(ours))
        print(f"numpen: {count.kills} kills, {count.unreadable} unreadable checkpoints, {count.steps} steps gone on")
        print(f"        {count.stale} unfinished siblings were found, and taken away")
        torn = kill(arguments.naive, arguments.seed, Path(theirs), naive)
        print(f"open and write in place: {torn.kills} kills, {torn.unreadable} unreadable checkpoints")
    sys.exit(bool(count.unreadable) or not torn.unreadable)


if __name__ == "__main__":
    main()
