"""numpen as a person runs it: a process of its own, with its output and exit code."""

import subprocess
import sys
from pathlib import Path
from typing import Any

START = "import sys; sys.argv[0] = 'numpen'; from numpen.cli.main import main; main()"


def run(
    *arguments: Any, stdin: bytes = b"", cwd: Path | None = None, timeout: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run `numpen ARGUMENTS...` and wait for it."""
    command = [sys.executable, "-W", "error", "-c", START, *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, timeout=timeout, check=False)
    return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())
