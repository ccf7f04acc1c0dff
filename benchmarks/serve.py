"""The other end of a worker: a job's name comes in on a line, the answer goes out on a line, in JSON."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any


def serve(jobs: Mapping[str, Callable[[], Any]]) -> None:
    """Answer jobs until the input ends."""
    for line in sys.stdin:
        print(json.dumps(jobs[line.strip()]()), flush=True)


def mean_time(call: Callable[[], Any], times: int) -> float:
    """Seconds of a call, the mean of so many."""
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times
