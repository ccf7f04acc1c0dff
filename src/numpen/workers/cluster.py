"""A crew of processes on many machines: a Dask cluster that somebody has started.

Dask distributed is imported here alone, and only when a cluster is joined.
"""

import asyncio
import functools
import importlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from numpen.errors import WorkersError
from numpen.version import __version__
from numpen.workers.crew import Tls
from numpen.workers.local import LocalCrew
from numpen.workers.process import Handle, Kept, opened, packed

ANSWER = 20.0  # seconds in which the scheduler has to answer
NO_WORKER = 60.0  # seconds for which a cluster may be without any
LOOK_EVERY = 2.0  # seconds after which the cluster is looked at again
TRIES = 5  # times that a task which machines have left is given to Dask
MOST_THREADS = 256  # of a worker of Dask's
ALIKE = ("numpen", "numpy", "distributed", "dask")  # what must have the same version everywhere

SETTINGS = {
    "distributed.comm.timeouts.connect": f"{ANSWER}s",
    "distributed.comm.timeouts.tcp": "60s",  # a machine whose cores are all busy is slow to answer
    "distributed.admin.large-graph-warning-threshold": "1GB",  # pictures travel with their tasks
}


@contextmanager
def joined(address: str, tls: Tls | None = None) -> Iterator["DaskCrew"]:
    """The crew of the cluster whose scheduler has this address, tcp://HOST:PORT or tls://HOST:PORT.

    Raises WorkersError if Dask is missing, for an address that is none or that nobody answers at within twenty
    seconds, for a cluster without a worker, and for one of other versions.
    """
    distributed = dask_distributed()
    with distributed.dask.config.set(SETTINGS), silence():
        security = security_of(tls)
        _check(address, security)
        client = distributed.Client(address, timeout=ANSWER, security=security, set_as_default=False)
        try:
            yield DaskCrew(client, address)
        finally:
            client.close(timeout=ANSWER)


class DaskCrew:
    """The workers of a Dask cluster; see Crew."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._size, self._looked, self._last_seen = 0, 0.0, time.monotonic()

    @property
    def size(self) -> int:
        """See Crew: as many as it has now, or had a moment ago; at least 1."""
        self._look()
        return max(self._size, 1)

    def scatter(self, value: Any) -> "Remote":
        """See Crew. A task makes it, so that what is lost with a worker is made again."""
        kept = Kept(value)
        return Remote(kept.number, self._client.submit(_unchanged, kept, pure=False))

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "DaskTask":
        """See Crew. Raises what pickle raises for a function or an argument that cannot be sent."""
        words, handles = packed(function, arguments)
        futures = [handle.future for handle in handles]
        return DaskTask(self, lambda: self._client.submit(_done, __version__, words, *futures, pure=False))

    def as_completed(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """See Crew; raises WorkersError if the cluster is no more."""
        tasks, done = list(tasks), SimpleQueue[DaskTask]()
        for task in tasks:
            task.tell(done)
        for _ in tasks:
            yield self._next(done)

    def _next(self, done: "SimpleQueue[DaskTask]") -> "DaskTask":
        while True:
            try:
                task = done.get(timeout=LOOK_EVERY)
            except Empty:
                self._look()
                continue
            if task.has_ended():
                return task
            task.tell(done)

    def _look(self) -> None:
        """Count the workers, now and then; raises WorkersError if there have been none for a minute."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY:
            return
        try:
            self._size = sum(self._client.nthreads().values())
        except Exception as error:  # Dask raises whatever a connection that is lost makes it raise
            raise self.lost() from error
        self._looked = now
        if self._size:
            self._last_seen = now
        elif now - self._last_seen > NO_WORKER:
            raise WorkersError(f"expected workers at {self._address}, got none for a minute: start some, and try again")

    def lost(self) -> WorkersError:
        """What to raise if the scheduler does not answer any more."""
        return WorkersError(
            f"expected the cluster at {self._address} to stay, got no answer from it: start it, and the command, again"
        )


class Remote(Handle):
    """A handle of a value that Dask keeps."""

    def __init__(self, number: bytes, future: Any) -> None:
        super().__init__(number)
        self.future = future


