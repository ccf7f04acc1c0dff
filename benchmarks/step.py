"""A training step against its own matrix products, which no way of writing it can avoid.

784-256-64-10 with ReLU, Adam and batches of 256. The products alone run in the same shapes and the same
buffers (`np.matmul` and `torch.mm` with `out=`), in turn with whole steps.
"""

from functools import partial
from statistics import median

from benchmarks.harness import MNIST, Benchmark, Row, figure, in_turn, ratio
from benchmarks.worker import Worker

Parts = dict[str, float]  # seconds of each part of a step


def measure(quick: bool) -> list[Row]:
    rounds = 3 if quick else 21
    with Worker("numpen_worker", "large") as ours, Worker("peers.torch_worker", "large", MNIST) as theirs:
        sides = {"numpen": ours, "PyTorch": theirs}
        jobs = {(name, job): partial(_ask, side, job) for name, side in sides.items() for job in ("parts", "products")}
        answers = in_turn({f"{name} {job}": call for (name, job), call in jobs.items()}, rounds)
    rows: list[Row] = []
    for name, limit in (("numpen", 1.55), ("PyTorch", None)):
        rows += against_products(name, answers[f"{name} parts"], answers[f"{name} products"], limit)
    return rows


def against_products(name: str, steps: list[Parts], products: list[Parts], limit: float | None) -> list[Row]:
    """A side's rows: the parts of the step, the products, and the ratios with and without dealing the batch."""
    alone = [each["products"] for each in products]
    whole = [sum(each.values()) for each in steps]
    dealt = [total - each["deal"] for total, each in zip(whole, steps, strict=True)]
    return [
        *(figure(f"{name}: {part}", 1e6 * median(each[part] for each in steps), "µs") for part in steps[0]),
        figure(f"{name}: the matrix products alone", 1e6 * median(alone), "µs"),
        ratio(f"{name}: a step whose batch is dealt / its products", dealt, alone, limit),
        ratio(f"{name}: a step with dealing / its products", whole, alone),
    ]


def _ask(side: Worker, job: str, number: int) -> Parts:
    answer = side.ask(job)
    return answer if job == "parts" else {job: answer}


BENCHMARK = Benchmark("step", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
