"""A steady epoch: 60,000 pictures once, when everything is loaded and warm.

784-256-64-10 with ReLU, Adam and batches of 256; and the first network of Nielsen's book, 784-30-10 with
sigmoids, half the squares, plain gradient descent and batches of 10, also in turn with that book's way, one
example at a time (a tenth of an epoch, times ten). Each side has its own process.
"""

from contextlib import ExitStack

from benchmarks.harness import MNIST, Benchmark, Row, in_turn, ratio, spread
from benchmarks.worker import Worker


def measure(quick: bool) -> list[Row]:
    return large(3 if quick else 21) + small(2 if quick else 9)


def large(rounds: int) -> list[Row]:
    with Worker("numpen_worker", "large") as ours, Worker("peers.torch_worker", "large", MNIST) as theirs:
        seconds = in_turn({"numpen": ours.timed("epoch"), "PyTorch": theirs.timed("epoch")}, rounds)
    return [
        *(spread(f"784-256-64-10, batch 256, Adam: {name}", seconds[name], "s") for name in seconds),
        ratio("numpen / PyTorch", seconds["numpen"], seconds["PyTorch"], 0.95),
    ]


def small(rounds: int) -> list[Row]:
    with ExitStack() as stack:
        workers = {
            "numpen": stack.enter_context(Worker("numpen_worker", "small")),
            "PyTorch": stack.enter_context(Worker("peers.torch_worker", "small", MNIST)),
            "loop over examples": stack.enter_context(Worker("peers.nielsen", MNIST)),
        }
        seconds = in_turn({name: worker.timed("epoch") for name, worker in workers.items()}, rounds)
    return [
        *(spread(f"784-30-10, batch 10, gradient descent: {name}", seconds[name], "s") for name in seconds),
        ratio("numpen / PyTorch", seconds["numpen"], seconds["PyTorch"], 0.25),
        ratio("numpen / loop over examples", seconds["numpen"], seconds["loop over examples"], 0.10),
    ]


BENCHMARK = Benchmark("epoch", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
