"""A search on one worker and on two: the same trials, each trained to its end; and what the driver itself spends.

The trials do not depend on each other (`--sampler random`, two objectives), so both sides do the same work. What is
promised is worth measuring on a machine that does nothing else.
"""

import json
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.harness import NUMPEN, Benchmark, Row, Run, at_least, figure, in_turn, run

TRIALS, ROUNDS = 24, 3
SPEEDUP = 1.7  # of two workers over one


def searched(folder: Path, workers: int, trials: int, number: int) -> Run:
    """`numpen search` of the space `small`, from nothing."""
    files = [option for name in ("study", "out") for option in (f"--{name}", folder / f"{workers}-{number}.{name}")]
    for path in folder.iterdir():
        path.unlink()
    options = ("--sampler", "random", "--objective", "accuracy,size", "--trials", str(trials), "--json")
    return run(NUMPEN, "search", *options, "--workers", str(workers), *files)


def measure(quick: bool) -> list[Row]:
    """Median times, their ratio, and the seconds of training that the trials took between them."""
    trials, rounds = (4, 1) if quick else (TRIALS, ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = in_turn(
            {
                "one": lambda number: searched(folder, 1, trials, number),
                "two": lambda number: searched(folder, 2, trials, number),
            },
            rounds,
        )
    one, two = ([each.seconds for each in runs[side]] for side in ("one", "two"))
    trained = [sum(trial["seconds"] for trial in json.loads(each.output)["trials"]) for each in runs["one"]]
    gains = [a / b for a, b in zip(one, two, strict=True)]
    return [
        figure(f"{trials} trials, one worker", median(one), "s"),
        figure(f"{trials} trials, two workers", median(two), "s"),
        at_least("two workers over one, median over the rounds", median(gains), SPEEDUP, "times"),
        figure("of a trial, training", median(trained) / trials, "s"),
        figure("of a trial, all else, one worker", (median(one) - median(trained)) / trials, "s"),
    ]


BENCHMARK = Benchmark("search", __doc__ or "", measure)

if __name__ == "__main__":
    BENCHMARK.main()
