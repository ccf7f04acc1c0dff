"""How much memory a piece of Python takes at its worst, measured in a process of its own; on Linux only."""

import subprocess
import sys

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak on Linux only")

# the peak of this program itself: what `resource` tells includes the parent's, which was there before
MEASURED = """
import sys, time
def status(name):
    for line in open("/proc/self/status"):
        if line.startswith(name):
            return int(line.split()[1]) * 1024
{setup}
before, began = status("VmRSS"), time.process_time()
{program}
print(status("VmHWM") - before, time.process_time() - began)
"""


def growth(setup: str, program: str, *arguments: object) -> tuple[float, float]:
    """The megabytes by which a program grows at its worst beyond what its setup takes, and its seconds of work."""
    script = MEASURED.format(setup=setup, program=program)
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    size, seconds = done.stdout.split()
    return int(size) / 1e6, float(seconds)
