"""The checkpoint, `*.checkpoint`: a sealed file from which a training goes on, to the same bits.

It holds the state of the run, its recipe, the checksum of its pictures, what the command line was told, and the
machine: NumPy, its matrix library, the processor's kernels and the number of threads, for another of these rounds
in another way. Never a pickle.
"""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.errors import CheckpointError, NumpenError
from numpen.files import write_atomically
from numpen.models.committee import Committee
from numpen.models.sealed import Kind, arrays_in
from numpen.training.parallel import Team
from numpen.training.recipe import Recipe
from numpen.training.state import State
from numpen.training.trainer import Trainer
from numpen.version import __version__

# bytes: the weights, what an optimizer remembers of them, their average, the last good and the best of them
CHECKPOINT = Kind("checkpoint", entry="numpen-checkpoint", version=1, largest=512_000_000, error=CheckpointError)


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds."""

    recipe: Recipe
    data: dict[str, Any]  # source, count, sha256
    teacher: str | None  # SHA-256 of the weights of whom the network learns from
    machine: dict[str, Any]
    command: dict[str, Any]  # what else the run was told, for whoever goes on with it
    state: State

    @classmethod
    def of(cls, trainer: Trainer, command: dict[str, Any] | None = None) -> "Checkpoint":
        """The checkpoint of a run as it stands, between two steps."""
        data, teacher = trainer.model.card["data"], _checksum(trainer.teacher)
        return cls(trainer.recipe, data, teacher, machine(), command or {}, State.of(trainer))

    def save(self, path: Path) -> int:
        """Write it whole or not at all; return its size in bytes. Raises OutputError."""
        content = self.to_bytes()
        write_atomically(path, content)
        return len(content)

    def to_bytes(self) -> bytes:
        """The file's content."""
        header = {
            "recipe": self.recipe.as_dict(),
            "data": self.data,
            "teacher": self.teacher,
            "machine": self.machine,
            "command": self.command,
            "state": self.state.numbers,
        }
        return CHECKPOINT.seal(self.state.arrays, header)

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """The checkpoint in a file; raises CheckpointError unless it is whole and unchanged."""
        return cls.from_bytes(CHECKPOINT.read(path), str(path))

    @classmethod
    def from_bytes(cls, content: bytes, name: str) -> "Checkpoint":
        """What `to_bytes` has made; raises CheckpointError, which calls the file `name`, for anything else."""
        header = CHECKPOINT.header(content, name)
        try:
            recipe, parts = Recipe(**header["recipe"]), [header[key] for key in ("data", "machine", "command", "state")]
            data, there, command, numbers = parts
            if not all(isinstance(part, dict) for part in parts):
                raise ValueError("a part of it that is no object")
            return cls(recipe, data, header["teacher"], there, command, State.told(numbers, arrays_in(content)))
        except (AttributeError, KeyError, TypeError, ValueError, NumpenError) as error:
            raise CheckpointError(f"expected a checkpoint as numpen writes it, got {name}: {error}") from error

    def drift(self) -> list[str]:
        """In what this machine is another than the one that the run was on; empty: it goes on to the same bits."""
        here = machine()
        return [
            f"{key} {self.machine.get(key)!s:.60} there, {here[key]} here"
            for key in here
            if here[key] != self.machine.get(key)
        ]

    def resume(
        self,
        dataset: Dataset,
        teacher: Committee | None = None,
        team: Team | None = None,
        *,
        allow_drift: bool = False,
    ) -> Trainer:
        """A trainer that goes on where the run stood, on the workers of a team if it was trained by one.

        Raises CheckpointError for other pictures or another teacher, and, unless drift is allowed, for a machine on
        which the run would end with other bits.
        """
        if self.data.get("sha256") != dataset.checksum:
            raise CheckpointError(
                f"expected the pictures the run began with, got others in {dataset.source}: name them"
            )
        if self.teacher != _checksum(teacher):
            raise CheckpointError("expected the teacher the run began with, got another: name the same models")
        if not allow_drift and (drift := self.drift()):
            raise CheckpointError(
                f"expected the machine the run was on, got another ({'; '.join(drift)}), on which it ends with other "
                "bits: add --allow-drift to go on all the same"
            )
        trainer = team.trainer(self.recipe, dataset, teacher) if team else Trainer(self.recipe, dataset, teacher)
        self.state.restore(trainer)
        return trainer


def is_checkpoint(path: Path) -> bool:
    """Whether a file says of itself that it is a checkpoint."""
    try:
        with path.open("rb") as file:
            return f'"{CHECKPOINT.entry}"'.encode() in file.read(200_000)
    except OSError:
        return False


def machine() -> dict[str, Any]:
    """What the last bits of a training depend on, besides its recipe and data."""
    from threadpoolctl import threadpool_info

    libraries = [each for each in threadpool_info() if each["user_api"] == "blas"]
    of_numpy = [each for each in libraries if "numpy" in each["filepath"]] or libraries  # SciPy may bring its own
    words = [f"{each['internal_api']} {each['version']} {each.get('architecture')}" for each in of_numpy]
    return {
        "numpen": __version__,
        "numpy": np.__version__,
        "processor": platform.machine(),
        "blas": ", ".join(words),
        "threads": max((each["num_threads"] for each in of_numpy), default=1),
    }


def _checksum(teacher: Committee | None) -> str | None:
    if teacher is None:
        return None
    digest = hashlib.sha256(str(teacher.reach).encode())
    for member in teacher.members:
        digest.update(np.ascontiguousarray(member.network.theta).data)
    return digest.hexdigest()
