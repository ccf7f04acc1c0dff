"""A crowd at the lab's door that is slow on purpose, while the page goes on asking: is it still answered in time?

    python -m tests.long.lab_crowd --clients 200 --seconds 60

A third send the head of a request at a byte a time, a sixth a body, a third send nothing at all, and the rest open
the stream of events and never read. Prints how long an answer to a drawing takes meanwhile, and how much memory grew.
"""

import argparse
import socket
import statistics
import time
from dataclasses import dataclass

import httpx

from tests.lab.conftest import Served, start, stop
from tests.lab.strangers import head, memory

ANSWER = "/api/models/model/answer"
BOARD = bytes(336 * 150) + bytes([0] * 160 + [255] * 16 + [0] * 160) * 100 + bytes(336 * 86)  # a dash


@dataclass(frozen=True)
class Seen:
    """How the page fared."""

    asked: int
    refused: int
    seconds: list[float]
    grown: int  # bytes of memory


class Slow:
    """One of the crowd."""

    def __init__(self, lab: Served, kind: int) -> None:
        self.lab, self.kind, self.left = lab, kind, b""
        self.connection = socket.create_connection(("127.0.0.1", lab.port), timeout=15)
        if kind in (0, 1):
            self.left = head(lab, "GET", "/", x_slow="x" * 3000)
        elif kind == 2:
            self.connection.sendall(head(lab, "POST", ANSWER, content_length="100000"))
            self.left = bytes(100_000)
        elif kind == 5:
            self.connection.sendall(f"GET /api/events HTTP/1.1\r\nHost: {lab.host}\r\n\r\n".encode())

    def trickle(self) -> None:
        """Send a byte; whoever was hung up on comes again."""
        try:
            if self.left:
                self.connection.sendall(self.left[:1])
                self.left = self.left[1:]
        except OSError:
            self.connection.close()
            self.__init__(self.lab, self.kind)  # type: ignore[misc]


def crowd(lab: Served, clients: int, seconds: float) -> Seen:
    """Let the crowd come, and ask about a drawing ten times a second meanwhile."""
    slow = [Slow(lab, number % 6) for number in range(clients)]
    asked, refused, took, before, end = 0, 0, list[float](), memory(lab), time.monotonic() + seconds
    with httpx.Client(timeout=30) as page:
        while time.monotonic() < end or asked < 3:
            for each in slow[asked % 10 :: 10]:  # each of them once a second
                each.trickle()
            began = time.perf_counter()
            try:
                answer = page.post(lab.address + ANSWER, headers=lab.ours("application/octet-stream"), content=BOARD)
                refused += answer.status_code != 200
            except httpx.HTTPError:
                refused += 1
            asked += 1
            took.append(time.perf_counter() - began)
            time.sleep(max(0.0, 0.1 - took[-1]))
    grown = memory(lab) - before
    for each in slow:
        each.connection.close()
    return Seen(asked, refused, took, grown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    lab = start()
    seen = crowd(lab, arguments.clients, arguments.seconds)
    said = stop(lab)
    median, worst = statistics.median(seen.seconds), max(seen.seconds)
    print(
        f"{arguments.clients} slow clients for {arguments.seconds:g} s; {seen.asked} drawings, {seen.refused} refused"
    )
    print(f"an answer took {1000 * median:.0f} ms at the median and {1000 * worst:.0f} ms at most")
    print(f"memory grew by {seen.grown / 1e6:.1f} MB; the lab said {said!r}")
    raise SystemExit(bool(seen.refused or said))


if __name__ == "__main__":
    main()
