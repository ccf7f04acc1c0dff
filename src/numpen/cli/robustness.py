"""What `numpen evaluate` tells beyond the plain accuracy: by writer, and for pictures not as they should be."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import console, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from numpen.digits.dataset import Dataset
    from numpen.evaluation.metrics import Predictor, WriterAccuracy
    from numpen.evaluation.robustness import Robustness

robustness_option = click.option(
    "--robustness", is_flag=True, help="Also turn, move, smear and spoil the pictures, in 24 ways."
)


@dataclass(frozen=True)
class Further:
    """By writer, if the dataset knows its writers; robustness, if it was asked for."""

    writers: "WriterAccuracy | None"
    robustness: "Robustness | None"

    @classmethod
    def measure(cls, model: "Predictor", dataset: "Dataset", answers: "NDArray[Any]", *, robustness: bool) -> "Further":
        """Judge the model's answers (N,) by writer, and ask it anew about spoilt pictures, which takes a while."""
        from numpen.evaluation.metrics import judge_by_writer
        from numpen.evaluation.robustness import robustness as measure

        writers = None if dataset.writers is None else judge_by_writer(answers, dataset)
        if not robustness:
            return cls(writers, None)
        with _spinner() as say:
            return cls(writers, measure(model, dataset, say))

    def as_dict(self) -> dict[str, Any]:
        """The keys that these add to what `numpen evaluate --json` prints."""
        facts = {"writers": self.writers, "robustness": self.robustness}
        return {key: fact.as_dict() for key, fact in facts.items() if fact}

    def print(self) -> None:
        """A line about the writers; two tables of robustness."""
        if self.writers:
            mean, worst = percent(self.writers.mean), percent(self.writers.worst_tenth)
            of_all = f"{mean} on average over {len(self.writers.writers)} writers"
            click.echo(f"\nby writer {of_all}, {worst} over the worst tenth")
        if self.robustness:
            _print_curves(self.robustness)
            _print_corruptions(self.robustness)


@contextmanager
def _spinner() -> Iterator[Callable[[str], None] | None]:
    if not sys.stderr.isatty():
        yield None
        return
    with console(stderr=True).status("") as status:
        yield status.update


def _print_curves(robustness: "Robustness") -> None:
    from rich.table import Table

    click.echo("\naccuracy in % (below) as pictures are distorted by so much (above)\n")
    most = max(len(curve.strengths) for curve in robustness.curves)
    table = Table("", "", *[""] * most, box=None, show_header=False)
    for column in table.columns[2:]:
        column.justify = "right"
    for curve in robustness.curves:
        table.add_row(curve.name, curve.unit, *(f"{strength:g}" for strength in curve.strengths))
        table.add_row("", "", *(f"{100 * accuracy:.2f}" for accuracy in curve.accuracies))
    console().print(table)


def _print_corruptions(robustness: "Robustness") -> None:
    from rich.table import Table

    click.echo("\naccuracy after the corruptions of MNIST-C, and how many percent points it lost\n")
    table = Table("corruption", "accuracy", "lost", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, accuracy in [*robustness.corruptions.items(), ("mean", robustness.mean_corrupted)]:
        table.add_row(name, percent(accuracy), f"{100 * (robustness.accuracy - accuracy):.2f}")
    console().print(table)
