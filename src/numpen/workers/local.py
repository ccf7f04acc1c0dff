"""A crew of processes on this machine, and one function for many jobs on all its cores.

Every worker is a process of its own, started anew (not forked: a forked copy of a program with threads may wait
for ever) with one thread for its matrix products: two that share a core wait for each other most of the time.
Here a thread looks after each worker: it hands it a task, waits, and starts another process if that one dies.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, as_completed
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import TracebackType
from typing import Any, TypeVar

from numpen.errors import WorkerDied
from numpen.workers.hand import Hand
from numpen.workers.process import Kept, opened, packed

J = TypeVar("J")
T = TypeVar("T")

TRIES = 2  # workers that may die of a task


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def on_all_cores(
    function: Callable[[Any, J], T], shared: Any, jobs: Sequence[J], processes: int | None = None
) -> Iterator[T]:
    """Yield function(shared, job) for every job, in the order of the jobs, each as soon as it is there.

    `shared` is sent to each worker once. One process, or a single job, needs no worker and is done right here.
    What a job raises is raised here, and the other jobs are dropped.
    """
    processes = min(processes or cores(), len(jobs))
    if processes <= 1:
        yield from (function(shared, job) for job in jobs)
        return
    with LocalCrew(processes) as crew:
        handle = crew.scatter(shared)
        tasks = [crew.submit(function, handle, job) for job in jobs]
        for task in tasks:
            yield task.result()


class LocalCrew:
    """Processes of this machine; see Crew. They are started when there is a task for them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._orders = SimpleQueue[_Order | None]()
        self._threads: list[threading.Thread] = []
        self._hands: set[Hand] = set()
        self._lock = threading.Lock()  # for what is below, and for who starts or ends a process
        self._undone = 0
        self._closed = False

    def __enter__(self) -> "LocalCrew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            for hand in self._hands:
                hand.kill()
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads:
            thread.join()

    def scatter(self, value: Any) -> Kept:
        """See Crew."""
        return Kept(value)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "LocalTask":
        """See Crew. Raises what pickle raises for a function or an argument that cannot be sent."""
        return LocalTask(self.order(*packed(function, arguments)))

    def order(self, words: bytes, handles: Iterable[Kept]) -> "Future[bytes]":
        """The answer, as a worker gives it, to what `packed` has made."""
        order = _Order(words, tuple(handles))
        with self._lock:
            self._undone += 1
            if len(self._threads) < min(self._undone, self.size):
                self._threads.append(threading.Thread(target=self._look_after_one, name="numpen-worker", daemon=True))
                self._threads[-1].start()
        self._orders.put(order)
        return order.future

    def as_completed(self, tasks: Iterable[Any]) -> Iterator[Any]:
        """See Crew."""
        task_of = {task.future: task for task in tasks}
        return (task_of[future] for future in as_completed(task_of))

    def _look_after_one(self) -> None:
        """Have a worker do one order after the other until there is none, and start another when it dies."""
        hand: Hand | None = None
        while (order := self._orders.get()) is not None:
            if self._closed:
                order.future.cancel()
            if order.future.set_running_or_notify_cancel():
                hand = self._carry_out(order, hand)
            with self._lock:
                self._undone -= 1
        if hand:
            self._end(hand)

    def _carry_out(self, order: "_Order", hand: Hand | None) -> Hand | None:
        """Have the order done, by this worker or the one after it; the worker that then lives, if any does."""
        how = ""
        for _ in range(TRIES):
            try:
                hand = hand or self._start()
                order.future.set_result(hand.do(order.words, order.handles))
                return hand
            except (EOFError, OSError):  # it is no more; one that cannot be started is no better
                how = self._end(hand) if hand else "which could not be started"
                hand = None
            except Exception as error:  # an answer that does not fit into memory, say
                order.future.set_exception(error)
                self._end(hand) if hand else None
                return None
            if self._closed:
                order.future.set_exception(CancelledError())
                return None
        words = f"expected a worker to end its task, got {TRIES} that died of it, {how}"
        order.future.set_exception(WorkerDied(f"{words}: it may need more memory than there is"))
        return None

    def _start(self) -> Hand:
        with self._lock:
            if self._closed:
                raise EOFError
            hand = Hand()
            self._hands.add(hand)
            return hand

    def _end(self, hand: Hand) -> str:
        """Take a worker away, and say how it ended."""
        with self._lock:
            self._hands.discard(hand)
        return hand.end()


class LocalTask:
    """A task of a local crew; see Task."""

    def __init__(self, future: "Future[bytes]") -> None:
        self.future = future

    def result(self) -> Any:
        """See Task."""
        return opened(self.future.result())

    def cancel(self) -> None:
        """See Task."""
        self.future.cancel()


@dataclass
class _Order:
    """A task on its way."""

    words: bytes
    handles: tuple[Kept, ...]  # among the arguments; they live as long as the order
    future: "Future[bytes]" = field(default_factory=Future)
