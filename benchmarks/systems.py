"""Four systems reproduced and surpassed, and the lessons everyone follows: the recipes, five seeds each.

Each run is `numpen train` in a process of its own, one at a time: it starts, loads MNIST, trains, is tested
once on the 10,000 test pictures, saves, ends. What has been run is kept in systems.json and not run again,
unless its recipe has changed (without systems.json all is run again); the table goes into systems.md.
"""

import json
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import click

from benchmarks.harness import NUMPEN, run
from numpen.training.recipe import FOLDER, load_recipe

RESULTS = Path(__file__).with_suffix(".json")
TABLE = Path(__file__).with_suffix(".md")
SEEDS = 5


@dataclass(frozen=True)
class System:
    """A recipe, what was published of it, and what it shall reach; accuracies in per cent."""

    recipe: str
    published: str
    target: float | None = None  # mean test accuracy
    longest: float | None = None  # seconds of training


SYSTEMS = (
    System("thirty-hidden", "61.3 % of the first 1,000", 85.0),
    System("thirty-hidden-best", "", 96.8),
    System("two-hidden-relu", "about 85 %", 85.0),
    System("two-hidden-relu-best", "", 98.6),
    System("sixteen-sixteen", "88.22 %", 88.0, 2.5),
    System("sixteen-sixteen-best", "", 95.3),
    System("elu-full-batch", "", None, 60.0),
    System("elu-full-batch-best", "", 94.0),
    System("nielsen-1", "95.42 % (best epoch)", 95.0),
    System("nielsen-3", "97.92 % (best epoch)", 97.8),
    System("three-blue", "about 96 %"),
)

HEAD = """## Four systems reproduced and surpassed

`python -m benchmarks.systems`: mean and spread (standard deviation) over {seeds} seeds on the 10,000 test
pictures, and the median time, of training alone and of the whole program. A `-best` recipe has the layers of the
system before it; it was chosen on held-out writers of the training pictures, and met the test pictures in these
runs only.

| recipe | layers | published | test accuracy | target | | training | whole run |
|---|---|---|---|---|---|---|---|
"""


def train(name: str, seed: int) -> dict[str, float]:
    """One run from start to end; accuracies of all test pictures and of the first 1,000, and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "model.numpen"
        done = run(NUMPEN, "train", "--recipe", name, "--seed", str(seed), "--json", "--out", out)
        first = run(NUMPEN, "evaluate", out, "--first", "1000", "--json")
    said = json.loads(done.output)
    return {
        "accuracy": said["test_accuracy"],
        "first_1000": json.loads(first.output)["accuracy"],
        "training": said["seconds"],
        "whole": done.seconds,
    }


def kept(name: str) -> dict[str, Any]:
    """What is known of the recipe as it now is: {"recipe": ..., "runs": {seed: what `train` returned}}."""
    recipe = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return known[name] if name in known and known[name]["recipe"] == recipe else {"recipe": recipe, "runs": {}}


def keep(name: str, results: dict[str, Any]) -> None:
    """Put what is known of a recipe into the file, beside the others'."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(known | {name: results}, indent=1) + "\n", "utf-8")


def row(system: System) -> str:
    """The system's line of the table."""
    runs = kept(system.recipe)["runs"].values()
    layers = load_recipe(system.recipe).layers
    if not runs:
        return f"| `{system.recipe}` | {layers} | {system.published} | not run | | | | |"
    accuracies = [100 * each["accuracy"] for each in runs]
    spread = stdev(accuracies) if len(accuracies) > 1 else 0.0
    said = f"{mean(accuracies):.2f} ± {spread:.2f} %"
    if "first" in system.published:
        said += f" ({100 * mean(each['first_1000'] for each in runs):.1f} % of the first 1,000)"
    training, whole = (median(each[key] for each in runs) for key in ("training", "whole"))
    wanted = [] if system.target is None else [f"≥ {system.target:g} %"]
    wanted += [] if system.longest is None else [f"≤ {system.longest:g} s"]
    met = (system.target is None or mean(accuracies) >= system.target) and (
        system.longest is None or training <= system.longest
    )
    verdict = ("met" if met else "**missed**") if wanted else ""
    cells = (f"`{system.recipe}`", layers, system.published, said, ", ".join(wanted), verdict)
    return f"| {' | '.join(cells)} | {training:.1f} s | {whole:.1f} s |"


@click.command(help=__doc__)
@click.option(
    "--only", type=click.Choice([each.recipe for each in SYSTEMS]), multiple=True, help="These recipes alone."
)
@click.option("--seeds", default=SEEDS, show_default=True, help="Seeds 0, 1, 2, ...: how many.")
def main(only: tuple[str, ...], seeds: int) -> None:
    """Run what has not been run, and write the table."""
    for name in only or [each.recipe for each in SYSTEMS]:
        for seed in range(seeds):
            results = kept(name)
            if str(seed) not in results["runs"]:
                results["runs"][str(seed)] = train(name, seed)
                keep(name, results)
                click.echo(f"{name}, seed {seed}: {results['runs'][str(seed)]}", err=True)
    TABLE.write_text(HEAD.format(seeds=seeds) + "\n".join(map(row, SYSTEMS)) + "\n", "utf-8")
    click.echo(TABLE.read_text("utf-8"))


if __name__ == "__main__":
    main()
