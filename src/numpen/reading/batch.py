"""Many pictures by many workers: answers in order as they come; a bad picture is an answer too, not the end.

A worker loads the model once, and takes a handful of pictures at a time, which it reads together. If two workers die
of a handful, of a picture that the system's libraries cannot bear, its pictures are read one by one, and the one that
kills again is a bad picture.

To workers on this machine pictures go by their paths, to those of a cluster as bytes: another machine has other
files under the same path, or none, and what is read shall be what is seen from here.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any

from numpen.errors import PictureError, WorkerDied
from numpen.models import modelfile
from numpen.models.model import Model
from numpen.pictures.decode import Colours, Picture, PictureFile, picture_file
from numpen.reading.answers import THRESHOLD, Page, Reading
from numpen.reading.reader import Reader, decode_one_digit
from numpen.workers import crew as crews
from numpen.workers.crew import Crew, Tls
from numpen.workers.local import cores

TOGETHER = 16  # pictures that a worker takes at a time
MOST_BYTES = 2_000_000  # of a handful that is sent, unless a single picture has more
AHEAD = 4  # such handfuls for each worker, that wait or are worked on
FEW = 32  # pictures, that are read before new processes would be ready

Row = dict[str, Any]
Given = str | PictureFile | Row  # a path, a file that was read here, or the row of one that could not be


@dataclass(frozen=True)
class Task:
    """What to ask of each picture: one digit, or with `pages` lines of digits; by the model in a file."""

    pages: bool = False
    model_file: Path | None = None
    threshold: float = THRESHOLD

    def reader(self) -> Reader:
        """A reader for it; raises ModelFileError."""
        return Reader(Model.load(self.model_file) if self.model_file else None, self.threshold)


class Desk:
    """Where a worker reads: the task, with the model itself in place of its file, and a reader made once."""

    def __init__(self, task: Task) -> None:
        """Raises ModelFileError."""
        task.reader()
        self.pages, self.threshold = task.pages, task.threshold
        self.model = modelfile.MODEL.read(task.model_file) if task.model_file else None

    @cached_property
    def reader(self) -> Reader:
        """The reader of this worker."""
        model = Model(*modelfile.from_bytes(self.model, "the model")) if self.model else None
        return Reader(model, self.threshold)

    def row(self, given: Given) -> Row:
        """The row of a picture."""
        if isinstance(given, dict):
            return given
        return answer_to(self.reader, given, _name(given), pages=self.pages)

    def rows(self, handful: Sequence[Given]) -> list[Row]:
        """The rows of some pictures; those of one digit each are read together, which is quicker."""
        if not self.pages:
            with suppress(MemoryError):  # one by one they may fit
                return _together(self.reader, handful)
        return [self.row(given) for given in handful]


def answer_to(reader: Reader, picture: Picture, name: str, *, pages: bool) -> Row:
    """The row of a picture, as `numpen predict --json` and `numpen read --json` print it."""
    try:
        if pages:
            return _found(name, reader.read_page(picture))
        return _found(name, reader.read(picture))
    except PictureError as error:
        return _failed(name, str(error), pages=pages)
    except MemoryError:
        return _failed(name, f"expected a picture that fits into memory, got {name}", pages=pages)


def _together(reader: Reader, handful: Sequence[Given]) -> list[Row]:
    decoded = [given if isinstance(given, dict) else _decoded(given) for given in handful]
    readings = iter(reader.read_together([each for each in decoded if not isinstance(each, dict)]))
    return [
        each if isinstance(each, dict) else _found(_name(given), next(readings))
        for given, each in zip(handful, decoded, strict=True)
    ]


def _decoded(given: str | PictureFile) -> Colours | Row:
    """A picture of one digit, ready to be read, or the row of one that cannot be."""
    try:
        return decode_one_digit(given)
    except PictureError as error:
        return _failed(_name(given), str(error), pages=False)


def read_many(
    paths: Iterable[str],
    task: Task,
    workers: int | None = None,
    cluster: str | None = None,
    tls: Tls | None = None,
) -> Iterator[Row]:
    """The rows of many picture files, in their order, as soon as they are there.

    `workers`: processes, all cores by default; few pictures are read without. `cluster`: the address of a Dask
    cluster that reads them all, with the same answers. Raises ModelFileError, and WorkersError.
    """
    desk, waiting = Desk(task), iter(paths)
    if cluster:
        with crews.open_crew(cluster=cluster, tls=tls) as crew:
            yield from _by_workers(crew, desk, [], (_brought(path, pages=task.pages) for path in waiting))
        return
    here = list(islice(waiting, FEW))
    more = list(islice(waiting, 1))
    workers = workers or cores()
    if workers == 1 or not more:
        yield from map(desk.row, here)
        for handful in _handfuls(chain(more, waiting)):
            yield from desk.rows(handful)
        return
    with crews.open_crew(workers) as crew:
        yield from _by_workers(crew, desk, here, chain(more, waiting))


def _by_workers(crew: Crew, desk: Desk, here: list[str], there: Iterable[Given]) -> Iterator[Row]:
    """The rows of the pictures that are read right here, while workers begin with those that they read."""
    handle, handfuls = crew.scatter(desk), _handfuls(there)
    pending: deque[tuple[list[Given], crews.Task]] = deque()
    while True:
        while len(pending) < AHEAD * crew.size and (handful := next(handfuls, None)):
            pending.append((handful, crew.submit(_rows, handle, handful)))
        for few in _handfuls(here):
            yield from desk.rows(few)
        here = []
        if not pending:
            return
        handful, rows = pending.popleft()
        try:
            yield from rows.result()
        except WorkerDied:
            yield from _one_by_one(crew, handle, handful, pages=desk.pages)


def _one_by_one(crew: Crew, handle: Any, handful: list[Given], *, pages: bool) -> Iterator[Row]:
    tasks = [crew.submit(_rows, handle, [given]) for given in handful]
    for given, task in zip(handful, tasks, strict=True):
        try:
            yield from task.result()
        except WorkerDied:
            name = _name(given)
            yield _failed(name, f"expected a sound picture, got {name}, which ends what reads it", pages=pages)


def _handfuls(pictures: Iterable[Given]) -> Iterator[list[Given]]:
    """So many pictures at a time, or fewer where they are large."""
    handful: list[Given] = []
    size = 0
    for given in pictures:
        more = len(given.content) if isinstance(given, PictureFile) else 0
        if handful and (len(handful) == TOGETHER or size + more > MOST_BYTES):
            yield handful
            handful, size = [], 0
        handful.append(given)
        size += more
    if handful:
        yield handful


def _brought(path: str, *, pages: bool) -> Given:
    """A file as it is sent, or the row of one that cannot be read."""
    try:
        return picture_file(path)
    except PictureError as error:
        return _failed(path, str(error), pages=pages)


def _rows(desk: Desk, handful: list[Given]) -> list[Row]:
    return desk.rows(handful)


def _name(given: Given) -> str:
    if isinstance(given, dict):
        return str(given["path"])
    return given if isinstance(given, str) else given.name


def _found(name: str, what: Reading | Page) -> Row:
    return {"path": name, **what.as_dict(), "error": None}


def _failed(name: str, reason: str, *, pages: bool) -> Row:
    if pages:
        return {"path": name, "text": "", "lines": [], "error": reason}
    nothing = {"digit": None, "confidence": 0.0, "probabilities": [0.0] * 10, "accepted": False}
    return {"path": name, **nothing, "reason": reason, "digitness": 0.0, "error": reason}
