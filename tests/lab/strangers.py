"""What strangers send: any bytes to any address of a lab that is served, and every address there is."""

import contextlib
import re
import socket
from pathlib import Path

from starlette.routing import Route

from numpen.lab.app import Lab
from tests.lab.conftest import Served

EXAMPLES = {"id": "model", "name": "lab.js"}  # for what stands in an address; numbers are 1


def addresses() -> list[tuple[str, str]]:
    """Method and path of every route that the lab has, and of one that it has not."""
    found = [("GET", "/nothing"), ("POST", "/nothing")]
    for route in Lab("").application().routes:
        assert isinstance(route, Route)
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda part: EXAMPLES.get(part[1], "1"), route.path)
        found += [(method, path) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found


def raw(port: int, request: bytes) -> bytes:
    """What comes back for these very bytes, until it is whole or hung up on."""
    with socket.create_connection(("127.0.0.1", port), timeout=600) as connection:
        connection.sendall(request)
        answer = b""
        while not _is_whole(answer) and (part := connection.recv(65_536)):
            answer += part
    return answer


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(end and length and len(body) >= int(length[1]))


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def head(lab: Served, method: str, path: str, **headers: str) -> bytes:
    """The head of a request as our own page sends it."""
    own = {"host": lab.host, "connection": "close"} | lab.ours("application/octet-stream") | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in own.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


def memory(lab: Served) -> int:
    """The bytes that the lab's process has in memory."""
    return resident(lab.process.pid)


def resident(pid: int) -> int:
    """The bytes that a process has in memory; 0 for one that is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0


def family(pid: int) -> list[int]:
    """A process and all that it has begun."""
    told = ""
    for each in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # of a thread that has just ended
            told += each.read_text() + " "
    return [pid, *(each for child in told.split() for each in family(int(child)))]


def lives(pid: int) -> bool:
    """Whether a process is there, and not only its name until somebody asks how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
