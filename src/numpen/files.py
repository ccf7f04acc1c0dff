"""A file is either what it was or what it shall be: never half of it, whatever happens while it is written."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from numpen.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows, which lets nobody take away a file that is open: no lock is needed
    fcntl = None  # type: ignore[assignment]

PART = ".numpen-{}.part"  # what a file is called while it is written, beside the one whose place it shall take
unfinished: set[Path] = set()  # those that this process writes just now


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a sibling, make sure it is on the disk, and put it in the place of `path`.

    An existing file keeps its permissions; a link is followed; what is not a regular file (a pipe, say) is
    written to directly. Raises OutputError if it cannot be done; then `path` is what it was.
    """
    with open_atomically(path) as file:
        file.write(content)


@contextlib.contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of `path` when all is written, and only then; as write_atomically."""
    with _output_errors(path):
        target = path.resolve()
        if target.is_symlink():  # a link that leads to itself; older Pythons raise a RuntimeError instead
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
            return
        with _sibling_of(target) as sibling, sibling.open("xb") as file:
            claim(file.fileno())
            if target.exists():
                sibling.chmod(target.stat().st_mode & 0o7777)
            yield file
            file.flush()
            os.fsync(file.fileno())
            sibling.replace(target)
        _sync_folder(target.parent)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that gets the name `path` when it is full, and only then.

    Raises OutputError if it cannot be done, or if there is something at `path` other than an empty folder.
    """
    check_new_folder(path)
    with _output_errors(path):
        target = path.resolve()
        with _sibling_of(target) as sibling:
            sibling.mkdir()
            yield sibling
            if hasattr(os, "sync"):  # one for all files in it
                os.sync()
            if target.exists():
                target.rmdir()
            sibling.rename(target)
        _sync_folder(target.parent)


def check_new_folder(path: Path) -> None:
    """Raises OutputError unless `path` is free or an empty folder: files of two origins are never mixed."""
    if path.is_symlink() or (path.exists() and not (path.is_dir() and not any(path.iterdir()))):
        raise OutputError(
            f"expected a new or an empty folder to write, got {path}, which holds something: name another"
        )


@contextlib.contextmanager
def _output_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"expected a place to write {path}, got: {getattr(error, 'strerror', None) or error}"
        ) from error


@contextlib.contextmanager
def _sibling_of(target: Path) -> Iterator[Path]:
    """A free name beside the target; what still has it in the end is taken away."""
    sibling = target.with_name(PART.format(secrets.token_hex(8)))
    unfinished.add(sibling)
    try:
        yield sibling
    finally:
        if sibling.is_dir():
            shutil.rmtree(sibling, ignore_errors=True)
        else:
            sibling.unlink(missing_ok=True)
        unfinished.discard(sibling)


def remove_stale(folder: Path) -> None:
    """Take away what processes that were killed while they wrote have left in a folder; never what one writes now."""
    for part in folder.glob(PART.format("*")):
        with contextlib.suppress(OSError), part.open("rb") as file:  # a folder, or somebody else's: it stays
            claim(file.fileno())
            part.unlink()


def claim(handle: int) -> None:
    """Lock a file until it is closed, or its process has ended; raises OSError if another process has it."""
    if fcntl:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last, where the system lets a folder be synced; the file is in place anyway."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
