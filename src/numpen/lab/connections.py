"""Connections with deadlines: nobody keeps the lab waiting by sending a request a byte at a time.

Uvicorn limits how long an idle connection is kept and how large a header is, but not how long a header may take.
"""

import asyncio
import logging
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from numpen.lab.gate import LONGEST_BODY, LONGEST_FAREWELL, RAW_HEADERS

LONGEST_HEADER = 10.0  # seconds until a request has to be complete in its head
LONGEST_REQUEST = LONGEST_BODY + LONGEST_FAREWELL + 1  # from there until it has to be complete; the gate is sooner
LONGEST_STALL = 30.0  # seconds for which somebody may read nothing of what is written
MOST_CONNECTIONS = 64


class Connection(H11Protocol):
    """Uvicorn's connection that is closed if no whole request comes, the oldest first if there are too many.

    So is one to whom nothing more can be written for a long time.
    """

    deadline: asyncio.TimerHandle | None = None
    stall: asyncio.TimerHandle | None = None
    has_head = False  # of the request that the deadline is for

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
        self.expect_within(LONGEST_HEADER)

    def data_received(self, data: bytes) -> None:
        """Take what comes; a request that is there has met the deadline, one whose head is there has another."""
        if self.conn.their_state is h11.IDLE and self.deadline is None:
            self.expect_within(LONGEST_HEADER)
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # bytes behind a refusal that has been sent
            self.transport.abort()
        if self.conn.their_state is h11.SEND_BODY and not self.has_head:
            self.has_head = True
            self.expect_within(LONGEST_REQUEST)
        elif self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self.forget_the_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        self.forget_the_deadline()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Nobody reads: wait, but not for ever."""
        super().pause_writing()
        self.stall = self.loop.call_later(LONGEST_STALL, self.transport.abort)

    def resume_writing(self) -> None:
        """Somebody reads again, or is gone."""
        if self.stall is not None:
            self.stall.cancel()
            self.stall = None
        super().resume_writing()

    def expect_within(self, seconds: float) -> None:
        """Close the connection unless a request, or at first its head, is there in time."""
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = self.loop.call_later(seconds, self.give_up)

    def forget_the_deadline(self) -> None:
        """The request is there, or nobody waits for it any more."""
        self.has_head = False
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
