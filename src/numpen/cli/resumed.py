"""What a checkpoint says of how its run was started, as far as the command line does not say it anew.

A checkpoint may come from a stranger: nothing that it says is a path, a number or a name before it has been looked at.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from numpen.errors import CheckpointError, RecipeError, printable

if TYPE_CHECKING:
    from numpen.training.checkpoint import Checkpoint

MOST_WORKERS = 256


def told_by(
    resume: Path, changes: dict[str, Any], out: Path, data: str, teachers: tuple[Path, ...]
) -> tuple["Checkpoint", Path, str, tuple[Path, ...]]:
    """The checkpoint, and what it says of where the model goes and what it learns from, unless told otherwise.

    Raises CheckpointError for what cannot be, and RecipeError for another recipe than the one it has.
    """
    from numpen.training.checkpoint import Checkpoint

    context, checkpoint = click.get_current_context(), Checkpoint.load(resume)
    told = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if changed := sorted((told & {"recipe_name"}) | changes.keys()):
        raise RecipeError(f"expected the recipe that is in {resume}, got {', '.join(changed)}: leave it out")
    command = checkpoint.command
    if "out" not in told:
        out = resume.with_name(_name(command.get("out", "model.numpen")))
    if "data" not in told:
        data = _text(command.get("data", data))
    if "teachers" not in told:
        names = command.get("teachers", [])
        if not isinstance(names, list):
            raise _lie(names)
        teachers = tuple(Path(_text(name)) for name in names)
    return checkpoint, out, data, teachers


def shares_told_by(
    checkpoint: "Checkpoint", workers: int | None, sync_every: int | None
) -> tuple[int | None, int | None]:
    """Into how many shares the run's batches are cut, and how often they are brought together: as it began."""
    began = _number(checkpoint.command.get("workers")), _number(checkpoint.command.get("sync_every")) or None
    if (began[0] or 0) > MOST_WORKERS:
        raise _lie(began[0])
    for flag, told, was in zip(("--workers", "--sync-every"), (workers, sync_every), began, strict=True):
        if told not in (None, was):
            raise RecipeError(f"expected {flag} {was or 'not at all'}, as the run began, got {told}: leave it out")
    return began


def _number(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise _lie(value)
    return value


def _text(value: Any) -> str:
    """Words that can be a path; raises CheckpointError for what the system has no name for."""
    try:
        if isinstance(value, str) and b"\0" not in os.fsencode(value):
            return value
    except UnicodeEncodeError:
        pass
    raise _lie(value)


def _name(value: Any) -> str:
    """The name of a file, without its folder."""
    name = Path(_text(value)).name
    if name in ("", ".."):
        raise _lie(value)
    return name


def _lie(value: Any) -> CheckpointError:
    return CheckpointError(
        f"expected a checkpoint that says how its run was started, got {printable(repr(value))} in it: add --out, "
        "--data and so on"
    )
