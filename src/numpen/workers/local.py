"""One function for many jobs, on all cores of this machine.

Every worker is a process of its own, started anew (not forked: a forked copy of a program with threads may wait
for ever) with one thread for its matrix products: two that share a core wait for each other most of the time.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

J = TypeVar("J")
T = TypeVar("T")

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def on_all_cores(
    function: Callable[[Any, J], T], shared: Any, jobs: Sequence[J], processes: int | None = None
) -> Iterator[T]:
    """Yield function(shared, job) for every job, in the order of the jobs, each as soon as it is there.

    `shared` is sent to each worker once. One process, or a single job, needs no worker and is done right here.
    What a job raises is raised here, and the jobs that have not begun are dropped.
    """
    processes = min(processes or cores(), len(jobs))
    if processes <= 1:
        yield from (function(shared, job) for job in jobs)
        return
    context = multiprocessing.get_context("spawn")
    with _one_thread_each():
        pool = ProcessPoolExecutor(processes, context, initializer=_keep, initargs=(function, shared))
        try:
            yield from pool.map(_do, jobs)
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Whoever is started now reads these when NumPy is loaded; in this process it is loaded already."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_kept: list[Any] = []  # in a worker: the function and what all jobs share


def _keep(function: Callable[..., Any], shared: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is for the one who waits: a worker ends without a word
    _kept[:] = function, shared


def _do(job: Any) -> Any:
    function, shared = _kept
    return function(shared, job)
