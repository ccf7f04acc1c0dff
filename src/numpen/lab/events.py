"""What happens in the lab, in order and with a number each, for as many open pages as listen.

A page that was away for a while says what it saw last and gets what it missed, nothing twice. Nobody has a queue of
their own: a page that never reads holds no memory here.
"""

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

KEPT = 20_000  # events; a page that was away for longer loads the runs anew
HEARTBEAT = 10.0  # seconds


class Events:
    """The events of one lab. `publish` may be called from any thread."""

    def __init__(self) -> None:
        self.session = secrets.token_hex(4)  # another lab on this port counts anew
        self.kept: deque[str] = deque(maxlen=KEPT)
        self.count, self.ended = 0, False
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
        self.kept.append(json.dumps(event))
        self.count += 1
        self._wake()

    def end(self) -> None:
        """Let every stream end."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        for wake, loop in list(self._listeners.items()):
            loop.call_soon_threadsafe(wake.set)

    async def stream(self, place: str) -> AsyncIterator[bytes]:
        """Events as text/event-stream, from a place on; a place of another session is the present."""
        session, _, number = place.partition("-")
        known = session == self.session and number.isdigit() and len(number) < 12
        after = min(int(number), self.count) if known else self.count
        wake = asyncio.Event()
        self._listeners[wake] = asyncio.get_running_loop()
        try:
            yield b"retry: 1000\n\n"
            while not self.ended:
                wake.clear()
                while after < self.count:
                    after = max(after, self.count - len(self.kept))
                    text = self.kept[after - (self.count - len(self.kept))]
                    after += 1
                    yield f"id: {self.session}-{after}\ndata: {text}\n\n".encode()
                try:
                    await asyncio.wait_for(wake.wait(), HEARTBEAT)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            del self._listeners[wake]
