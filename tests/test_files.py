"""A file is what it was or what it shall be, whatever fails on the way; its permissions and its link stay."""

import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from numpen.errors import OutputError
from numpen.files import write_atomically
from tests.disks import Between

posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and pipes are POSIX's")


def fails(*arguments: Any, **options: Any) -> NoReturn:
    raise OSError(28, "No space left on device")


class FullDisk(Between):
    """A file that takes the first half of what is written to it."""

    def write(self, content: bytes) -> NoReturn:
        self.file.write(content[: len(content) // 2])
        fails()


def write_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r") -> Any:
        return FullDisk(opened(path, mode)) if "x" in mode else opened(path, mode)

    monkeypatch.setattr(Path, "open", full)


def open_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode="r": fails() if "x" in mode else opened(path, mode))


def fsync_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", fails)


def replace_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", fails)
    monkeypatch.setattr(os, "replace", fails)


def folder_fsync_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync

    def of_files_only(handle: int) -> None:
        fails() if stat.S_ISDIR(os.fstat(handle).st_mode) else fsync(handle)

    monkeypatch.setattr(os, "fsync", of_files_only)


FAILURES = [open_fails, write_fails, fsync_fails, replace_fails]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a").write_bytes(b"old")
    return tmp_path / "a"


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("failure", FAILURES)
class TestWhenWritingFails:
    def test_the_old_content_stays(self, path: Path, monkeypatch: pytest.MonkeyPatch, failure: Any) -> None:
        failure(monkeypatch)
        with pytest.raises(OutputError, match=r"expected a place to write .*a, got: No space left on device"):
            write_atomically(path, b"new content")
        assert path.read_bytes() == b"old"
        assert [each.name for each in path.parent.iterdir()] == ["a"]

    def test_no_new_file_is_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Any) -> None:
        failure(monkeypatch)
        with pytest.raises(OutputError):
            write_atomically(tmp_path / "new", b"new content")
        assert list(tmp_path.iterdir()) == []


@posix
def test_a_folder_that_cannot_be_synced_is_no_broken_promise(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # network file systems refuse it; an error would mean that the file is what it was
    folder_fsync_fails(monkeypatch)
    try:
        write_atomically(path, b"new")
        expected = b"new"
    except OutputError:
        expected = b"old"
    assert path.read_bytes() == expected


def test_an_interruption_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(handle: int) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["a"]


def test_the_content_is_on_the_disk_before_it_is_put_in_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, seen = os.fsync, []

    def watched(handle: int) -> None:
        seen.append((path.read_bytes(), stat.S_ISDIR(os.fstat(handle).st_mode)))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_atomically(path, b"new")
    assert seen == [(b"old", False), (b"new", True)][: 2 if os.name == "posix" else 1]


@pytest.mark.parametrize("content", [b"", b"new", bytes(3_000_000)], ids=len)
def test_a_file_is_written_whole(path: Path, content: bytes) -> None:
    for target in (path, path.with_name("another")):
        write_atomically(target, content)
        assert target.read_bytes() == content
    assert sorted(each.name for each in path.parent.iterdir()) == ["a", "another"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664, 0o666, 0o755, 0o400], ids=oct)
def test_an_existing_file_keeps_its_permissions(path: Path, umask: Callable[[int], int], mode: int) -> None:
    umask(0o027)
    path.chmod(mode)
    write_atomically(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_an_existing_file_keeps_its_owner(path: Path) -> None:
    os.chown(path, 12_345, 54_321)
    path.chmod(0o4750)
    write_atomically(path, b"new")
    after = path.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (12_345, 54_321, 0o4750)


@posix
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0o000, 0o666)])
def test_a_new_file_has_the_permissions_of_a_new_file(
    tmp_path: Path, umask: Callable[[int], int], mask: int, mode: int
) -> None:
    umask(mask)
    write_atomically(tmp_path / "new", b"new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == mode


@posix
class TestLinks:
    def test_a_link_stays_one_and_its_target_is_written(self, path: Path) -> None:
        link = path.with_name("link")
        link.symlink_to("a")
        write_atomically(link, b"new")
        assert link.is_symlink()
        assert path.read_bytes() == b"new"

    def test_a_link_to_nothing_makes_its_target(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("target")
        write_atomically(tmp_path / "link", b"new")
        assert (tmp_path / "target").read_bytes() == b"new"

    def test_a_link_to_itself_is_no_place(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("link")
        with pytest.raises(OutputError):
            write_atomically(tmp_path / "link", b"new")


@posix
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", []
    os.mkfifo(pipe)
    listener = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    listener.start()
    write_atomically(pipe, b"new")
    listener.join(timeout=10)
    assert heard == [b"new"]
    assert pipe.is_fifo()


def test_a_folder_that_does_not_exist_is_no_place(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"expected a place to write .*got: No such file"):
        write_atomically(tmp_path / "nowhere" / "a", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_atomically(tmp_path, b"new")


@pytest.mark.parametrize("length", [200, 250, 255])
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path, length: int) -> None:
    path = tmp_path / ("a" * length)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
