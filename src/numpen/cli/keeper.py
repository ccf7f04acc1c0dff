"""What keeps a training from being lost: checkpoints every so often, and one when it is asked to stop."""

import itertools
import math
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from numpen.cli.interruption import Request
from numpen.errors import DivergenceError, InterruptionError, NumpenError, OutputError
from numpen.files import check_place, remove_stale
from numpen.training.checkpoint import Checkpoint
from numpen.training.trainer import Trainer

FIRST, EVERY = 60.0, 30.0  # seconds: a training that ends within the first needs no checkpoint


class Keeper:
    """Within it a training is kept: between its steps it writes what is due, or ends it."""

    def __init__(
        self, trainer: Trainer, out: Path | None, every: float | None, command: dict[str, Any], *, resumed: Path | None
    ) -> None:
        """Keep checkpoints beside the model file `out` (None: nothing), every so many seconds, 0: after every batch.

        `command` is what a checkpoint tells whoever goes on with it; `resumed` is the one gone on with now.
        """
        self.trainer, self.out, self.command = trainer, out, command
        self.path = beside(out) if out and (out.is_file() or not out.exists()) else None
        self.is_own = bool(
            self.path and resumed and self.path.resolve() == resumed.resolve()
        )  # rather than that of another training, which has not ended
        self.every = EVERY if every is None else every
        self.due = time.monotonic() + (FIRST if every is None else every) if self.path else math.inf
        self.request = Request(self._hurry)
        if self.path:
            remove_stale(self.path.parent)
        if every == 0:
            trainer.at_a_time = 1
        trainer.at_rest = self._look

    def __enter__(self) -> "Keeper":
        self.request.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the checkpoint away if the training has ended, well or not, and what came of it is saved."""
        if self.path and self.is_own and (kind is None or issubclass(kind, DivergenceError)):
            with suppress(OSError):  # of a folder that has become read-only meanwhile: it stays
                self.path.unlink(missing_ok=True)
        self.request.__exit__(kind, error, trace)
        if isinstance(error, OutputError) and (way_on := self.way_on()):
            raise OutputError(f"{error}; {way_on}") from error

    def _hurry(self) -> None:
        self.trainer.at_a_time = 1

    def _look(self) -> None:
        """Between two steps: end the training if that was asked for, or write a checkpoint if one is due."""
        if self.request.number:
            raise InterruptionError(self._save_and_say(), self.request.number)
        if self.path and time.monotonic() >= self.due:
            try:
                self._write(self.path)
            except OutputError as error:  # a full disk may have room again later, and the training goes on
                click.echo(f"numpen: {error}; training goes on without", err=True)
            self.due = time.monotonic() + self.every

    def _write(self, path: Path) -> None:
        if not self.is_own:
            _put_aside(path)
            self.is_own = True
        Checkpoint.of(self.trainer, self.command).save(path)

    def _save_and_say(self) -> str:
        now, recipe = self.trainer.position, self.trainer.recipe
        where = f"interrupted in epoch {min(now.epoch, recipe.epochs)} of {recipe.epochs}"
        if self.out is None:
            return f"{where}, nothing was saved"
        on = _tried(self._write, self.path, "to go on: numpen train --resume") if self.path else ""
        earlier = "" if on.startswith("to go on") else self.way_on()
        weights = _tried(self.trainer.model_so_far().save, self.out, "the weights so far are in")
        return "; ".join(filter(None, (f"{where}, {weights}", on, earlier)))

    def way_on(self) -> str:
        """How to go on from the last checkpoint that was written, if there is one."""
        there = self.path and self.is_own and self.path.is_file()
        return f"to go on from the last checkpoint: numpen train --resume {self.path}" if there else ""


def _put_aside(path: Path) -> None:
    """Give the checkpoint of another training another name; raises OutputError where none can be written."""
    check_place(path)
    if not path.exists():
        return
    names = (f"{path.name}.old-{number}" if number > 1 else f"{path.name}.old" for number in itertools.count(1))
    old = next(each for each in map(path.with_name, names) if not each.exists())
    try:
        path.rename(old)
    except OSError as error:
        raise OutputError(f"expected to rename {path} to {old}, got: {error.strerror}") from error
    click.echo(f"numpen: {path} was of another training, and is now {old}", err=True)


def _tried(save: Callable[[Path], object], path: Path, said: str) -> str:
    """What is said of something that was saved, or why it could not be."""
    try:
        save(path)
    except NumpenError as error:
        return str(error)
    return f"{said} {path}"


def beside(out: Path) -> Path:
    """Where the checkpoints of a training that is saved to `out` lie."""
    return out.with_suffix(".checkpoint") if out.suffix == ".numpen" else out.with_name(f"{out.name}.checkpoint")
