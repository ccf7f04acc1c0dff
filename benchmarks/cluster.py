"""What do many workers gain, on this machine, and what would they on many?

Reading and training by one worker and by two, through a crew of processes and through a Dask cluster."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.harness import ROOT, Benchmark, Row, at_least, figure
from numpen.digits.mnist import load_mnist
from numpen.reading.batch import FEW, Task, read_many
from numpen.training.parallel import Team
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer
from numpen.workers.crew import Crew, open_crew

NETWORKS = ("784-256-10", "784-1024-10", "784-1024-1024-10", "784-2048-2048-10")
BATCH = 256
BEGIN = "import sys; sys.argv[0] = 'numpen'; from numpen.cli.main import main; main()"
PICTURES = ROOT / "tests" / "pictures" / "single" / "mhw32"
MANY, TRIALS, TRIAL = 100_000_000, 1000, 15.0  # pictures; trials of so many seconds each, on one core
CORES = 4  # of a machine on paper


def measure(quick: bool) -> list[Row]:
    """Reading, then training by the size of the network, then paper."""
    rows, rates = _reading(64 if quick else 3000)
    return [*rows, *_training(3 if quick else 12), *_paper(rates)]


def _reading(count: int) -> tuple[list[Row], dict[str, float]]:
    with TemporaryDirectory() as there, ExitStack() as stack:
        paths = _pictures(Path(there), count)
        ways: dict[str, dict[str, object]] = {
            "one process": {"workers": 1},
            "two processes": {"workers": 2},
            "Dask, one worker": {"cluster": stack.enter_context(_cluster(1))},
            "Dask, two workers": {"cluster": stack.enter_context(_cluster(2))},
        }
        rates = {name: median(_rate(paths, way) for _ in range(3)) for name, way in ways.items()}
    rows = [figure(f"reading, {name}", rate, "pictures/s") for name, rate in rates.items()]
    gains = [rates["two processes"] / rates["one process"], rates["Dask, two workers"] / rates["Dask, one worker"]]
    return [
        *rows,
        *(
            at_least(f"reading, two over one, {of}", gain, 1.8)
            for of, gain in zip(("here", "Dask"), gains, strict=True)
        ),
    ], rates


def _pictures(folder: Path, count: int) -> list[str]:
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes((PICTURES / f"{number % 10}_1.png").read_bytes())
    return [str(path) for path in paths]


def _rate(paths: list[str], way: dict[str, object]) -> float:
    """Pictures a second, once the workers are there and have their models."""
    rows = read_many(paths, Task(), **way)  # type: ignore[arg-type]
    for _ in range(FEW + 32 if len(paths) > 1000 else 1):
        next(rows)
    began, left = time.perf_counter(), sum(1 for _ in rows)
    return left / (time.perf_counter() - began)


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    words = ["cluster", "--workers", str(workers), "--port", "0", "--no-dashboard"]
    with subprocess.Popen([sys.executable, "-c", BEGIN, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().split()[1]
        process.terminate()


def _training(steps: int) -> list[Row]:
    rows, dataset = list[Row](), load_mnist("train")
    with ExitStack() as stack:
        crews: dict[str, Crew] = {
            "processes": stack.enter_context(open_crew(2)),
            "Dask": stack.enter_context(open_crew(cluster=stack.enter_context(_cluster(2)))),
        }
        for layers in NETWORKS:
            recipe = Recipe(layers=layers, batch_size=BATCH)
            alone = Trainer(recipe, dataset)
            sent = 4 * alone.network.theta.size / 1e6
            times = {"alone": _ms_a_step(alone, steps)}
            times |= {name: _ms_a_step(Team(crew, 2).trainer(recipe, dataset), steps) for name, crew in crews.items()}
            apart = _ms_a_step(Team(crews["Dask"], 2, 16).trainer(recipe, dataset), 16)
            words = ", ".join(f"{name} {ms:.1f}" for name, ms in times.items())
            rows.append(
                Row(f"training {layers}, {sent:.1f} MB each way", f"ms a step: {words}; Dask, 16 apart {apart:.1f}")
            )
    return rows


def _ms_a_step(trainer: Trainer, steps: int) -> float:
    """The median over some calls, each of which is a step, or a round of them; after one for warming up."""
    trainer.order = trainer.rng.permutation(len(trainer.batches.pixels))
    trainer.at_a_time, taken = 1, list[float]()
    calls = max(steps * trainer.size // trainer.stride, 1)
    for _ in range(calls + 1):
        began, before = time.perf_counter(), trainer.optimizer.steps
        trainer._take_steps(len(trainer.order))
        taken.append(1000 * (time.perf_counter() - began) / (trainer.optimizer.steps - before))
    return median(taken[1:])


def _paper(rates: dict[str, float]) -> list[Row]:
    """What machines would do that each are as fast as this one's core, so many times over."""
    rows = []
    for machines in (1, 10, 100):
        rate = machines * CORES * rates["Dask, one worker"]
        hours = MANY / rate / 3600
        rows.append(Row(f"on paper, {machines} machines of {CORES} cores: {MANY:,} pictures", f"{hours:.1f} hours"))
        minutes = -(-TRIALS // (machines * CORES)) * TRIAL / 60
        rows.append(Row(f"on paper, {machines} machines: {TRIALS:,} trials of {TRIAL:.0f} s", f"{minutes:.1f} minutes"))
    return rows


BENCHMARK = Benchmark("cluster", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
