"""A file is either what it was or what it shall be: never half of it, whatever happens while it is written."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from numpen.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows, which lets nobody take away a file that is open: no lock is needed
    fcntl = None  # type: ignore[assignment]

PART = ".numpen-{}.part"  # what a file is called while it is written, beside the one whose place it shall take
H = TypeVar("H", int, int | None)  # a file of the system's, or none
unfinished: set[Path] = set()  # those that this process writes just now


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a sibling, make sure it is on the disk, and put it in the place of `path`.

    An existing file keeps its permissions and, where that is allowed, its owner; a link is followed; what is not a
    regular file (a pipe, say) is written to directly. Raises OutputError if it cannot be done; then `path` is what
    it was.
    """
    with open_atomically(path) as file:
        file.write(content)


@contextlib.contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, and to read again, that takes the place of `path` when all is written, and only then.

    As write_atomically; a pipe cannot be read again.
    """
    with _output_errors(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = _led_to(path)
        with _sibling_of(target) as sibling, _claimed(sibling) as file:
            if target.exists():
                _make_like(sibling, target.stat())
            yield file
            file.flush()
            os.fsync(file.fileno())
            file.close()  # which may fail, too, and has to before the file takes its place
            sibling.replace(target)
        _sync_folder(target.parent)


def _make_like(sibling: Path, old: os.stat_result) -> None:
    """Give a new file the owner, if only root writes for somebody else, and the permissions of an old one."""
    if hasattr(os, "chown") and (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(OSError):
            os.chown(sibling, old.st_uid, old.st_gid)
    sibling.chmod(old.st_mode & 0o7777)


def check_place(path: Path) -> None:
    """Raises OutputError unless a file could be written there now; asked before long work is done for it."""
    with _output_errors(path):
        if path.is_dir():
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not path.is_file():
            return
        _check_beside(path)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that gets the name `path` when it is full, and only then.

    Raises OutputError if it cannot be done, or if there is something at `path` other than an empty folder.
    """
    check_new_folder(path)
    with _output_errors(path):
        target = _led_to(path)
        remove_stale(target.parent)
        with _sibling_of(target) as sibling, _kept(_begun_folder(sibling)):
            yield sibling
            if hasattr(os, "sync"):  # one for all files in it
                os.sync()
            if not fcntl and target.exists():  # elsewhere an empty folder is replaced in one step
                target.rmdir()
            sibling.rename(target)
        _sync_folder(target.parent)


def check_new_folder(path: Path) -> None:
    """Raises OutputError unless a folder could be written there now.

    `path` has to be free, or an empty folder: files of two origins are never mixed.
    """
    with _output_errors(path):
        taken = path.is_symlink() or (path.exists() and not (path.is_dir() and not any(path.iterdir())))
    if taken:
        raise OutputError(
            f"expected a new or an empty folder to write, got {path}, which holds something: name another"
        )
    with _output_errors(path):
        _check_beside(path)


@contextlib.contextmanager
def _output_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"expected a place to write {path}, got: {error.strerror or error}") from error


def _check_beside(path: Path) -> None:
    target = _led_to(path)
    if not target.parent.is_dir():
        raise OutputError(f"expected a folder to write {path} in, got none: make {path.parent} first")
    with _sibling_of(target) as sibling:
        sibling.open("xb").close()


def _led_to(path: Path) -> Path:
    """Where a path leads through its links; raises OSError if that is to itself."""
    try:
        target = path.resolve()
    except RuntimeError as error:  # of older Pythons
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


@contextlib.contextmanager
def _sibling_of(target: Path) -> Iterator[Path]:
    """A free name beside the target; what still has it in the end is taken away."""
    sibling = target.with_name(PART.format(os.urandom(8).hex()))
    unfinished.add(sibling)
    try:
        yield sibling
    finally:
        _take_away(sibling)
        unfinished.discard(sibling)


def _take_away(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # a folder, which is rare: who only loads a model need not wait for this module
        import shutil

        shutil.rmtree(path, ignore_errors=True)


def take_away_unfinished() -> None:
    """Take away what this process has half written: it is about to end in the middle of it."""
    for part in tuple(unfinished):
        with contextlib.suppress(OSError):
            _take_away(part)


def remove_stale(folder: Path) -> None:
    """Take away what processes that were killed while they wrote have left in a folder; never what one writes now."""
    for part in folder.glob(PART.format("*")):
        with contextlib.suppress(OSError):  # it is somebody else's: it stays
            if not part.is_symlink() and (part.is_file() or part.is_dir()):
                with _kept(os.open(part, os.O_RDONLY)) as handle:
                    claim(handle)
                    _take_away(part)


def claim(handle: int) -> None:
    """Lock a file until it is closed, or its process has ended; raises OSError if another process has it."""
    if fcntl:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def _claimed(sibling: Path) -> Iterator[BinaryIO]:
    """The sibling as a new file that nobody takes for one that was left behind, until the end, closed or not."""
    with _begun(sibling) as file, _kept(os.dup(file.fileno()) if fcntl else None):
        yield file


def _begun(sibling: Path) -> BinaryIO:
    while True:
        file = sibling.open("x+b")
        _wait_for(file.fileno())
        if sibling.exists():  # and was not taken away before it was claimed
            return file
        file.close()


def _begun_folder(sibling: Path) -> int | None:
    """The sibling as a new folder, which is claimed as long as what is returned is open."""
    while True:
        sibling.mkdir()
        if not fcntl:  # Windows opens no folder
            return None
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(sibling, os.O_RDONLY)
            _wait_for(handle)
            if sibling.exists():
                return handle
            os.close(handle)


@contextlib.contextmanager
def _kept(handle: H) -> Iterator[H]:
    """A handle that is closed in the end, if there is one: whether that goes well says nothing about a file."""
    try:
        yield handle
    finally:
        if handle is not None:
            with contextlib.suppress(OSError):
                os.close(handle)


def _wait_for(handle: int) -> None:
    """Claim a file of one's own; on a file system without locks it is not, and what a kill leaves there stays."""
    if fcntl:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last, where the system lets a folder be synced; the file is in place anyway."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
