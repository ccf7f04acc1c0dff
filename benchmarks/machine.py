"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpen
from benchmarks.harness import MNIST, ROOT, peer
from benchmarks.worker import Worker


def facts() -> dict[str, str]:
    """The machine and numpen's own library, each in a few words."""
    with Worker("numpen_worker", "large") as ours:
        blas = ours.ask("facts")
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "numpen": f"{numpen.__version__}, commit {_commit()}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}, {_memory():.1f} GB of memory",
        "Python": platform.python_version(),
        "NumPy": str(blas),
        "load before": load(),
    }


def peers() -> dict[str, str]:
    """The libraries that numpen is compared with."""
    with Worker("peers.torch_worker", "large", MNIST) as theirs:
        torch = theirs.ask("facts")
    return {
        "PyTorch": str(torch),
        "scikit-learn": peer("-c", "import sklearn; print(sklearn.__version__)").output.strip(),
    }


def load() -> str:
    """How many programs wanted to run."""
    one, five, fifteen = os.getloadavg()
    return f"{one:.2f} in the last minute, {five:.2f} in 5, {fifteen:.2f} in 15"


def _processor() -> str:
    listed = Path("/proc/cpuinfo")  # where there is one
    for line in listed.read_text().splitlines() if listed.exists() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _commit() -> str:
    words = ("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
