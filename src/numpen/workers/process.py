"""A worker process from the inside: what it is told through a pipe, does, and answers.

Messages are bytes behind their length. To a worker: K, a number and a value to keep under it; F and the number, to
forget it; D and a function with its arguments, to be done and answered.
"""

import io
import os
import pickle
import threading
import traceback
import uuid
from collections.abc import Callable
from queue import SimpleQueue
from typing import IO, Any

from numpen.errors import WorkersError


class Handle:
    """Stands, among the arguments of a task, for a value that workers keep."""

    def __init__(self, number: bytes) -> None:
        self.number = number  # 16 bytes, like no other's in the world


class Kept(Handle):
    """A handle with the value, pickled."""

    def __init__(self, value: Any) -> None:
        super().__init__(uuid.uuid4().bytes)
        self.content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def packed(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bytes, list[Any]]:
    """What a worker is sent of a task, and the handles in it; raises what pickle raises for what cannot be sent."""
    file = io.BytesIO()
    packer = _Packer(file, pickle.HIGHEST_PROTOCOL)
    packer.dump((function, arguments))
    return file.getvalue(), packer.handles


def opened(answer: bytes) -> Any:
    """What the function returned; what it raised is raised."""
    went_well, value = pickle.loads(answer)
    if not went_well:
        raise value
    return value


def send(file: IO[bytes], *parts: bytes) -> None:
    """Send a message; raises OSError if nobody is there to read it."""
    file.write(sum(map(len, parts)).to_bytes(8, "little"))
    for part in parts:
        file.write(part)
    file.flush()


def receive(file: IO[bytes]) -> bytes:
    """Wait for a message; raises EOFError if the other end is gone."""
    length = int.from_bytes(_read(file, 8), "little")
    return _read(file, length)


def main() -> None:
    """Do what one is told until who has started this process is gone; then end at once, in the middle of a task."""
    told, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull) as nothing:  # noqa: PTH123 - what a task reads and prints is not part of the talk
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    messages = SimpleQueue[bytes]()
    threading.Thread(target=_listen, args=(told, messages), daemon=True).start()
    contents: dict[bytes, bytes] = {}
    values: dict[bytes, Any] = {}
    while True:
        message = messages.get()
        what, number = message[:1], message[1:17]
        if what == b"K":
            contents[number] = message[17:]
        elif what == b"F":
            contents.pop(number, None)
            values.pop(number, None)
        else:
            send(answers, _answer(message, contents, values))


def _listen(told: IO[bytes], messages: "SimpleQueue[bytes]") -> None:
    try:
        while True:
            messages.put(receive(told))
    except (EOFError, OSError):
        os._exit(0)


def _read(file: IO[bytes], length: int) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise EOFError
    return content


def _answer(message: bytes, contents: dict[bytes, bytes], values: dict[bytes, Any]) -> bytes:
    try:
        function, arguments = _Opener(io.BytesIO(message[1:]), contents, values).load()
        return pickle.dumps((True, function(*arguments)), pickle.HIGHEST_PROTOCOL)
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


class _Packer(pickle.Pickler):
    def __init__(self, file: IO[bytes], protocol: int) -> None:
        super().__init__(file, protocol)
        self.handles: list[Handle] = []

    def persistent_id(self, thing: Any) -> bytes | None:
        """The number of a handle, in its place."""
        if not isinstance(thing, Handle):
            return None
        self.handles.append(thing)
        return thing.number


class _Opener(pickle.Unpickler):
    def __init__(self, file: IO[bytes], contents: dict[bytes, bytes], values: dict[bytes, Any]) -> None:
        super().__init__(file)
        self.contents, self.values = contents, values

    def persistent_load(self, number: bytes) -> Any:
        """The value that is kept under the number, unpickled once."""
        if number not in self.values:
            self.values[number] = pickle.loads(self.contents[number])
            del self.contents[number]
        return self.values[number]
