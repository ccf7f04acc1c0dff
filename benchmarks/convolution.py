"""An epoch of convolution: 784-32c5s2-96c5s2-160-10 with ReLU, Adam and batches of 128.

In turn with PyTorch (the same network, batch and optimizer), and with the patches and loops of a tutorial
(tests/textbook.py); none of the three distorts its pictures. What distorting costs, by the words of the recipe
`convnet` and on one core, is measured by itself.
"""

import time
from contextlib import ExitStack

from benchmarks.harness import MNIST, Benchmark, Row, at_most, in_turn, ratio, spread
from benchmarks.worker import Worker


def measure(quick: bool) -> list[Row]:
    with ExitStack() as stack:
        workers = {
            "numpen": stack.enter_context(Worker("numpen_worker", "convolution")),
            "PyTorch": stack.enter_context(Worker("peers.torch_worker", "convolution", MNIST)),
            "tutorial": stack.enter_context(Worker("peers.im2col", MNIST)),
        }
        seconds = in_turn({name: worker.timed("epoch") for name, worker in workers.items()}, 1 if quick else 7)
    return [
        *(spread(f"an epoch: {name}", seconds[name], "s") for name in seconds),
        ratio("numpen / PyTorch", seconds["numpen"], seconds["PyTorch"], 1.5),
        ratio("numpen / tutorial", seconds["numpen"], seconds["tutorial"], 1 / 3),
        at_most("60,000 pictures distorted (affine and elastic), one core", distorted(), 4, "s"),
    ]


def distorted() -> float:
    """Seconds for all training pictures, 64 at a time."""
    import numpy as np
    from threadpoolctl import threadpool_limits

    from numpen.digits.augmentation import Augmentation
    from numpen.digits.distortions import Distortions
    from numpen.digits.mnist import load_mnist
    from numpen.training.recipe import load_recipe

    pixels = load_mnist("train").images.reshape(-1, 784)
    distortions = Distortions.parse(load_recipe("convnet").distortions)
    augmentation, out = Augmentation(distortions, np.random.default_rng(0)), np.empty((64, 784), "f4")
    with threadpool_limits(1):
        began = time.perf_counter()
        for start in range(0, len(pixels), 64):
            some = pixels[start : start + 64]
            augmentation.distort(some, out[: len(some)])
        return time.perf_counter() - began


BENCHMARK = Benchmark("convolution", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
