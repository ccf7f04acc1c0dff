"""What do many workers gain, on this machine?

Reading by one worker and by two, through a crew of processes and through a Dask cluster. Then training by the size
of the network: a step by one core, by NumPy on both, and by two workers with one core each, which must send each
other every weight. They take turns; the gain is the median of the ratios. Under four minutes.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from threadpoolctl import threadpool_limits

from benchmarks.harness import ROOT, Benchmark, Candidate, Row, at_least, figure, in_turn
from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.reading.batch import FEW, Task, read_many
from numpen.training.parallel import Team
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer
from numpen.workers.crew import Crew, open_crew

DISTORTIONS = "rotate(10) shift(2) scale(0.1) elastic(34,4)"
NETWORKS = (  # layers, distortions, pictures a step; from little work for each weight that is sent to much
    ("784-256-10", "", 128),
    ("784-2048-2048-10", "", 256),
    ("784-2048-2048-10", "", 2048),
    ("784-256-10", "", 2048),
    ("784-256-10", DISTORTIONS, 256),
    ("784-16c5s2-64c5s2-128-10", "", 256),
    ("784-32c5s2-96c5s2-160-10", DISTORTIONS, 256),
)
APART = 8  # steps that workers take by themselves, with --sync-every
BEGIN = "import sys; sys.argv[0] = 'numpen'; from numpen.cli.main import main; main()"
PICTURES = ROOT / "tests" / "pictures" / "single" / "mhw32"


def measure(quick: bool) -> list[Row]:
    """Reading, then training by the size of the network."""
    return [*_reading(64 if quick else 600), *_training(1 if quick else 3)]


def _reading(count: int) -> list[Row]:
    with TemporaryDirectory() as there, ExitStack() as stack:
        paths = pictures_in(Path(there), count)
        ways: dict[str, dict[str, object]] = {
            "one process": {"workers": 1},
            "two processes": {"workers": 2},
            "Dask, one worker": {"cluster": stack.enter_context(running_cluster(1))[0]},
            "Dask, two workers": {"cluster": stack.enter_context(running_cluster(2))[0]},
        }
        rates = {name: median(_rate(paths, way) for _ in range(3)) for name, way in ways.items()}
    gains = [rates["two processes"] / rates["one process"], rates["Dask, two workers"] / rates["Dask, one worker"]]
    names = ("reading, two over one, here", "reading, two over one, Dask")
    return [
        *(figure(f"reading, {name}", rate, "pictures/s") for name, rate in rates.items()),
        *(at_least(name, gain, 1.8, "times") for name, gain in zip(names, gains, strict=True)),
    ]


def pictures_in(folder: Path, count: int) -> list[str]:
    """So many small pictures of a digit."""
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes((PICTURES / f"{number % 10}_1.png").read_bytes())
    return [str(path) for path in paths]


def _rate(paths: list[str], way: dict[str, object]) -> float:
    """Pictures a second, once the workers are there and have their models."""
    rows, first = read_many(paths, Task(), **way), min(FEW + 32, len(paths) // 2)  # type: ignore[arg-type]
    for _ in range(first):
        next(rows)
    began, left = time.perf_counter(), sum(1 for _ in rows)
    return left / (time.perf_counter() - began)


@contextmanager
def running_cluster(workers: int) -> Iterator[tuple[str, int]]:
    """The address of a cluster of so many workers, and the number of the process that is its scheduler."""
    words = ["cluster", "--workers", str(workers), "--port", "0", "--no-dashboard"]
    with subprocess.Popen([sys.executable, "-c", BEGIN, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().split()[1], process.pid
        process.terminate()


def _training(rounds: int) -> list[Row]:
    dataset = load_mnist("train")
    with ExitStack() as stack:
        here = stack.enter_context(open_crew(2))
        cluster = stack.enter_context(running_cluster(2))[0]
        dask = stack.enter_context(open_crew(cluster=cluster))
        return [
            _row(Recipe(layers=layers, distortions=distortions, batch_size=size), dataset, here, dask, rounds)
            for layers, distortions, size in NETWORKS
        ]


def _row(recipe: Recipe, dataset: Dataset, here: Crew, dask: Crew, rounds: int) -> Row:
    one, both = Trainer(recipe, dataset), Trainer(recipe, dataset)
    ways: dict[str, Candidate[float]] = {
        "one core": lambda _: _ms_a_step(one, threads=1),
        "both cores": lambda _: _ms_a_step(both),
    }
    trainers = {
        "two processes": Team(here, 2).trainer(recipe, dataset),
        "Dask": Team(dask, 2).trainer(recipe, dataset),
        f"Dask, {APART} steps apart": Team(dask, 2, APART).trainer(recipe, dataset),
    }
    ways |= {name: partial(_one_more, trainer) for name, trainer in trainers.items()}
    taken = in_turn(ways, rounds)
    gains = {
        name: median(a / b for a, b in zip(taken["one core"], taken[name], strict=True)) for name in list(ways)[1:]
    }
    words = ", ".join(f"{name} {gain:.2f}" for name, gain in gains.items())
    distorted = ", distorted" if recipe.distortions else ""
    sent = 4 * one.network.theta.size / 1e6
    what = f"training {recipe.layers}{distorted}, {recipe.batch_size} a step, {sent:.1f} MB each way"
    return Row(what, f"{median(taken['one core']):.1f} ms a step by one core; times as fast: {words}")


def _one_more(trainer: Trainer, _: int) -> float:
    return _ms_a_step(trainer)


def _ms_a_step(trainer: Trainer, threads: int | None = None) -> float:
    """Of a step, or of a round of steps apart, that begins an epoch."""
    trainer.draw_order()
    trainer.at_a_time, trainer.position.row, before = 1, 0, trainer.optimizer.steps
    with threadpool_limits(threads):
        began = time.perf_counter()
        trainer._take_steps(len(trainer.batches.pixels))
        return 1000 * (time.perf_counter() - began) / (trainer.optimizer.steps - before)


BENCHMARK = Benchmark("cluster", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
