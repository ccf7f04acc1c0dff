"""Ctrl-C and SIGTERM: a command ends at once, in one line; a training finishes its batch and saves first.

Python's own way, an exception between any two instructions, may come in the middle of an import or of another
exception's clean-up and is then lost or a traceback. Only the command line takes these signals: whoever uses the
library keeps theirs.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM)
COMMAND = os.getpid()  # a worker that is forked from it has this handler, too, and nothing to say


def leave_at_once(number: int, frame: FrameType | None = None) -> NoReturn:
    """End the process with the exit code of the signal, without a half-written file or a worker left behind."""
    if os.getpid() != COMMAND:
        os._exit(128 + number)
    _handle(_too_late)
    # a module that is being imported just now is there without what it will hold
    getattr(sys.modules.get("numpen.files"), "take_away_unfinished", int)()
    for worker in _workers():
        with suppress(OSError):
            os.kill(worker, signal.SIGTERM)
    with suppress(OSError):
        # what a progress bar has hidden, the cursor, is shown again
        os.write(2, (b"\x1b[?25h" if os.isatty(2) else b"") + b"numpen: interrupted, nothing more was saved\n")
    os._exit(128 + number)


def _workers() -> set[int]:
    """The processes that this one has started, by their numbers; Linux also knows those just being started."""
    active_children = getattr(sys.modules.get("multiprocessing.process"), "active_children", list)
    found = {int(worker.pid) for worker in active_children() if worker.pid}
    with suppress(OSError):
        for children in Path("/proc/self/task").glob("*/children"):
            found.update(map(int, children.read_bytes().split()))
    return found


def _too_late(number: int, frame: FrameType | None) -> None:
    """What a signal does while the process already leaves: nothing, or it would interrupt the leaving itself."""


def _handle(handler: "Callable[[int, FrameType | None], None] | signal.Handlers") -> None:
    """Have a function of this module, or the system, take the signals, where this thread may decide about them."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, handler)


def end_commands_at_once() -> None:
    """Let the signals end this process, where it may decide about them."""
    _handle(leave_at_once)


def be_done() -> None:
    """Let a signal that comes when all is done, while Python puts its things away, change nothing any more."""
    _handle(signal.SIG_IGN)


class Request:
    """Within it, the first signal asks politely and is remembered; a second ends the process at once."""

    def __init__(self, asked: "Callable[[], None]") -> None:
        """Have `asked` called, between any two instructions, when somebody asks to stop."""
        self.number = 0  # of the signal, once it has come
        self._asked = asked

    def __enter__(self) -> "Request":
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._take) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.number:
            leave_at_once(number)
        self.number = number
        self._asked()
