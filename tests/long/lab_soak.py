"""The lab for as long as a lesson takes: memory stays flat, and no event is lost or comes twice.

    python -m tests.long.lab_soak --minutes 60

A network trains all the while. Of two pages one listens from beginning to end; the other loses its connection every few
seconds, comes back and says what it saw last. Both ask about a drawing five times a second.
"""

import argparse
import json
import random
import re
import threading
import time
from dataclasses import dataclass, field

import httpx

from tests.lab.conftest import Served, start, stop
from tests.lab.strangers import family, resident
from tests.long.lab_crowd import ANSWER, BOARD

RECIPE = {"recipe": "fast", "changes": {"layers": "784-32-10", "epochs": 1_000_000}}
STEEPEST = 1.0  # MB a minute


@dataclass
class Page:
    """What an open page has heard."""

    lab: Served
    place: str
    breaks: float  # seconds after which its connection breaks at the latest; 0: never
    numbers: list[int] = field(default_factory=list)  # of events
    moments: list[int] = field(default_factory=list)  # of the run
    connections: int = 0
    told_of_losses: int = 0

    def listen(self, end: float) -> None:
        """Hear events until the time is over."""
        rng = random.Random(self.place)
        while time.monotonic() < end:
            until = min(end, time.monotonic() + rng.uniform(0.2, self.breaks)) if self.breaks else end
            self.connections += 1
            headers = {"last-event-id": self.place}
            with httpx.stream("GET", f"{self.lab.address}/api/events", headers=headers, timeout=60) as stream:
                self._hear(stream, until)
            time.sleep(rng.uniform(0, 1) if self.breaks else 0)

    def _hear(self, stream: httpx.Response, until: float) -> None:
        text = ""
        for part in stream.iter_text():
            text += part
            *whole, text = text.split("\n\n")
            for event in whole:
                self._take(event)
            if time.monotonic() >= until:
                return

    def _take(self, event: str) -> None:
        self.told_of_losses += event.startswith("event: lost")
        found = re.match(r"id: (\w+-(\d+))\ndata: (.*)", event)
        if found:
            self.place = found[1]
            self.numbers.append(int(found[2]))
            told = json.loads(found[3])
            if told["kind"] == "moment":
                self.moments.append(told["moment"]["number"])

    def faults(self) -> list[str]:
        """What it should have heard and has not, or has heard twice."""
        found = []
        for name, heard in (("events", self.numbers), ("moments", self.moments)):
            if heard != list(range(heard[0], heard[0] + len(heard))):
                found.append(f"{name} are lost or doubled")
        if self.told_of_losses:
            found.append(f"{self.told_of_losses} times told of losses")
        return found


def ask(lab: Served, end: float, took: list[float]) -> None:
    """Ask about a drawing five times a second; who was late once catches up."""
    due = time.monotonic()
    with httpx.Client(timeout=30) as page:
        while time.monotonic() < end:
            began = time.perf_counter()
            answer = page.post(lab.address + ANSWER, headers=lab.ours("application/octet-stream"), content=BOARD)
            answer.raise_for_status()
            took.append(time.perf_counter() - began)
            due += 0.2
            time.sleep(max(0.0, due - time.monotonic()))


def soak(lab: Served, minutes: float) -> tuple[list[Page], list[tuple[float, float]], list[float]]:
    """Run all of it; the pages, (minute, MB) of memory, and how long each answer took."""
    place = httpx.get(f"{lab.address}/api/runs").json()["place"]
    httpx.post(f"{lab.address}/api/runs", headers=lab.ours(), json=RECIPE, timeout=60).raise_for_status()
    while not httpx.get(f"{lab.address}/api/runs").json()["runs"][-1]["moments"]:
        time.sleep(0.1)
    began, took = time.monotonic(), list[float]()
    end = began + 60 * minutes
    pages = [Page(lab, place, breaks=0), Page(lab, place, breaks=min(8.0, 20 * minutes))]
    threads = [threading.Thread(target=page.listen, args=(end,), daemon=True) for page in pages]
    threads += [threading.Thread(target=ask, args=(lab, end, took), daemon=True) for _ in pages]
    for each in threads:
        each.start()
    memory = []
    while time.monotonic() < end:
        time.sleep(min(2.0, max(0.0, end - time.monotonic())))
        memory.append(((time.monotonic() - began) / 60, sum(map(resident, family(lab.process.pid))) / 1e6))
    for each in threads:
        each.join(60)
        assert not each.is_alive()
    return pages, memory, took


def climb(memory: list[tuple[float, float]]) -> float:
    """By how many MB a minute the peak of the last quarter is above the second one's, when what is kept is full."""
    last = memory[-1][0]
    quarters = [max(mb for minute, mb in memory if n <= 4 * minute / last <= n + 1) for n in range(4)]
    return (quarters[3] - quarters[1]) / (last / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    arguments = parser.parse_args()
    lab = start()
    pages, memory, took = soak(lab, arguments.minutes)
    said, slope = stop(lab), climb(memory)
    faults = [fault for page in pages for fault in page.faults()]
    for page in pages:
        print(f"{len(page.numbers):,} events, {len(page.moments):,} moments over {page.connections} connections")
    print(f"{len(took):,} drawings asked about, {1000 * sorted(took)[len(took) // 2]:.0f} ms each at the median")
    print(f"memory {memory[0][1]:.0f} MB at first, {memory[-1][1]:.0f} MB at last, climbing {slope:+.2f} MB a minute")
    print(f"faults: {', '.join(faults) or 'none'}; the lab said {said!r}")
    raise SystemExit(bool(faults or said or slope > STEEPEST))


if __name__ == "__main__":
    main()
