"""Connections with deadlines: nobody keeps the lab waiting by sending a request a byte at a time.

Uvicorn limits how long an idle connection is kept and how large a header is, but not how long a header may take.
"""

import asyncio
import logging
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from numpen.lab.gate import RAW_HEADERS

LONGEST_HEADER = 10.0  # seconds until a request has to be complete in its head
MOST_CONNECTIONS = 64


class Connection(H11Protocol):
    """Uvicorn's connection that is closed if no request comes, the oldest first if there are too many."""

    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room if there are too many, and set the deadline."""
        waiting = [each for each in self.connections if isinstance(each, Connection) and each.deadline is not None]
        if len(self.connections) >= MOST_CONNECTIONS:
            oldest = min(waiting, key=lambda each: cast(asyncio.TimerHandle, each.deadline).when(), default=None)
            if oldest is None:
                transport.abort()
            else:
                oldest.give_up()
        super().connection_made(transport)
        self.expect_a_request()

    def data_received(self, data: bytes) -> None:
        """Take what comes; a request whose head is there has met the deadline."""
        if self.conn.their_state is h11.IDLE and self.deadline is None:
            self.expect_a_request()
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # bytes behind a refusal that has been sent
            self.transport.abort()
        if self.conn.their_state is not h11.IDLE:
            self.forget_the_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self.forget_the_deadline()
        super().connection_lost(exc)

    def expect_a_request(self) -> None:
        """Close the connection unless the head of a request is there in time."""
        self.deadline = self.loop.call_later(LONGEST_HEADER, self.give_up)

    def forget_the_deadline(self) -> None:
        """The request is there, or nobody waits for it any more."""
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def give_up(self) -> None:
        """Close a connection on which no request has come."""
        self.forget_the_deadline()
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, with the headers that every answer has."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        headers: Any = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *RAW_HEADERS]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(msg.encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
