"""Training from start to end: a program starts, loads MNIST, trains, tests on the 10,000 test pictures, saves, ends.

`numpen train` as it comes, a new seed every round, in turn with the same recipe in PyTorch
(peers/torch_train.py) and with scikit-learn's own network (peers/sklearn_train.py).
"""

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean

from benchmarks.harness import (
    MNIST,
    NUMPEN,
    Benchmark,
    Row,
    Run,
    at_least,
    at_most,
    figure,
    in_turn,
    peer,
    ratio,
    run,
    spread,
)
from numpen.training.recipe import Recipe, load_recipe

SEEDS = 10


def train_ours(folder: Path, seed: int) -> Run:
    """`numpen train`, with no option that changes how."""
    return run(NUMPEN, "train", "--json", "--seed", str(seed), "--out", folder / "ours.numpen")


def train_torch(folder: Path, seed: int) -> Run:
    """The recipe in PyTorch."""
    how = settings(load_recipe("fast")) | {"data": str(MNIST), "out": str(folder / "torch.pt"), "seed": seed}
    return peer("-m", "benchmarks.peers.torch_train", json.dumps(how))


def train_sklearn(way: str, folder: Path, seed: int) -> Run:
    """The layers of the recipe in scikit-learn, tuned or plain."""
    units = _units(load_recipe("fast"))[1:-1]
    how = {"data": str(MNIST), "out": str(folder / "sklearn.pickle"), "seed": seed, "units": units, "way": way}
    return peer("-m", "benchmarks.peers.sklearn_train", json.dumps(how))


def settings(recipe: Recipe) -> dict[str, object]:
    """What torch_train.py has to be told; raises ValueError for a recipe that it does not know how to follow."""
    kind = (recipe.activation, recipe.loss, recipe.weights, recipe.optimizer, recipe.schedule)
    if kind != ("relu", "cross-entropy", "he", "nesterov", "one-cycle"):
        raise ValueError(f"expected the recipe that torch_train.py follows, got {kind}: change both")
    names = ("batch_size", "epochs", "learning_rate", "warm_up", "momentum")
    return {"layers": _units(recipe)} | {name: getattr(recipe, name) for name in names}


def measure(quick: bool) -> list[Row]:
    programs: dict[str, Callable[[Path, int], Run]] = {
        "numpen": train_ours,
        "PyTorch": train_torch,
        "scikit-learn": partial(train_sklearn, "plain"),
        "scikit-learn, tuned": partial(train_sklearn, "tuned"),
    }
    with tempfile.TemporaryDirectory() as folder:
        candidates = {name: partial(program, Path(folder)) for name, program in programs.items()}
        runs = in_turn(candidates, 2 if quick else SEEDS)
    said = {name: [json.loads(each.output) for each in runs[name]] for name in runs}
    right = {name: [100 * each["test_accuracy"] for each in said[name]] for name in runs}
    whole = {name: [each.seconds for each in runs[name]] for name in runs}
    return [
        at_least("numpen, test accuracy, mean over the seeds", mean(right["numpen"]), 98.0, "%"),
        at_least("numpen, test accuracy, the worst seed", min(right["numpen"]), 97.8, "%"),
        *(figure(f"{name}, test accuracy, mean", mean(right[name]), "%") for name in list(runs)[1:]),
        *(spread(f"{name}, the whole run", whole[name], "s") for name in runs),
        *(spread(f"{name}, training alone", [each["seconds"] for each in said[name]], "s") for name in runs),
        ratio("numpen / PyTorch, the whole run", whole["numpen"], whole["PyTorch"], 0.50),
        ratio("numpen / scikit-learn, the whole run", whole["numpen"], whole["scikit-learn"], 0.25),
        ratio("numpen / scikit-learn, tuned, the whole run", whole["numpen"], whole["scikit-learn, tuned"], 0.25),
        at_most("numpen, peak memory", max(each.peak for each in runs["numpen"]), 260, "MB"),
        *(figure(f"{name}, peak memory", max(each.peak for each in runs[name]), "MB") for name in list(runs)[1:]),
    ]


BENCHMARK = Benchmark("training", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()


def _units(recipe: Recipe) -> list[int]:
    """The recipe's dense layers as the peers take them: 784, units, 10."""
    return [int(units) for units in recipe.layers.split("-")]