class DaskTask:
    """A task of a Dask cluster; see Task.

    A machine that leaves takes with it what it had to do, and Dask blames all of that for it. So what a death is
    blamed on is begun anew; whether a task itself is deadly is found out where it is done, see `_done`.
    """

    def __init__(self, crew: DaskCrew, begin: Callable[[], Any]) -> None:
        self._crew, self._begin, self._future = crew, begin, begin()
        self._tries, self._is_cancelled = 1, False

    def tell(self, done: "SimpleQueue[DaskTask]") -> None:
        """Put it into the queue when Dask is done with it."""
        self._future.add_done_callback(lambda _: done.put(self))

    def has_ended(self) -> bool:
        """Whether what Dask has done is all; if not, it is begun anew."""
        if self._future.status != "error" or self._tries == TRIES:
            return True
        if not isinstance(self._future.exception(), dask_distributed().KilledWorker):
            return True
        self._tries, self._future = self._tries + 1, self._begin()
        return False

    def result(self) -> Any:
        """See Task; raises WorkersError if the cluster is no more."""
        distributed = dask_distributed()
        try:
            next(self._crew.as_completed([self]))
            return opened(self._future.result())
        except distributed.comm.CommClosedError as error:  # the scheduler has died while it answered
            raise self._crew.lost() from error
        except distributed.KilledWorker as error:
            raise WorkersError(f"expected machines that stay, got {TRIES} times too many that left a task") from error
        except (asyncio.CancelledError, CancelledError) as error:
            if self._is_cancelled:
                raise CancelledError from error
            raise self._crew.lost() from error

    def cancel(self) -> None:
        """See Task."""
        self._is_cancelled = True
        self._future.cancel()


def _unchanged(kept: Kept) -> Kept:
    return kept


def _done(version: str, words: bytes, *kept: Kept) -> bytes:
    """The answer to a task, on a worker of Dask's: a process of its own does it.

    So a deadly task kills that process alone, a worker answers its scheduler while it computes, and what two crews
    promise is kept by the same lines. A worker that has joined late may be of another version.
    """
    if version != __version__:
        raise WorkersError(f"expected numpen {version} on every worker, got {__version__}: install the same everywhere")
    return _crew().order(words, kept).result()


@functools.cache
def _crew() -> LocalCrew:
    """The processes of this worker, as many as it has threads; they end with it."""
    return LocalCrew(MOST_THREADS)


def dask_distributed() -> Any:
    """The package, which has few types of its own; raises WorkersError if it is missing."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise WorkersError(
            "expected Dask distributed for a cluster, got none: pip install 'numpen[cluster]'"
        ) from error


def security_of(tls: Tls | None) -> Any:
    """The same for Dask; raises WorkersError for a file that is missing."""
    make = dask_distributed().Security
    if tls is None:
        return make()
    for path in (tls.ca, tls.cert, tls.key):
        if not path.is_file():
            raise WorkersError(f"expected a file of a certificate or its key, got {path}, which is none")
    parts = ("client", "scheduler", "worker")  # whichever this machine is
    files = {f"tls_{part}_cert": str(tls.cert) for part in parts} | {f"tls_{part}_key": str(tls.key) for part in parts}
    return make(tls_ca_file=str(tls.ca), require_encryption=True, **files)


def _check(address: str, security: Any) -> None:
    """Ask the scheduler before a client does, which may wait for ever for somebody who is no scheduler."""
    try:
        arguments = security.get_connection_args("client")
        with ThreadPoolExecutor(1) as thread:  # in this one somebody's event loop may run already
            found = thread.submit(asyncio.run, _versions(address, arguments)).result()
    except (TypeError, ValueError) as error:
        hint = (
            "add --tls-ca, --tls-cert and --tls-key" if address.startswith("tls://") else "as numpen cluster prints it"
        )
        raise WorkersError(f"expected an address, tcp://HOST:PORT or tls://HOST:PORT, got {address}: {hint}") from error
    except Exception as error:  # TimeoutError, and whatever Dask raises when somebody answers who is no scheduler
        raise WorkersError(
            f"expected a Dask cluster to answer at {address} within {ANSWER:.0f} seconds, got none: "
            "is it running, is the address tcp:// or tls:// as it says, and are the certificates its own?"
        ) from error
    if len(found) < 2:
        raise WorkersError(f"expected workers at {address}, got none within {NO_WORKER:.0f} seconds: start some")
    here = dask_distributed().versions.get_versions(ALIKE)["packages"]
    for name, there in found.items():
        for package in ALIKE:
            if (version := there["packages"].get(package)) != here[package]:
                raise WorkersError(
                    f"expected {package} {here[package]} everywhere, got {version or 'none'} at {name}: "
                    "install the same versions on all machines"
                )


async def _versions(address: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """What is installed where, by address; waits for the first worker, but not for ever."""
    core = dask_distributed().core
    async with core.rpc(address, connection_args=arguments, timeout=ANSWER) as scheduler:
        async with asyncio.timeout(ANSWER):
            found = {address: await scheduler.versions(packages=ALIKE)}
        question, deadline = {"op": "versions", "packages": ALIKE}, time.monotonic() + NO_WORKER
        async with asyncio.timeout(NO_WORKER + ANSWER):
            while not (workers := await scheduler.broadcast(msg=question, on_error="ignore")):
                if time.monotonic() > deadline:
                    break
                await asyncio.sleep(0.2)
        return {**found, **workers}


@contextmanager
def silence() -> Iterator[None]:
    """Let Dask write nothing to the terminal: what goes wrong is raised."""
    logger = logging.getLogger("distributed")
    before = [(handler, handler.level) for handler in logger.handlers]
    for handler, _ in before:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in before:
            handler.setLevel(level)
