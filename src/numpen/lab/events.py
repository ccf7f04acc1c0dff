"""What happens in the lab, in order and with a number each, for as many open pages as listen.

A page that was away for a while says what it saw last and gets what it missed, nothing twice; one that was away for
too long, or saw another lab, is told that it has lost some, and asks anew. Nobody has a queue of their own: a page
that never reads holds no memory here.
"""

import asyncio
import json
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

KEPT = 4_000  # events, minutes of a quick run; a page that was away for longer asks for the runs anew
HEARTBEAT = 10.0  # seconds
LOST = b"event: lost\ndata: {}\n\n"  # some events are no longer here


class Events:
    """The events of one lab. `publish` may be called from any thread."""

    def __init__(self) -> None:
        self.session = secrets.token_hex(4)  # another lab on this port counts anew
        self.kept: deque[str] = deque(maxlen=KEPT)
        self.count, self.ended = 0, False
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def listeners(self) -> int:
        """How many pages are waiting."""
        return len(self._listeners)

    @property
    def place(self) -> str:
        """Where the next event will stand: what a page says that has seen all."""
        return f"{self.session}-{self.count}"

    def publish(self, event: dict[str, Any]) -> None:
        """Tell every page."""
        text = json.dumps(event)
        with self._lock:
            self.kept.append(text)
            self.count += 1
        self._wake()

    def end(self) -> None:
        """Let every stream end."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        for wake, loop in list(self._listeners.items()):
            loop.call_soon_threadsafe(wake.set)

    def _after(self, place: int) -> tuple[int, str] | None:
        """The first event behind a place that is kept, with its number; None: that is all."""
        with self._lock:
            first = self.count - len(self.kept)
            number = max(place, first)
            return (number + 1, self.kept[number - first]) if number < self.count else None

    async def stream(self, place: str) -> AsyncIterator[bytes]:
        """Events as text/event-stream, from a place on; a place of another session, or none, is the present."""
        session, _, number = place.partition("-")
        known = session == self.session and number.isdigit() and len(number) < 12
        after = min(int(number), self.count) if known else self.count
        wake = asyncio.Event()
        self._listeners[wake] = asyncio.get_running_loop()
        try:
            yield b"retry: 1000\n\n"
            if place and not known:
                yield LOST
            while not self.ended:
                wake.clear()
                while found := self._after(after):
                    if found[0] > after + 1:
                        yield LOST
                    after, text = found
                    yield f"id: {self.session}-{after}\ndata: {text}\n\n".encode()
                    await asyncio.sleep(0)  # a write never waits for a fast page: let the server see that one has left
                try:
                    await asyncio.wait_for(wake.wait(), HEARTBEAT)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            del self._listeners[wake]
