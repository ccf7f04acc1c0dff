"""Another library's network behind numpen's `predict`: a process that is asked over a pipe."""

import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import ENVIRONMENT, ROOT


class PipedModel:
    """A program that calls `answer` (see peers/answers.py), running until the `with` ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=ENVIRONMENT
        )

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The digit of each image (N, 28, 28); raises RuntimeError if the program has died."""
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(len(images).to_bytes(4, "little") + images.tobytes())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has died, and has nothing to answer
        answers = self.process.stdout.read(len(images))
        if len(answers) < len(images):
            raise RuntimeError(f"expected answers from {' '.join(self.command)}, got none: see its last words above")
        return np.frombuffer(answers, np.uint8)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate()  # the end of its input ends it
