"""A worker process from the outside: started, told what to do, ended."""

import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterable
from contextlib import suppress

from numpen.workers.process import Kept, receive, send

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
BEGIN = "from numpen.workers.process import main; main()"


class Hand:
    """A process that works; it ends when this one does, whatever happens to this one."""

    def __init__(self) -> None:
        """Start it, out of reach of Ctrl-C, which is for the one who waits. Raises OSError."""
        path = os.pathsep.join(each or str(os.getcwd()) for each in sys.path)  # noqa: PTH109 - as Python says it
        self._process = subprocess.Popen(
            [sys.executable, *(f"-W{each}" for each in sys.warnoptions), "-P", "-c", BEGIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": path},
            process_group=0,
        )
        self._has: dict[bytes, weakref.ref[Kept]] = {}  # what it keeps

    def do(self, words: bytes, handles: Iterable[Kept]) -> bytes:
        """Its answer; raises EOFError or OSError if it dies."""
        told, answers = self._process.stdin, self._process.stdout
        assert told is not None and answers is not None
        for handle in handles:
            if handle.number not in self._has:
                send(told, b"K", handle.number, handle.content)
            self._has[handle.number] = weakref.ref(handle)
        for number in [number for number, handle in self._has.items() if handle() is None]:
            send(told, b"F", number)
            del self._has[number]
        send(told, b"D", words)
        return receive(answers)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def end(self) -> str:
        """End it, if it has not ended, and say how it has."""
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdout.close()
        with suppress(OSError):  # what it was not told
            process.stdin.close()
        code = process.wait()  # without its standard input it ends
        return f"the last by {signal.Signals(-code).name}" if code < 0 else f"the last with exit code {code}"
