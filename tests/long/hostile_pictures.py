"""A thousand pictures that are damaged, lie or are meant to do harm: each is read, or refused in one line, and soon.

    python -m tests.long.hostile_pictures --pictures 1000 --seed 0

Each is asked about twice, as one digit and as a page, by a process of its own, forked from one that has a reader; its
seconds are those of the processor, its memory is what a process that read nothing else would have at most.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from numpen.errors import PictureError
from numpen.reading.reader import Reader
from tests.reading.hostile import absurd, made, mutated

SECONDS, MEMORY = 1.0, 150.0  # of the processor; MB


@dataclass(frozen=True)
class Outcome:
    """What came of a picture."""

    name: str
    said: str  # "" if it was read, else the line that refuses it
    seconds: float
    memory: float  # MB

    @property
    def fault(self) -> str | None:
        """What is wrong with it, whatever it took."""
        if self.said and (not self.said.startswith("expected ") or "\n" in self.said):
            return f"{self.name}: said {self.said!r}"
        return f"{self.name}: took {self.memory:.0f} MB" if self.memory > MEMORY else None


def all_of(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many: those made by hand, then altered ones."""
    by_hand = made() | absurd()
    yield from islice(by_hand.items(), count)
    yield from mutated(max(0, count - len(by_hand)), seed)


def ready() -> tuple[Reader, float]:
    """A reader that has read, so that what it needs is loaded, and the memory that this takes."""
    reader = Reader()
    sheet = np.full((60, 40), 230, np.uint8)
    sheet[8:52, 18:24] = 20
    reader.read(sheet)
    reader.read_page(sheet)
    return reader, _resident()


def outcome(reader: Reader, base: float, name: str, content: bytes) -> Outcome:
    """What a process of its own makes of a picture; `base`: MB that a process takes which has read nothing yet."""
    here, there = os.pipe()
    child = os.fork()
    if not child:
        _answer(reader, content, there, base)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        told = pipe.read().decode()
    status = os.waitpid(child, 0)[1]
    if status or not told:
        return Outcome(name, f"ended with status {status}", 0, 0)
    seconds, memory, said = told.split("|", 2)
    return Outcome(name, said, float(seconds), float(memory))


def _answer(reader: Reader, content: bytes, pipe: int, base: float) -> None:
    said, own, began = [], _resident(), time.process_time()
    for ask in (reader.read, reader.read_page):
        try:
            ask(content)
            said.append("")
        except PictureError as error:
            said.append(str(error))
        except BaseException as error:
            said.append(f"{type(error).__name__}: {error}")
    seconds = (time.process_time() - began) / 2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    line = said[0] if said[0] == said[1] else f"{said[0]!r} as a digit, {said[1]!r} as a page"
    os.write(pipe, f"{seconds}|{base + peak - own}|{line}".encode())
    os._exit(0)


def _resident() -> float:
    """MB of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    reader, base = ready()
    outcomes = [outcome(reader, base, *each) for each in all_of(arguments.pictures, arguments.seed)]
    slow = [f"{each.name}: took {each.seconds:.2f} s" for each in outcomes if each.seconds > SECONDS]
    faults = [each.fault for each in outcomes if each.fault] + slow
    print(f"{len(outcomes)} pictures, {sum(not each.said for each in outcomes)} read, the others refused in one line")
    for what, unit in (("seconds", "s"), ("memory", "MB")):
        worst = max(outcomes, key=lambda each: getattr(each, what))
        print(f"most {what}: {getattr(worst, what):.2f} {unit} ({worst.name})")
    print("\n".join(faults) or "no fault")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
