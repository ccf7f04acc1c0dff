"""What an installation brings, and what importing it does: these distributions and no others; nothing on the side."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpen

ROOT = Path(__file__).parents[1]

# what `pip install numpen` brings, and what builds it; a name that comes or goes is looked at by a person
RUNS = {"click", "colorama", "markdown-it-py", "mdurl", "numpy", "pillow", "pygments", "rich", "safetensors", "scipy",
        "threadpoolctl"}  # fmt: skip
BUILDS = {"editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}


def locked(name: str) -> dict[str, list[str]]:
    """Each distribution that a lock names, with its hashes."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8")):
        if match := re.match(r"([a-z0-9][a-z0-9._-]*)==", block):
            found.setdefault(match[1], []).extend(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
    return found


def test_a_base_installation_brings_these_distributions() -> None:
    assert locked("requirements.lock").keys() - {"colorama"} == (RUNS | BUILDS) - {"colorama"}


def test_every_locked_distribution_has_its_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert locked(name) and all(locked(name).values())


WATCHED = """
import sys
seen = []
def watch(event, arguments):
    if event == "open" or event.split(".")[0] in ("socket", "subprocess", "urllib", "ftplib", "http", "smtplib"):
        seen.append((event, *map(str, arguments)))
    elif event in ("os.system", "os.exec", "os.fork", "os.posix_spawn", "_thread.start_new_thread", "ctypes.dlopen"):
        seen.append((event, *map(str, arguments)))
    elif event.startswith(("os.re", "os.mk", "os.link", "os.sym", "os.ch", "shutil", "tempfile")):
        seen.append((event, *map(str, arguments)))
sys.addaudithook(watch)
IMPORTS
for each in seen:
    print(*each[:4], sep="\\t")
"""
ALL = """
import numpen
for name in numpen.__all__:
    getattr(numpen, name)
import numpen.training.checkpoint, numpen.cli.main
"""


def events(imports: str) -> list[list[str]]:
    """What an import does besides computing."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    program = WATCHED.replace("IMPORTS", imports)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_to_import_numpen_is_to_read_its_own_files_and_no_more() -> None:
    found = events("import numpen")
    home = Path(numpen.__file__).parent.resolve()
    assert found
    for event, path, *_ in found:
        assert event == "open" and (Path(path).resolve().is_relative_to(home) or is_python(path)), (event, path)


def test_to_import_all_of_it_opens_no_socket_starts_nothing_and_writes_nothing() -> None:
    home = Path(numpen.__file__).parent.resolve()
    for event, path, *how in events(ALL):
        if event == "open":
            assert not int(how[1]) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT), (path, how)
            assert Path(path).resolve().is_relative_to(home) or is_python(path), path
        else:
            assert event == "ctypes.dlopen", (event, path)


def is_python(path: str) -> bool:
    """Whether a file belongs to Python, or to what is installed beside numpen."""
    places = {Path(place).resolve() for place in (sys.prefix, sys.base_prefix, *sys.path) if place}
    return any(Path(path).resolve().is_relative_to(place) for place in places - {ROOT, ROOT / "src", Path.cwd()})


def test_the_watch_sees_what_it_watches_for() -> None:
    program = "import socket, subprocess, sys, threading; socket.socket().close(); open('/dev/null', 'w').close(); "
    program += "subprocess.run([sys.executable, '-c', ''])"
    found = {event for event, *_ in events(program)}
    assert {"socket.__new__", "open", "subprocess.Popen"} <= found
