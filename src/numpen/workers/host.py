"""A Dask cluster on this machine: a scheduler, workers of one thread each, and a page that shows them at work.

For `numpen cluster`, and for whoever wants to see on one machine what many would do.
"""

import logging
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any

from numpen.errors import WorkersError
from numpen.workers.cluster import dask_distributed, security_of, silence
from numpen.workers.crew import Tls

HOME = "127.0.0.1"
CLOSE = 10  # seconds that a cluster has to end
SETTINGS = {
    "distributed.scheduler.allowed-failures": 10,  # deaths of a worker that a task was with, if only to wait
    "distributed.scheduler.worker-saturation": 1.0,  # a task waits with the scheduler, where no worker's death hits it
    "distributed.scheduler.work-stealing": False,
    "distributed.deploy.lost-worker-timeout": "1s",
    "distributed.comm.timeouts.connect": "30s",  # a machine whose cores are all busy is slow to answer
    "distributed.comm.timeouts.tcp": "60s",
    "distributed.admin.tick.limit": "1h",
}


@dataclass(frozen=True)
class Host:
    """A cluster that runs."""

    address: str  # of the scheduler
    dashboard: str | None
    _cluster: Any
    _size: int

    def look_after(self) -> None:
        """Start workers for those that Dask has given up: one that dies while it starts is not started again."""
        self._cluster.scale(self._size)


@contextmanager
def hosted(
    workers: int, host: str = HOME, port: int = 0, dashboard_port: int | None = None, tls: Tls | None = None
) -> Iterator[Host]:
    """A cluster of so many workers while the `with` lasts; port 0 takes a free one, no dashboard port, no dashboard.

    Raises WorkersError if Dask is missing or a port is not free.
    """
    distributed, scheme = dask_distributed(), "tls://" if tls else "tcp://"
    security = security_of(tls)
    for each in (port, dashboard_port or 0):
        _check_free(host, each)
    with distributed.dask.config.set(SETTINGS), silence():
        try:
            with ThreadPoolExecutor(1, initializer=_out_of_reach) as thread:
                cluster = thread.submit(
                    distributed.LocalCluster,
                    n_workers=workers,
                    threads_per_worker=1,
                    host=f"{scheme}{host}",
                    scheduler_port=port,
                    dashboard_address=f"{host}:{dashboard_port or 0}",
                    scheduler_kwargs={"dashboard": dashboard_port is not None},
                    security=security,
                    silence_logs=logging.CRITICAL,
                ).result()
        except Exception as error:  # Dask raises whatever has made its parts fail
            raise WorkersError(f"expected a cluster to start, got: {_first_cause(error)}") from error
        try:
            dashboard = None if dashboard_port is None else cluster.dashboard_link
            yield Host(cluster.scheduler_address, dashboard, cluster, workers)
        finally:
            with suppress(TimeoutError):  # on a machine that is busy; its processes end with this one
                cluster.close(timeout=CLOSE)


def _out_of_reach() -> None:
    """Keep Ctrl-C, which a terminal sends to all, from the processes that this thread will start, or have started."""
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # which would let the signal in again when the first process is started
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])


def _check_free(host: str, port: int) -> None:
    """Dask would fail with more words, and take another port for its dashboard without one."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise WorkersError(f"expected to listen at {host}, port {port}, got: {error.strerror}; try another") from error


def _first_cause(error: BaseException) -> str:
    """What went wrong before everything else did, in a line."""
    while error.__cause__:
        error = error.__cause__
    return " ".join(str(error).split())
