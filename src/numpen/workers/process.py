"""What a worker process does, from its first message to its last."""

import pickle
import signal
import traceback
from multiprocessing.connection import Connection
from typing import Any

from numpen.errors import WorkersError


class Kept:
    """A handle: it stands for a value that the worker keeps under its number."""

    def __init__(self, number: int) -> None:
        self.number = number


def work(connection: "Connection[Any, Any]") -> None:
    """Do what comes through the connection until its other end is gone.

    Messages come in pairs: a number, and the value to keep under it, or nothing, to forget it; or None, and a
    function with its arguments. These are answered by (True, what it returned) or (False, what it raised).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits
    packed: dict[int, bytes] = {}
    values: dict[int, Any] = {}
    try:
        while True:
            number, content = pickle.loads(connection.recv_bytes()), connection.recv_bytes()
            if number is None:
                connection.send_bytes(_answer(content, packed, values))
            elif content:
                packed[number] = content  # unpickled later, where what that raises is an answer
            else:
                packed.pop(number, None)
                values.pop(number, None)
    except (EOFError, OSError):  # who has started it is gone
        return


def _answer(words: bytes, packed: dict[int, bytes], values: dict[int, Any]) -> bytes:
    try:
        function, arguments = pickle.loads(words)
        for number in [each.number for each in arguments if isinstance(each, Kept)]:
            if number not in values:
                values[number] = pickle.loads(packed[number])
                del packed[number]
        told = [values[each.number] if isinstance(each, Kept) else each for each in arguments]
        return pickle.dumps((True, function(*told)), pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # a worker has nobody else to tell
        return _failure(error)


def _failure(error: BaseException) -> bytes:
    """The error with where it came from as a note; one that cannot be sent is told of."""
    error.add_note(f"in a worker:\n{''.join(traceback.format_exception(error))}")
    try:
        words = pickle.dumps((False, error))
        pickle.loads(words)
    except Exception:
        return pickle.dumps((False, WorkersError(f"expected an error that can be sent, got {error!r} in a worker")))
    return words
