"""The accuracy table: every recipe trained from several seeds, each run once, the test pictures touched once a run.

`python -m benchmarks.records mlp-best convnet --seeds 3` trains what is not yet in `records.json`, one run after
the other, and prints the table of everything that is. Ended at any moment, it goes on with the run that was
cut off. Time is that of the whole command, start to saved file; memory is its peak. Shifts are the mean of
nine looks at each picture, moved by up to a pixel.
"""

import json
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import click

from benchmarks.harness import NUMPEN, ROOT, run
from benchmarks.machine import facts
from numpen.files import write_atomically

KEPT = Path(__file__).with_name("records.json")
TABLE = Path(__file__).with_name("records.md")
MODELS = ROOT / ".records"  # the trained models, for committees; not kept in the repository


@click.command(help=__doc__)
@click.argument("recipes", nargs=-1)
@click.option("--seeds", default=3, show_default=True, help="Runs of each recipe.")
def main(recipes: tuple[str, ...], seeds: int) -> None:
    """Train what is missing, then print."""
    MODELS.mkdir(exist_ok=True)
    for seed in range(seeds):
        for recipe in recipes:
            if not any((row["recipe"], row["seed"]) == (recipe, seed) for row in _rows()):
                row = _train(recipe, seed)
                write_atomically(KEPT, json.dumps([*_rows(), row], indent=1).encode())
                click.echo(f"{recipe}, seed {seed}: {row['accuracy']:.2%}, {row['seconds']:.0f} s", err=True)
    TABLE.write_text(f"## Accuracy\n\n{__doc__}\n{table(_rows())}\n", "utf-8")
    click.echo(table(_rows()))


def _rows() -> list[dict[str, Any]]:
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else []


def _train(recipe: str, seed: int) -> dict[str, Any]:
    """A run of the command, and what the model is worth with and without shifts."""
    model = MODELS / f"{recipe}-{seed}.numpen"
    trained = run(NUMPEN, "train", "--recipe", recipe, "--seed", str(seed), "--out", model, "--json")
    said = json.loads(trained.output)
    shifted = json.loads(run(NUMPEN, "evaluate", model, "--shifts", "1", "--json").output)
    return {
        "recipe": recipe,
        "seed": seed,
        "accuracy": said["test_accuracy"],
        "shifted": shifted["accuracy"],
        "seconds": trained.seconds,
        "peak": trained.peak,
        "parameters": said["parameters"],
        "machine": facts(),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """A line for each recipe, in Markdown."""
    lines = [
        "| recipe | seeds | test accuracy | lowest to highest | with nine shifts | seconds | parameters | memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for recipe in dict.fromkeys(row["recipe"] for row in rows):
        of = [row for row in rows if row["recipe"] == recipe]
        accuracies = [row["accuracy"] for row in of]
        spread = f" ± {stdev(accuracies):.2%}" if len(of) > 1 else ""
        lines.append(
            f"| {recipe} | {len(of)} | {mean(accuracies):.2%}{spread} | {min(accuracies):.2%} to {max(accuracies):.2%}"
            f" | {mean(row['shifted'] for row in of):.2%} | {mean(row['seconds'] for row in of):.0f}"
            f" | {of[0]['parameters']:,} | {max(row['peak'] for row in of):.0f} MB |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
