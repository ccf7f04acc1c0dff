"""Crew: workers that do tasks, on this machine or on many; who uses one need not know which.

A task is a function and its arguments; both go to the worker as pickles, so the function is one that can be
imported there, and what it does depends on its arguments alone: it may be begun again by another worker.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Task(Protocol):
    """Work that was handed to a crew."""

    def result(self) -> Any:
        """Wait for what the function returned; what it raised is raised here, with its own type.

        Raises WorkerDied if two workers died of it, and concurrent.futures.CancelledError if it was cancelled.
        """

    def cancel(self) -> Any:
        """Drop it, if it has not begun; one that has begun may run on, and nobody asks for what comes of it."""


class Crew(Protocol):
    """Workers, within a `with`; what is not done when it is left is dropped."""

    @property
    def size(self) -> int:
        """How many tasks are done at a time; of a cluster this may change."""

    def scatter(self, value: Any) -> Any:
        """A handle that `submit` replaces by the value, on the worker: each is sent it once, while the handle lives."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Task:
        """Have function(*arguments) done by a worker that is free."""

    def as_completed(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """The tasks, each as soon as it is done, failed or cancelled."""


@dataclass(frozen=True)
class Tls:
    """The files by which the machines of a cluster know each other and keep what they say to themselves."""

    ca: Path  # certificate of who signed the others
    cert: Path
    key: Path  # of the certificate


def open_crew(
    workers: int | None = None, cluster: str | None = None, tls: Tls | None = None
) -> AbstractContextManager[Crew]:
    """So many processes of this machine, all cores by default, or the Dask cluster at an address.

    Raises WorkersError for a cluster that cannot be joined: Dask is missing, nobody answers in time, another version.
    """
    if cluster is None:
        from numpen.workers.local import LocalCrew, cores

        return LocalCrew(workers or cores())
    from numpen.workers.cluster import joined

    return joined(cluster, tls)
