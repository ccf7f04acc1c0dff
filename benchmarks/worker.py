"""Two runtimes, two processes: a worker keeps its data and its threads, and does a job whenever it is asked."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.harness import PEERS, ROOT, Candidate


class Worker:
    """A module that calls `serve` (see serve.py), running in a process of its own."""

    def __init__(self, module: str, *arguments: str | Path) -> None:
        python = PEERS if module == "peers.torch_worker" else sys.executable
        command = [python, "-m", f"benchmarks.{module}", *map(str, arguments)]
        self.module = module
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT
        )

    def ask(self, job: str) -> Any:
        """The answer to a job; raises RuntimeError if the worker has died of it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{job}\n")
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"expected {self.module} to answer {job}, got nothing: see its last words above")
        return json.loads(answer)

    def timed(self, job: str) -> Candidate[float]:
        """The job as a candidate that can take turns with others."""
        return lambda number: float(self.ask(job))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate()  # the end of its input ends a worker
