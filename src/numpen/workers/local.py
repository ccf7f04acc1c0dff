"""A crew of processes on this machine, and one function for many jobs on all its cores.

Every worker is a process of its own, started anew (not forked: a forked copy of a program with threads may wait
for ever) with one thread for its matrix products: two that share a core wait for each other most of the time.
Here a thread looks after each worker: it hands it a task, waits, and starts another process if that one dies.
"""

import itertools
import multiprocessing
import os
import pickle
import signal
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from numpen.errors import WorkerDied
from numpen.workers.process import Kept, work

J = TypeVar("J")
T = TypeVar("T")

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
TRIES = 2  # workers that may die of a task


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
    with LocalCrew(processes) as crew:
        everywhere = crew.scatter(shared)
        tasks = [crew.submit(function, everywhere, job) for job in jobs]
        for task in tasks:
            yield task.result()


class LocalCrew:
    """Processes of this machine; see Crew. They are started when there is a task for them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._values: dict[int, bytes] = {}  # what was scattered, by the numbers of the handles that live
        self._numbers = itertools.count()
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._hands: set[_Hand] = set()
        self._lock = threading.Lock()  # for whoever starts or ends a process
        self._closed = False

    def __enter__(self) -> "LocalCrew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            for hand in self._hands:
                hand.process.terminate()
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads:
            thread.join()

    def scatter(self, value: Any) -> Kept:
        """See Crew."""
        handle = Kept(next(self._numbers))
        self._values[handle.number] = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        weakref.finalize(handle, self._values.pop, handle.number, None)
        return handle

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """See Crew. Raises what pickle raises for a function or an argument that cannot be sent."""
        words = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        order = _Order(words, [each for each in arguments if isinstance(each, Kept)])
        self._orders.put(order)
        if len(self._threads) < self.size:
            self._threads.append(threading.Thread(target=self._look_after_one, name="numpen-worker", daemon=True))
            self._threads[-1].start()
        return order.future

    def as_completed(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """See Crew."""
        return as_completed(tasks)

    def _look_after_one(self) -> None:
        """Have a worker do one task after the other until there is none, and start another when it dies."""
        _keep_interrupts_from_children()
        hand: _Hand | None = None
        while (order := self._orders.get()) is not None:
            if self._closed:
                order.future.cancel()
            if order.future.set_running_or_notify_cancel():
                hand = self._done(order, hand)
        if hand:
            self._end(hand)

    def _done(self, order: "_Order", hand: "_Hand | None") -> "_Hand | None":
        """Have the order done, by this worker or the one after it; the worker that then lives, if any does."""
        how = ""
        for _ in range(TRIES):
            try:
                hand = hand or self._start()
                order.take(hand.do(order, self._values))
                return hand
            except (EOFError, OSError):  # it is no more; one that cannot be started is no better
                how = self._end(hand) if hand else "which could not be started"
                hand = None
            if self._closed:
                order.future.set_exception(CancelledError())
                return None
        words = f"expected a worker to end its task, got {TRIES} that died of it, {how}"
        order.future.set_exception(WorkerDied(f"{words}: it may need more memory than there is"))
        return None

    def _start(self) -> "_Hand":
        with self._lock, _one_thread_each():
            if self._closed:
                raise EOFError
            hand = _Hand()
            self._hands.add(hand)
            return hand

    def _end(self, hand: "_Hand") -> str:
        """Take a worker away, and say how it ended."""
        with self._lock:
            self._hands.discard(hand)
        return hand.end()


class _Hand:
    """A worker process, as seen by the thread that looks after it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self.process = context.Process(target=work, args=(there,), daemon=True, name="numpen-worker")
        self.kept: set[int] = set()  # numbers of the scattered values that it has
        with there:
            self.process.start()

    def do(self, order: "_Order", values: dict[int, bytes]) -> bytes:
        """The answer to an order, as `work` gives it; raises EOFError or OSError if the process dies."""
        connection: Connection[Any, Any] = self.connection
        for number in self.kept - values.keys():
            connection.send_bytes(pickle.dumps(number))
            connection.send_bytes(b"")
            self.kept.discard(number)
        for handle in order.handles:
            if handle.number not in self.kept:
                connection.send_bytes(pickle.dumps(handle.number))
                connection.send_bytes(values[handle.number])
                self.kept.add(handle.number)
        connection.send_bytes(pickle.dumps(None))
        connection.send_bytes(order.words)
        return connection.recv_bytes()

    def end(self) -> str:
        """End the process, if it has not ended, and say how it has."""
        self.connection.close()
        self.process.terminate()
        self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        return f"the last by {signal.Signals(-code).name}" if code < 0 else f"the last with exit code {code}"


@dataclass
class _Order:
    """A task on its way."""

    words: bytes  # the function and its arguments, pickled
    handles: list[Kept]  # among the arguments; they live as long as the order
    future: "Future[Any]" = field(default_factory=Future)

    def take(self, answer: bytes) -> None:
        """Give out what the worker said."""
        try:
            went_well, value = pickle.loads(answer)
        except Exception as error:  # of a class that is not here, say
            went_well, value = False, error
        if went_well:
            self.future.set_result(value)
        else:
            self.future.set_exception(value)


def _keep_interrupts_from_children() -> None:
    """Processes that this thread starts are deaf to Ctrl-C from their first moment: it is for the one who waits."""
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # when it first starts, multiprocessing's helper lets the signal through
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


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
