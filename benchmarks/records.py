"""The accuracy table: every recipe trained from several seeds, each run once, the test pictures touched once a run.

`python -m benchmarks.records mlp-best convnet --seeds 3` trains what is not yet in `records.json`, one run after
the other, and prints the table of everything that is. Ended at any moment, it goes on with the run that was
cut off. Seconds are the median of those of the whole command, start to saved file, and with them the work of all
cores together, which tells more where the machine had other things to do; memory is the peak. Shifts are the mean of
nine looks at each picture, moved by up to a pixel; 32 looks, that of as many, each moved, turned and stretched a little
(`numpen evaluate --looks 32`; how many and how much was chosen on held-out writers). `convnet-best` and `distilled` are
networks that learn from those of `convnet` what they think of each picture, and their time is that of the pupil alone;
`committee` asks all models of `convnet` and `convnet-best` that were trained here.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import click

from benchmarks.harness import NUMPEN, ROOT, run
from benchmarks.machine import facts
from numpen.files import write_atomically

KEPT = Path(__file__).with_name("records.json")
TABLE = Path(__file__).with_name("records.md")
COMMITTEE, PUPILS = "committee", ("convnet-best", "distilled")
MODELS = ROOT / ".records"  # the trained models, for committees; not kept in the repository


@click.command(help=__doc__)
@click.argument("recipes", nargs=-1)
@click.option("--seeds", default=3, show_default=True, help="Runs of each recipe.")
def main(recipes: tuple[str, ...], seeds: int) -> None:
    """Train what is missing, then print."""
    MODELS.mkdir(exist_ok=True)
    for recipe, seed in _jobs(recipes, seeds):
        if not any((row["recipe"], row["seed"]) == (recipe, seed) for row in _rows()):
            row = _ask() if recipe == COMMITTEE else _train(recipe, seed)
            write_atomically(KEPT, json.dumps([*_rows(), row], indent=1).encode())
            click.echo(f"{recipe}, seed {seed}: {row['accuracy']:.2%}, {row['seconds']:.0f} s", err=True)
    TABLE.write_text(f"## Accuracy\n\n{__doc__}\n{table(_rows())}\n", "utf-8")
    click.echo(table(_rows()))


def _jobs(recipes: Sequence[str], seeds: int) -> list[tuple[str, int]]:
    """The runs in order: first those that stand alone, then whoever needs their models; there is one committee."""
    alone = [(recipe, seed) for seed in range(seeds) for recipe in recipes if recipe not in (*PUPILS, COMMITTEE)]
    pupils = [(recipe, seed) for seed in range(seeds) for recipe in recipes if recipe in PUPILS]
    return alone + pupils + [(COMMITTEE, 0)] * (COMMITTEE in recipes)


def _rows() -> list[dict[str, Any]]:
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else []


def _train(recipe: str, seed: int) -> dict[str, Any]:
    """A run of the command, and what the model is worth with and without shifts."""
    model = MODELS / f"{recipe}-{seed}.numpen"
    teachers = [option for path in _members("convnet") for option in ("--teacher", path)] if recipe in PUPILS else []
    trained = run(NUMPEN, "train", "--recipe", recipe, "--seed", str(seed), *teachers, "--out", model, "--json")
    said = json.loads(trained.output)
    return {
        "recipe": recipe,
        "seed": seed,
        "accuracy": said["test_accuracy"],
        "shifted": _accuracy(model, "--shifts", "1"),
        "distorted": _accuracy(model, "--looks", "32"),
        "seconds": trained.seconds,
        "processor": trained.processor,
        "peak": trained.peak,
        "parameters": said["parameters"],
        "machine": facts(),
    }


def _ask() -> dict[str, Any]:
    """What the best models that were trained here are worth together."""
    members = [*_members("convnet"), *_members("convnet-best")]
    parameters = [json.loads(run(NUMPEN, "info", path, "--json").output)["parameters"] for path in members]
    asked = run(NUMPEN, "evaluate", *members, "--json")
    return {
        "recipe": COMMITTEE,
        "seed": 0,
        "members": len(members),
        "accuracy": json.loads(asked.output)["accuracy"],
        "shifted": _accuracy(*members, "--shifts", "1"),
        "distorted": _accuracy(*members, "--looks", "32"),
        "seconds": asked.seconds,
        "processor": asked.processor,
        "peak": asked.peak,
        "parameters": sum(parameters),
        "machine": facts(),
    }


def _members(recipe: str) -> list[Path]:
    """The models of a recipe that were trained here."""
    return sorted(MODELS.glob(f"{recipe}-[0-9].numpen"))


def _accuracy(*arguments: str | Path) -> float:
    """What `numpen evaluate` says of the test pictures."""
    accuracy: float = json.loads(run(NUMPEN, "evaluate", *arguments, "--json").output)["accuracy"]
    return accuracy


def table(rows: list[dict[str, Any]]) -> str:
    """A line for each recipe, in Markdown."""
    lines = [
        "| recipe | runs | test accuracy | lowest to highest | nine shifts | 32 looks"
        " | s | s of cores | parameters | memory |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for recipe in dict.fromkeys(row["recipe"] for row in rows):
        of = [row for row in rows if row["recipe"] == recipe]
        accuracies = [row["accuracy"] for row in of]
        runs = f"{members} models" if (members := of[0].get("members")) else f"{len(of)}"
        spread = f" ± {stdev(accuracies):.2%}" if len(of) > 1 else ""
        work = [row["processor"] for row in of if "processor" in row]
        all_cores = f"{median(work):.0f}" if work else ""
        distorted = [row["distorted"] for row in of if "distorted" in row]
        looks = f"{mean(distorted):.2%}" if distorted else ""
        lines.append(
            f"| {recipe} | {runs} | {mean(accuracies):.2%}{spread} | {min(accuracies):.2%} to {max(accuracies):.2%}"
            f" | {mean(row['shifted'] for row in of):.2%} | {looks} | {median(row['seconds'] for row in of):.0f}"
            f" | {all_cores} | {of[0]['parameters']:,} | {max(row['peak'] for row in of):.0f} MB |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
