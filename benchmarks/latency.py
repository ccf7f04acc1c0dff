"""How long one waits: for the first word of a program, for the data, for the answer to a picture.

Programs start afresh each time, their files in the system's cache. The answers of the library come from
784-30-10 with sigmoids (one picture) and 784-256-64-10 with ReLU (10,000 at once), PyTorch's in
`inference_mode`.
"""

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.harness import MNIST, NUMPEN, Benchmark, Candidate, Row, at_most, figure, in_turn, python, ratio, run
from benchmarks.worker import Worker

# a test picture as somebody might have drawn it: black on white, ten times as large
DRAW = """
import sys
import numpy as np
from PIL import Image
from numpen import load_mnist
Image.fromarray(255 - np.kron(load_mnist("test").images[0], np.ones((10, 10), np.uint8))).save(sys.argv[1])
"""
LOAD = """
import time
from numpen.digits.mnist import load_mnist
began = time.perf_counter()
load_mnist("train"), load_mnist("test")
print(time.perf_counter() - began)
"""


def measure(quick: bool) -> list[Row]:
    return starting(3 if quick else 15) + one_picture(3 if quick else 15) + many_pictures(3 if quick else 15)


def starting(rounds: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "seven.png"
        python("-c", DRAW, picture)
        candidates: dict[str, Candidate[float]] = {
            "python": lambda number: python("-c", "pass").seconds,
            "numpy": lambda number: python("-c", "import numpy").seconds,
            "numpen": lambda number: python("-c", "import numpen").seconds,
            "Model": lambda number: python("-c", "import numpen; numpen.Model").seconds,
            "help": lambda number: run(NUMPEN, "--help").seconds,
            "predict": lambda number: run(NUMPEN, "predict", picture).seconds,
            "load": lambda number: float(python("-c", LOAD).output),
        }
        seconds = {name: median(taken) for name, taken in in_turn(candidates, rounds).items()}
    return [
        figure("`python -c pass`", seconds["python"], "s"),
        figure("`import numpy`", seconds["numpy"], "s"),
        at_most(
            "`import numpen`, which leaves NumPy for later, over `import numpy`",
            1e3 * (seconds["numpen"] - seconds["numpy"]),
            40,
            "ms",
        ),
        at_most(
            "`import numpen; numpen.Model`, over `import numpy`", 1e3 * (seconds["Model"] - seconds["numpy"]), 40, "ms"
        ),
        at_most("`numpen --help`", seconds["help"], 0.15, "s"),
        at_most("`numpen predict picture.png`", seconds["predict"], 0.5, "s"),
        at_most("MNIST, both parts, in a new process", seconds["load"], 0.3, "s"),
    ]


def one_picture(rounds: int) -> list[Row]:
    with Worker("numpen_worker", "small") as ours, Worker("peers.torch_worker", "small", MNIST) as theirs:
        seconds = in_turn(
            {
                "forward": ours.timed("forward_one"),
                "predict": ours.timed("predict_one"),
                "PyTorch": theirs.timed("predict_one"),
            },
            rounds,
        )
    return [
        at_most("one picture, `network.forward`", 1e6 * median(seconds["forward"]), 15, "µs"),
        at_most("one picture, `network.predict`", 1e6 * median(seconds["predict"]), 15, "µs"),
        figure("one picture, PyTorch", 1e6 * median(seconds["PyTorch"]), "µs"),
    ]


def many_pictures(rounds: int) -> list[Row]:
    with Worker("numpen_worker", "large") as ours, Worker("peers.torch_worker", "large", MNIST) as theirs:
        candidates = {
            "numpen": ours.timed("predict_many"),
            "numpen, buffers for 1,000": ours.timed("predict_many_wide"),
            "PyTorch": theirs.timed("predict_many"),
            "PyTorch, 1,000 at a time": theirs.timed("predict_many_dealt"),
        }
        seconds = in_turn(candidates, rounds)
    names = sorted(seconds, key=lambda name: median(seconds[name]))
    best, peer = (next(name for name in names if name.startswith(side)) for side in ("numpen", "PyTorch"))
    return [
        *(figure(f"10,000 pictures, {name}", 1e3 * median(taken), "ms") for name, taken in seconds.items()),
        ratio(f"the faster of each: {best} / {peer}", seconds[best], seconds[peer], 1),
    ]


BENCHMARK = Benchmark("latency", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
