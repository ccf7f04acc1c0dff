"""The other end of a worker: the job's name comes in on a line, the answer goes out on a line, in JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any


def serve(jobs: Mapping[str, Callable[[], Any]]) -> None:
    """Answer jobs until the input ends."""
    for line in sys.stdin:
        print(json.dumps(jobs[line.strip()]()), flush=True)
