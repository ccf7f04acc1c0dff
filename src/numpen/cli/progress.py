"""Training as a terminal shows it: a bar while it runs, a line for each epoch. A listener of the trainer's records."""

import math
import sys
from types import TracebackType
from typing import TYPE_CHECKING

import click

from numpen.cli.output import console, percent
from numpen.training.trainer import Epoch, Progress, Record, Trainer

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


MOST_LINES = 50  # of a run: with more epochs there is a line for every second, third, ... one


class TrainingDisplay:
    """Shows records as they come; keeps the epochs. The bar is on standard error, and only on a terminal."""

    def __init__(self, trainer: Trainer, *, quiet: bool, verbose: bool = False) -> None:
        """Print a line for an epoch, unless `quiet`; `verbose`: one for every record (on standard error if quiet)."""
        self.epochs: list[Epoch] = []
        self._quiet, self._verbose, self._trainer = quiet, verbose, trainer
        self._every = math.ceil(trainer.recipe.epochs / MOST_LINES)
        self._bar = _bar() if sys.stderr.isatty() else None

    def __enter__(self) -> "TrainingDisplay":
        recipe, parameters = self._trainer.recipe, self._trainer.network.theta.size
        if not self._quiet:
            click.echo(f"recipe {recipe.name}: {recipe.layers}, {parameters:,} parameters, seed {recipe.seed}")
        if self._bar:
            self._bar.start()
            self._task = self._bar.add_task("training", total=self._trainer.steps)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, record: Record) -> None:
        """Move the bar, or print the line of an epoch."""
        if isinstance(record, Progress):
            if self._bar:
                self._bar.update(self._task, completed=record.step, description=f"loss {record.loss:.4f}")
            if self._verbose:
                rate = f"learning rate {record.learning_rate:.4g}"
                self._print(f"step {record.step:,}/{record.steps:,}  loss {record.loss:.4f}  {rate}", err=self._quiet)
            return
        self.epochs.append(record)
        if not self._quiet and (record.epoch % self._every == 0 or record.epoch == self._trainer.recipe.epochs):
            line = f"epoch {record.epoch}/{self._trainer.recipe.epochs}  loss {record.train_loss:.4f}"
            if record.validation_accuracy is not None:
                line += f"  validation {percent(record.validation_accuracy)}"
            self._print(f"{line}  {record.seconds:.1f} s")

    def _print(self, line: str, *, err: bool = False) -> None:
        """Print a line, above the bar if there is one."""
        if self._bar:
            self._bar.console.print(line)
        else:
            click.echo(line, err=err)


def _bar() -> "Bar":
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
    return Bar(*columns, console=console(stderr=True), transient=True)
