"""Many pictures: on all cores, answers in order as they come; a bad picture is an answer too, not the end.

A worker process has a reader of its own. If one dies, of a picture that the system's libraries cannot bear,
the pictures it had are read again one by one, and the one that kills its worker again is a bad picture.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from numpen.errors import PictureError
from numpen.models.model import Model
from numpen.pictures.decode import Picture
from numpen.reading.answers import THRESHOLD
from numpen.reading.reader import Reader

TOGETHER = 16  # pictures that a worker takes at a time
AHEAD = 4  # such handfuls for each worker, that wait or are worked on
FEW = 32  # pictures, that are read before new processes would be ready

Row = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """What to ask of each picture: one digit, or with `pages` lines of digits; by the model in a file."""

    pages: bool = False
    model_file: Path | None = None
    threshold: float = THRESHOLD

    def reader(self) -> Reader:
        """A reader for it; raises ModelFileError."""
        return Reader(Model.load(self.model_file) if self.model_file else None, self.threshold)


def answer_to(reader: Reader, picture: Picture, name: str, *, pages: bool) -> Row:
    """The row of a picture, as `numpen predict --json` and `numpen read --json` print it."""
    try:
        if pages:
            return {"path": name, **reader.read_page(picture).as_dict(), "error": None}
        return {"path": name, **reader.read(picture).as_dict(), "error": None}
    except PictureError as error:
        return _failed(name, str(error), pages=pages)
    except MemoryError:
        return _failed(name, f"expected a picture that fits into memory, got {name}", pages=pages)


def read_many(paths: Iterable[str], task: Task, workers: int | None = None) -> Iterator[Row]:
    """The rows of many picture files, in their order, as soon as they are there.

    `workers`: processes, all cores by default; few pictures are read without. Raises ModelFileError.
    """
    workers = workers or os.cpu_count() or 1
    waiting = iter(paths)
    first = list(islice(waiting, FEW)) if workers > 1 else waiting
    reader = task.reader()
    for path in first:
        yield answer_to(reader, path, path, pages=task.pages)
    if workers > 1:
        yield from _by_workers(waiting, task, workers)


def _by_workers(paths: Iterator[str], task: Task, workers: int) -> Iterator[Row]:
    handfuls = iter(lambda: tuple(islice(paths, TOGETHER)), ())
    pool: ProcessPoolExecutor | None = None
    pending: deque[tuple[tuple[str, ...], Future[list[Row]]]] = deque()
    try:
        while True:
            while len(pending) < AHEAD * workers and (handful := next(handfuls, None)):
                pool = pool or _pool(task, workers)
                pending.append((handful, _submit(pool, handful)))
            if not pending:
                return
            handful, answers = pending.popleft()
            try:
                yield from answers.result()
            except BrokenProcessPool:
                pool = None
                again = [handful, *(each for each, _ in pending)]
                pending.clear()
                yield from _one_by_one(again, task)
    finally:
        if pool:
            pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, handful: tuple[str, ...]) -> "Future[list[Row]]":
    try:
        return pool.submit(_answers, handful)
    except BrokenProcessPool as error:
        broken: Future[list[Row]] = Future()
        broken.set_exception(error)
        return broken


def _one_by_one(handfuls: Iterable[tuple[str, ...]], task: Task) -> Iterator[Row]:
    for path in (path for handful in handfuls for path in handful):
        with _pool(task, 1) as pool:
            try:
                yield from pool.submit(_answers, (path,)).result()
            except BrokenProcessPool:
                yield _failed(path, f"expected a sound picture, got {path}, which ends what reads it", pages=task.pages)


def _pool(task: Task, workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, initializer=_begin, initargs=(task,))


_worker: tuple[Reader, Task]  # of this process


def _begin(task: Task) -> None:
    global _worker
    _worker = task.reader(), task


def _answers(paths: tuple[str, ...]) -> list[Row]:
    reader, task = _worker
    return [answer_to(reader, path, path, pages=task.pages) for path in paths]


def _failed(name: str, reason: str, *, pages: bool) -> Row:
    if pages:
        return {"path": name, "text": "", "lines": [], "error": reason}
    nothing = {"digit": None, "confidence": 0.0, "probabilities": [0.0] * 10, "accepted": False}
    return {"path": name, **nothing, "reason": reason, "digitness": 0.0, "error": reason}
