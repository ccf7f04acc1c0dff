"""Writers: how well the hands of people are read whom a network has never seen, writer by writer.

About 10,000 training pictures are held out by whole writers; a network learns from the others' pictures by the
recipe, and reads theirs. The test pictures have no part in it.
"""

import click

from numpen.digits.mnist import load_mnist
from numpen.evaluation.metrics import WriterAccuracy, accuracy_by_writer
from numpen.training.recipe import Recipe, load_recipe
from numpen.training.trainer import train

HELD_OUT = 10_000


def measure(recipe: Recipe) -> WriterAccuracy:
    """Train on the rest, and judge by the held-out writers; the recipe's seed deals them."""
    learnt, unseen = load_mnist("train").split(HELD_OUT, "writers", recipe.seed)
    return accuracy_by_writer(train(recipe, learnt), unseen)


def section(rows: list[tuple[int, WriterAccuracy]]) -> str:
    """A table in Markdown, a row for each seed."""
    lines = ["| seed | writers | pictures | mean of the writers | worst tenth of them |", "|---:|---:|---:|---:|---:|"]
    for seed, told in rows:
        shares = f"{100 * told.mean:.2f} % | {100 * told.worst_tenth:.2f} %"
        lines.append(f"| {seed} | {len(told.writers)} | {told.counts.sum():,} | {shares} |")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--recipe", default="fast", show_default=True, help="A recipe that ships, or a file.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(min=1), help="How many times, each anew.")
def main(recipe: str, seeds: int) -> None:
    """Train, measure and print."""
    base = load_recipe(recipe)
    rows = [(seed, measure(base.changed(seed=seed))) for seed in range(base.seed, base.seed + seeds)]
    click.echo(f"recipe {base.name}, {base.layers}: accuracy by unseen writers\n\n{section(rows)}")


if __name__ == "__main__":
    main()
