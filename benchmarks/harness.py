"""What every benchmark stands on: runs in turn, programs with their peak memory, figures beside their targets.

A ratio comes from runs in turn (A B A B ...) on one machine, so that what disturbs one disturbs the other.
Whatever is measured runs in a process of its own. This one imports neither NumPy nor PyTorch and stays
small, because the system counts its memory as a child's until the child has become its own program.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeAlias, TypeVar

import click

import numpen

ROOT = Path(__file__).parent.parent
MNIST = Path(numpen.__file__).parent / "digits" / "data"  # gzipped IDX, which every peer can read
NUMPEN = str(Path(sys.executable).with_name("numpen"))  # the command that was installed beside this Python
# PyTorch and scikit-learn may live with another Python than numpen: each side has its own processes anyway
PEERS = os.environ.get("PEERS_PYTHON", sys.executable)
# programs find their byte code compiled, as it is wherever pip has installed something
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PAUSE = 0.05  # seconds before a run, in which the other side's idle threads stop looking for work

T = TypeVar("T")
Candidate: TypeAlias = Callable[[int], T]  # does the work of a round (0, 1, 2, ...) and says how it went


@dataclass(frozen=True)
class Row:
    """A figure and, where there is one, its target."""

    what: str
    figure: str
    target: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Benchmark:
    """A question and the function that answers it, quickly (a smoke test) or properly."""

    name: str
    question: str
    measure: Callable[[bool], list[Row]]

    def section(self, quick: bool) -> str:
        """The answer in Markdown."""
        rows = self.measure(quick)
        title = self.question.partition("\n")[0]
        return f"## {title}\n\n`python -m benchmarks.{self.name}`\n\n{table(rows)}\n"

    def main(self) -> None:
        """Answer this one question, as a program."""

        @click.command(help=self.question)
        @click.option("--quick", is_flag=True, help="Few repeats: does it run at all?")
        def command(quick: bool) -> None:
            click.echo(self.section(quick))

        command()


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | figure | target | |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.target} | {row.verdict} |" for row in rows]
    return "\n".join(lines)


def figure(what: str, value: float, unit: str = "") -> Row:
    """A figure that no target was set for."""
    return Row(what, _show(value, unit))


def at_most(what: str, value: float, limit: float, unit: str = "") -> Row:
    """A figure that shall not be above its limit."""
    return Row(what, _show(value, unit), f"≤ {limit:g} {unit}".strip(), "met" if value <= limit else "**missed**")


def at_least(what: str, value: float, limit: float, unit: str = "") -> Row:
    """A figure that shall not be below its limit."""
    return Row(what, _show(value, unit), f"≥ {limit:g} {unit}".strip(), "met" if value >= limit else "**missed**")


def spread(what: str, values: Sequence[float], unit: str) -> Row:
    """A median between the least and the most."""
    return Row(what, f"{_show(median(values), unit)} ({min(values):.4g} to {max(values):.4g})")


def ratio(what: str, ours: Sequence[float], theirs: Sequence[float], limit: float | None = None) -> Row:
    """Our time over theirs: of the medians, and the median over the rounds; the worse of the two is judged."""
    of_medians = median(ours) / median(theirs)
    of_rounds = median(a / b for a, b in zip(ours, theirs, strict=True))
    shown = f"{of_medians:.3f} (median over the rounds {of_rounds:.3f})"
    if limit is None:
        return Row(what, shown)
    return Row(what, shown, f"≤ {limit:g}", "met" if max(of_medians, of_rounds) <= limit else "**missed**")


def _show(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".strip()


def in_turn(candidates: Mapping[str, Candidate[T]], rounds: int) -> dict[str, list[T]]:
    """What each candidate says of each round; they take turns, and a first round for warming up does not count."""
    said: dict[str, list[T]] = {name: [] for name in candidates}
    for number in (0, *range(rounds)):
        for name, candidate in candidates.items():
            time.sleep(PAUSE)
            said[name].append(candidate(number))
    return {name: answers[1:] for name, answers in said.items()}


@dataclass(frozen=True)
class Run:
    """What a program that ran from start to end took and said."""

    seconds: float
    peak: float  # MB (millions of bytes) of memory
    output: str
    processor: float  # seconds of work of all cores together: other programs make it grow little


def run(*command: str | Path) -> Run:
    """Run a program; raises RuntimeError with its last words if it fails."""
    with tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT, env=ENVIRONMENT)
        assert process.stdout
        with process.stdout as pipe:
            output = pipe.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)  # else Popen would wait for it again
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(f"expected {command[0]} to succeed, got: {errors.read()[-2000:]}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Run(seconds, peak, output, usage.ru_utime + usage.ru_stime)


def peer(*arguments: str | Path) -> Run:
    """Run the Python of PyTorch and scikit-learn with these arguments."""
    return run(PEERS, *arguments)


def python(*arguments: str | Path) -> Run:
    """Run this Python with these arguments."""
    return run(sys.executable, *arguments)
