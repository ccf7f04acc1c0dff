"""Kill a search at random moments and have it go on: no trial that has ended is lost, and none is counted twice.

    python -m tests.long.search_kills --kills 10 --trials 60 --seed 0

Every kill is a SIGKILL to a real process. The journal is read here line by line, without Optuna. With one worker the
trials must be those of a search that nobody has killed, to the last digit of their accuracy.
"""

import argparse
import json
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from numpen.digits.mnist import load_mnist
from tests.cli.process import run
from tests.long.signals import begun

SPACE = """
recipe = "fast"
[dials]
epochs = { from = 1, to = 4 }
batch_size = [25, 50, 100]
[dials.layers."784-{units}-10"]
units = { from = 4, to = 32, log = true }
[dials.optimizer.nesterov]
learning_rate = { from = 0.01, to = 3.0, log = true }
[dials.optimizer.adam]
learning_rate = { from = 0.0005, to = 0.1, log = true }
"""
BYTES = 2500  # of a trial in the journal, roughly
CREATED, CHANGED, NOTED = 4, 6, 8  # what Optuna's journal calls what happens to a trial

Ended = dict[int, tuple[str, str, list[list[float]]]]  # by number: what was tried, how it ended, its accuracies


def prepare(folder: Path) -> None:
    """A few pictures by a few writers, and a tiny space."""
    few = load_mnist("train").take(np.arange(0, 60_000, 60))
    assert few.writers is not None
    np.savez(folder / "few.npz", x_train=few.images, y_train=few.labels)
    (folder / "tiny.toml").write_text(SPACE)


def command(trials: int, workers: int, *more: str) -> tuple[str, ...]:
    """The search of the tiny space."""
    size = ("--trials", str(trials), "--workers", str(workers))
    return "search", "--space", "tiny.toml", "--data", "few.npz", "--by", "random", *size, *more


def ended(journal: Path) -> Ended:
    """The trials that have ended, as the file says line by line; half a line at its end says nothing."""
    content = journal.read_bytes() if journal.exists() else b""
    trials, results, failed = list[dict[str, Any]](), dict[int, dict[str, Any]](), set[int]()
    for line in content[: content.rfind(b"\n") + 1].splitlines():
        log = json.loads(line)
        if log["op_code"] == CREATED:
            trials.append(log["user_attrs"])
        elif log["op_code"] == NOTED:
            assert log["trial_id"] not in failed, "one that was given up has ended"
            results[log["trial_id"]] = log["user_attr"]["result"]
        elif log["op_code"] == CHANGED and log["trial_id"] not in results:
            failed.add(log["trial_id"])
    numbers = Counter(trials[n]["number"] for n in results)
    assert not numbers or max(numbers.values()) == 1, f"counted twice: {numbers.most_common(1)}"
    return {
        trials[n]["number"]: (json.dumps(trials[n]), result["state"], result["curve"]) for n, result in results.items()
    }


def killed(folder: Path, arguments: tuple[str, ...], size: int, rng: random.Random) -> None:
    """Kill the search a moment after its journal has grown beyond that many bytes, or let it end before."""
    process, journal = begun(arguments, folder), folder / "search.journal"
    while process.poll() is None and (not journal.exists() or journal.stat().st_size <= size):
        time.sleep(0.001)
    time.sleep(rng.uniform(0, 0.05))
    process.send_signal(signal.SIGKILL)
    process.communicate()


def survive(folder: Path, trials: int, workers: int, kills: int, rng: random.Random) -> list[int]:
    """Kill a search so many times, let it end, and look at it after each; how many trials had ended each time."""
    arguments, journal = command(trials, workers), folder / "search.journal"
    prepare(folder)
    before, counts = Ended(), list[int]()
    for moment in sorted(rng.uniform(0, 1) for _ in range(kills)):
        killed(folder, arguments, int(moment * trials * BYTES), rng)
        now = ended(journal)
        assert before.items() <= now.items(), "a trial that had ended was lost, or is another"
        before = now
        counts.append(len(now))
    done = run(*arguments, cwd=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    now = ended(journal)
    assert before.items() <= now.items() and sorted(now) == list(range(trials))
    if workers == 1:
        done = run(*command(trials, workers, "--study", "whole.journal"), cwd=folder)
        assert done.returncode == 0, done.stderr
        assert now == ended(folder / "whole.journal"), "another search than the one that nobody killed"
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    rng = random.Random(arguments.seed)
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            counts = survive(Path(folder), arguments.trials, workers, arguments.kills, rng)
        print(
            f"workers {workers}: {arguments.kills} kills, after which {counts} of {arguments.trials} trials had ended"
        )


if __name__ == "__main__":
    main()
