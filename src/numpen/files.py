"""A file is either what it was or what it shall be: never half of it, whatever happens while it is written."""

import contextlib
import errno
import os
import secrets
from pathlib import Path

from numpen.errors import OutputError


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a sibling, make sure it is on the disk, and put it in the place of `path`.

    An existing file keeps its permissions; a link is followed; what is not a regular file (a pipe, say) is
    written to directly. Raises OutputError if it cannot be done; then `path` is what it was.
    """
    try:
        target = path.resolve()
        if target.is_symlink():  # a link that leads to itself; older Pythons raise a RuntimeError instead
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        _replace(target, content)
    except (OSError, RuntimeError) as error:
        raise OutputError(
            f"expected a place to write {path}, got: {getattr(error, 'strerror', None) or error}"
        ) from error


def _replace(target: Path, content: bytes) -> None:
    sibling = target.with_name(f".numpen-{secrets.token_hex(8)}.part")
    try:
        with sibling.open("xb") as file:
            if target.exists():
                sibling.chmod(target.stat().st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sibling.replace(target)
    except BaseException:
        sibling.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last, where the system lets a folder be synced; the file is in place anyway."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
