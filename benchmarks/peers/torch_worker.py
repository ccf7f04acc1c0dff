"""PyTorch's side of the benchmarks, as a program that answers jobs: `... peers.torch_worker large FOLDER`.

The optimizers are the fastest of plain, foreach and fused: fused for Adam, plain for gradient descent on
the small network. `torch.compile` needs a C++ compiler and made neither epoch faster. Flushing denormals
(numbers below 1e-38) to zero takes a third off Adam's later epochs.
"""

import sys
import time
from collections.abc import Iterable
from itertools import islice, pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.mnist import load
from benchmarks.serve import mean_time, serve

STEPS = 150  # of a run whose mean step is told
CALLS = 20_000  # of a run whose mean call is told: a processor that has rested takes a while to run fast
PASSES = 20  # over 10,000 pictures, likewise


def large() -> tuple[nn.Sequential, torch.optim.Optimizer, int]:
    """784-256-64-10, ReLU, Adam, batch 256."""
    layers = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10))
    return layers, torch.optim.Adam(layers.parameters(), 0.001, fused=True), 256


def small() -> tuple[nn.Sequential, torch.optim.Optimizer, int]:
    """784-30-10, sigmoid, gradient descent, batch 10."""
    layers = nn.Sequential(nn.Linear(784, 30), nn.Sigmoid(), nn.Linear(30, 10), nn.Sigmoid())
    return layers, torch.optim.SGD(layers.parameters(), 3.0, foreach=False), 10


def convolution() -> tuple[nn.Sequential, torch.optim.Optimizer, int]:
    """784-32c5s2-96c5s2-160-10, ReLU, Adam, batch 128; channels last, which is the faster order here."""
    layers = nn.Sequential(
        *(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 32, 5, 2), nn.ReLU(), nn.Conv2d(32, 96, 5, 2), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(96 * 4 * 4, 160), nn.ReLU(), nn.Linear(160, 10)),
    ).to(memory_format=torch.channels_last)
    return layers, torch.optim.Adam(layers.parameters(), 0.001, fused=True), 128


WORKLOADS = {"large": large, "small": small, "convolution": convolution}


class Side:
    """A network, its data, and what can be timed with them."""

    def __init__(self, workload: str, folder: Path) -> None:
        torch.manual_seed(0)
        torch.set_flush_denormal(True)
        x, y = load(folder, "train")
        self.x, labels = torch.from_numpy(x), torch.from_numpy(y.astype("int64"))
        self.test = torch.from_numpy(load(folder, "t10k")[0])
        self.small = workload == "small"
        self.y = functional.one_hot(labels, 10).float() if self.small else labels
        self.net, self.optimizer, self.batch = WORKLOADS[workload]()

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Softmax cross-entropy, or half the squares."""
        if self.small:
            return functional.mse_loss(self.net(x), y, reduction="sum") * (0.5 / len(x))
        return functional.cross_entropy(self.net(x), y)

    def deal(self) -> Iterable[tuple[Tensor, Tensor]]:
        """The batches of an epoch in a new order."""
        for rows in torch.randperm(len(self.x)).split(self.batch):
            yield self.x.index_select(0, rows), self.y.index_select(0, rows)

    def learn(self, x: Tensor, y: Tensor) -> None:
        """A step without the optimizer's part."""
        loss = self.loss(x, y)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()

    def epoch(self) -> float:
        """Seconds of an epoch."""
        began = time.perf_counter()
        for x, y in self.deal():
            self.learn(x, y)
            self.optimizer.step()
        return time.perf_counter() - began

    def parts(self) -> dict[str, float]:
        """Seconds of a step, part by part."""
        clock, dealt = [time.perf_counter()], [0.0, 0.0, 0.0]
        for x, y in islice(self.deal(), STEPS):
            clock.append(time.perf_counter())
            self.learn(x, y)
            clock.append(time.perf_counter())
            self.optimizer.step()
            clock.append(time.perf_counter())
            dealt = [total + b - a for total, (a, b) in zip(dealt, pairwise(clock), strict=True)]
            clock = clock[-1:]
        names = ("deal", "forward, loss and backward", "optimizer")
        return {name: total / STEPS for name, total in zip(names, dealt, strict=True)}

    def products(self) -> float:
        """Seconds of the matrix products of a step alone, into buffers that are there."""
        x, y = next(iter(self.deal()))
        self.learn(x, y)
        dense = [layer for layer in self.net if isinstance(layer, nn.Linear)]
        with torch.inference_mode():
            xs = [x, *(torch.rand(len(x), layer.out_features) for layer in dense)]
            errors = [torch.rand_like(each) for each in xs]
            began = time.perf_counter()
            for _ in range(STEPS):
                for layer, below, above in zip(dense, xs, xs[1:], strict=False):
                    torch.mm(below, layer.weight.T, out=above)
                for i in reversed(range(len(dense))):
                    torch.mm(errors[i + 1].T, xs[i], out=dense[i].weight.grad)
                    if i:
                        torch.mm(errors[i + 1], dense[i].weight, out=errors[i])
            return (time.perf_counter() - began) / STEPS

    def predict_one(self) -> float:
        """Seconds for one picture."""
        x = self.test[:1].clone()
        with torch.inference_mode():
            return mean_time(lambda: self.net(x), CALLS)

    def predict_many(self) -> float:
        """Seconds for 10,000 pictures at once, with the softmax that numpen's network ends with."""
        with torch.inference_mode():
            return mean_time(lambda: torch.softmax(self.net(self.test), 1), PASSES)

    def predict_many_dealt(self) -> float:
        """The same, 1,000 at a time."""
        with torch.inference_mode():
            return mean_time(lambda: [torch.softmax(self.net(x), 1) for x in self.test.split(1000)], PASSES)


def facts() -> str:
    """The version, the threads, and what the arithmetic runs on."""
    capability = torch.backends.cpu.get_cpu_capability()
    mkl = "MKL" if torch.backends.mkl.is_available() else "no MKL"
    python = sys.version.split()[0]
    return f"{torch.__version__} on Python {python}, {torch.get_num_threads()} threads, {capability}, {mkl}"


if __name__ == "__main__":
    side = Side(sys.argv[1], Path(sys.argv[2]))
    names = ("epoch", "parts", "products", "predict_one", "predict_many", "predict_many_dealt")
    serve({"facts": facts} | {name: getattr(side, name) for name in names})
