"""A file is either what it was or what it shall be: never half of it, whatever happens while it is written."""

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
        if target.exists() and not target.is_file():
            target.write_bytes(content)
            return
        _replace(target, content)
    except OSError as error:
        raise OutputError(f"expected a place to write {path}, got: {error.strerror or error}") from error


def _replace(target: Path, content: bytes) -> None:
    sibling = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666  # the process's umask comes off a new one
    try:
        with open(sibling, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        sibling.replace(target)
    except BaseException:
        sibling.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last; where folders cannot be opened (Windows) the system sees to it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
