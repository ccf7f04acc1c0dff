"""A run's process leaves the machine to whoever draws."""

import os
import time
from dataclasses import replace
from typing import Any

import pytest

from numpen.lab.runs import Run
from numpen.training.recipe import load_recipe


def _nobody(run: Run, said: dict[str, Any]) -> None:
    """Who is told what a run says, and does not listen."""


@pytest.mark.skipif(not hasattr(os, "nice"), reason="there is no priority to give up")
def test_a_run_stands_behind_the_lab() -> None:
    run, ours = Run("run-1", replace(load_recipe("fast"), validation=1000), None, _nobody), _priority(0)
    try:
        deadline = time.monotonic() + 60
        while _priority(run.process.pid or 0) == ours and run.process.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert _priority(run.process.pid or 0) == min(ours + 10, 19)
    finally:
        run.process.kill()


def _priority(process: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, process)
