"""numpen's side of the benchmarks, as a program that answers jobs: `python -m benchmarks.numpen_worker large`.

An epoch is the trainer's own, so what it does besides (records, penalties, the look at the loss) counts.
"""

import sys
import time
from itertools import islice

import numpy as np
from threadpoolctl import threadpool_info

from benchmarks.serve import mean_time, serve
from numpen.digits.mnist import load_mnist
from numpen.nn.layers import Dense
from numpen.nn.network import Network, layers_from
from numpen.training.recipe import Recipe
from numpen.training.trainer import Epoch, Trainer

STEPS = 150  # of a run whose mean step is told
CALLS = 20_000  # of a run whose mean call is told: a processor that has rested takes a while to run fast
PASSES = 20  # over 10,000 pictures, likewise

RECIPES = {
    "large": Recipe(
        layers="784-256-64-10",
        optimizer="adam",
        learning_rate=0.001,
        schedule="constant",
        batch_size=256,
        epochs=1000,
    ),
    "convolution": Recipe(
        layers="784-32c5s2-96c5s2-160-10",
        optimizer="adam",
        learning_rate=0.001,
        schedule="constant",
        batch_size=128,
        halves=True,
        epochs=1000,
    ),
    "small": Recipe(  # the first network of Nielsen's book
        layers="784-30-10",
        activation="sigmoid",
        output="sigmoid",
        loss="half-squares",
        weights="normal(1)",
        biases="normal(1)",
        optimizer="gradient-descent",
        learning_rate=3.0,
        schedule="constant",
        batch_size=10,
        epochs=1000,
    ),
}


class Side:
    """A trainer and what can be timed with it."""

    def __init__(self, workload: str) -> None:
        self.trainer = Trainer(RECIPES[workload], load_mnist("train"))
        self.network, self.rate = self.trainer.network, RECIPES[workload].learning_rate
        self.records = self.trainer.run()
        self.test = load_mnist("test").images.reshape(-1, 784).astype(np.float32) / np.float32(255)

    def epoch(self) -> float:
        """Seconds of an epoch."""
        began = time.perf_counter()
        while not isinstance(next(self.records), Epoch):
            pass
        return time.perf_counter() - began

    def parts(self) -> dict[str, float]:
        """Seconds of a step, part by part: `Network.learn`, with a clock between its lines."""
        network, loss, optimizer = self.network, self.trainer.loss, self.trainer.optimizer
        layers, totals = network.layers_below(loss), np.zeros(5)
        order = self.trainer.rng.permutation(60_000)
        clock = [time.perf_counter()]
        for x, y in islice(self.trainer.batches.deal(order), STEPS):
            clock.append(time.perf_counter())
            for layer in layers:
                x = layer.forward(x)
            clock.append(time.perf_counter())
            _, dout = loss.gradient(x, y)
            clock.append(time.perf_counter())
            for layer in reversed(layers[1:]):
                layer.learn(dout)
                dout = layer.backward(dout)
            layers[0].learn(dout)
            clock.append(time.perf_counter())
            optimizer.step(self.rate)
            clock.append(time.perf_counter())
            totals += np.diff(clock)
            clock = clock[-1:]
        names = ("deal", "forward", "loss", "learn and backward", "optimizer")
        return dict(zip(names, (totals / STEPS).tolist(), strict=True))

    def products(self) -> float:
        """Seconds of the matrix products of a step alone, in the network's own buffers."""
        dense = [layer for layer in self.network.layers if isinstance(layer, Dense)]
        began = time.perf_counter()
        for _ in range(STEPS):
            x = self.trainer.batches.x
            for layer in dense:
                x = np.matmul(x, layer.W, out=layer.z)
            for layer in reversed(dense[1:]):
                np.matmul(layer.x.T, x, out=layer.dW)
                x = np.matmul(x, layer.W.T, out=layer.dx)
            np.matmul(dense[0].x.T, x, out=dense[0].dW)
        return (time.perf_counter() - began) / STEPS

    def forward_one(self) -> float:
        """Seconds for one picture, answers borrowed."""
        x = self.test[:1].copy()
        return mean_time(lambda: self.network.forward(x), CALLS)

    def predict_one(self) -> float:
        """Seconds for one picture, answers copied."""
        x = self.test[:1].copy()
        return mean_time(lambda: self.network.predict(x), CALLS)

    def predict_many(self) -> float:
        """Seconds for 10,000 pictures at once, by a network as it comes."""
        return mean_time(lambda: self.network.predict(self.test), PASSES)

    def predict_many_wide(self) -> float:
        """The same, by one whose buffers hold 1,000 pictures."""
        wide = Network(layers_from(self.network.specs()), 1000)
        wide.theta[:] = self.network.theta
        wide.predict(self.test)
        return mean_time(lambda: wide.predict(self.test), PASSES)


def facts() -> str:
    """The version, and the library that does the matrix products."""
    blas = next(each for each in threadpool_info() if each["user_api"] == "blas")
    kernel, threads = blas.get("architecture", "unknown"), blas["num_threads"]
    return f"{np.__version__}, {blas['internal_api']} {blas['version']}, kernel {kernel}, {threads} threads"


if __name__ == "__main__":
    side = Side(sys.argv[1])
    names = ("epoch", "parts", "products", "forward_one", "predict_one", "predict_many", "predict_many_wide")
    serve({"facts": facts} | {name: getattr(side, name) for name in names})
