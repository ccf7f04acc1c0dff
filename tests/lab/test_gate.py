"""Who is let in, and what every answer carries: a real server, asked as strangers ask."""

import contextlib
import socket
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import httpx
import pytest

from numpen.lab.gate import HEADERS, LARGEST_BODY
from tests.cli.process import START
from tests.lab.conftest import Served, start, stop

READ = [
    *("/", "/static/lab.js", "/static/vendor/uplot.js", "/api/lab", "/api/doubt", "/api/doubt/weights"),
    *("/api/models/model", "/api/models/model/weights", "/api/models/model/mistakes", "/api/models/model/cell/1/7"),
    *("/api/models/model/page.html", "/api/models/none", "/nothing"),
]
CLIENT = httpx.Client(timeout=30)  # one for all: making one takes longer than an answer

DO = ["/api/models/model/answer", "/api/models/model/read", "/api/models/model/read-page"]


def foreign_hosts(port: int) -> list[str]:
    names = ["evil.com", "127.0.0.1.evil.com", "localhost.evil.com", "127.0.0.1@evil.com", "evil.com@127.0.0.1"]
    names += ["localhost.", "127.0.0.1.", "[::1]", "::1", "0.0.0.0", "127.0.0.2", "127.1", "2130706433", "0x7f000001"]
    names += ["127.0.0.1 evil.com", "localhost,evil.com", "xn--lcalhost-0yb", "localhos", "localhostt", "*"]
    hosts = [f"{name}:{port}" for name in names]
    hosts += [
        "127.0.0.1",
        "localhost",
        f"127.0.0.1:{port + 1}",
        f"127.0.0.1:0{port}",
        f"localhost:{port}:80",
        f":{port}",
    ]
    return [*hosts, "", f"127.0.0.1:{port}/", f"http://127.0.0.1:{port}", f"127.0.0.1:{port}#"]


def raw(port: int, request: bytes) -> bytes:
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_only_our_own_host_is_let_in(lab: Served) -> None:
    hosts = foreign_hosts(lab.port)
    assert len(hosts) >= 30
    for host, (method, path) in product(hosts, [*product(["GET"], READ), *product(["POST"], DO)]):
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        assert status(raw(lab.port, head.encode())) in (400, 421), (host, path)


def test_two_hosts_or_none_are_not_let_in(lab: Served) -> None:
    own = f"Host: {lab.host}\r\n"
    for hosts in ("", own + own, own + "Host: evil.com\r\n"):
        head = f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"
        assert status(raw(lab.port, head.encode())) in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_our_own_names_are_let_in(lab: Served, host: str) -> None:
    assert CLIENT.get(f"{lab.address}/api/lab", headers={"host": f"{host}:{lab.port}"}).status_code == 200


@pytest.mark.parametrize("path", [*READ, *DO])
def test_other_sites_are_refused_everywhere(lab: Served, path: str) -> None:
    strangers = [{"origin": origin} for origin in ("null", "https://evil.com", f"http://localhost.evil.com:{lab.port}")]
    strangers += [{"origin": f"https://{lab.host}"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
    for headers in strangers:
        method = "POST" if path in DO else "GET"
        answer = CLIENT.request(method, lab.address + path, headers={"x-numpen-token": lab.token} | headers)
        assert answer.status_code == 403, headers


def test_a_link_to_the_lab_may_be_followed(lab: Served) -> None:
    visit = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert CLIENT.get(lab.address + "/", headers=visit).status_code == 200
    assert CLIENT.get(lab.address + "/api/lab", headers=visit).status_code == 403


def test_nothing_is_done_without_the_token(lab: Served) -> None:
    for path, token in product(DO, [None, "", "x", lab.token[:-1], lab.token + "x"]):
        headers = lab.ours("application/octet-stream") | {"x-numpen-token": token or ""}
        assert CLIENT.post(lab.address + path, headers=headers, content=b"").status_code == 403


@pytest.mark.parametrize("path", [*READ, *DO, "/static/../../etc/passwd", "/api/models/model/cell/10/7"])
def test_every_answer_carries_the_headers(lab: Served, path: str) -> None:
    for headers in ({}, {"host": "evil.com"}, lab.ours()):
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
            answer = CLIENT.request(method, lab.address + path, headers=headers)
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (method, headers)
            assert "access-control-allow-origin" not in answer.headers
            assert "server" not in answer.headers


def test_what_is_no_http_gets_the_headers_too(lab: Served) -> None:
    answer = raw(lab.port, b"NONSENSE\r\n\r\n")
    assert status(answer) == 400
    assert b"content-security-policy" in answer.lower()


def test_large_bodies_are_refused(lab: Served) -> None:
    headers = lab.ours("application/octet-stream")
    body = b"x" * (LARGEST_BODY + 1)
    with contextlib.suppress(httpx.ReadError, httpx.WriteError):  # hung up on while it was still sending
        assert CLIENT.post(lab.address + DO[0], headers=headers, content=body).status_code == 413
    assert CLIENT.post(lab.address + DO[0], headers=headers, content=b"x" * 10).status_code == 400
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    for length in ("99999999999", "9" * 30):
        head = f"POST {DO[0]} HTTP/1.1\r\nHost: {lab.host}\r\n{lines}Content-Length: {length}\r\n\r\n"
        assert status(raw(lab.port, head.encode())) in (400, 413)


def test_a_body_without_an_end_is_refused(lab: Served) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in lab.ours("application/octet-stream").items())
    head = f"POST {DO[0]} HTTP/1.1\r\nHost: {lab.host}\r\n{lines}Transfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", lab.port), timeout=15) as connection:
        connection.sendall(head.encode())
        for _ in range(40):
            try:
                connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            except OSError:  # refused already
                break
        assert status(connection.recv(65_536)) == 413


def test_a_large_header_is_refused(lab: Served) -> None:
    head = f"GET / HTTP/1.1\r\nHost: {lab.host}\r\nX: {'x' * 100_000}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", lab.port), timeout=15) as connection:
        try:
            connection.sendall(head.encode())
            answer = connection.recv(65_536)
        except ConnectionError:  # closed with some of it unread
            return
        assert status(answer) in (400, 431)


def test_traversal_finds_nothing(lab: Served) -> None:
    ups = ["..", "%2e%2e", "..%2f..", "%00", "/etc/passwd", "C:\\", "....//", "%252e%252e", "..\\..", "%c0%ae%c0%ae"]
    for up, place in product(ups, ["/static/", "/static/vendor/", "/api/models/", "/api/models/model/"]):
        for tail in ("", "/", "/app.py", "/../app.py", "%00.js"):
            answer = status(raw(lab.port, f"GET {place}{up}{tail} HTTP/1.1\r\nHost: {lab.host}\r\n\r\n".encode()))
            assert answer in (400, 404), (place, up, tail)


def test_a_slow_crowd_keeps_nobody_waiting(lab: Served) -> None:
    crowd = [socket.create_connection(("127.0.0.1", lab.port), timeout=15) for _ in range(80)]
    try:
        for each in crowd[:70]:
            each.sendall(f"GET / HTTP/1.1\r\nHost: {lab.host}\r\nX-Slow: ".encode())
        answer = CLIENT.get(lab.address + "/api/lab", timeout=10)
        assert answer.status_code == 200
    finally:
        for each in crowd:
            each.close()


def test_a_port_in_use_is_one_line(lab: Served) -> None:
    command = [sys.executable, "-c", START, "lab", "--no-browser", "--port", str(lab.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"numpen: expected port {lab.port} to be free") and done.stderr.count("\n") == 1


def test_the_lab_listens_on_this_machine_alone(lab: Served) -> None:
    def listens(lines: list[str]) -> set[str]:
        ours = [line.split()[1] for line in lines[1:] if line.split()[3] == "0A"]  # 0A: LISTEN
        return {address for address in ours if address.endswith(f":{lab.port:04X}")}

    with Path("/proc/net/tcp").open() as table:
        assert listens(table.readlines()) == {f"0100007F:{lab.port:04X}"}
    with Path("/proc/net/tcp6").open() as table:
        assert listens(table.readlines()) == set()


def test_shared_the_token_stands_in_the_address_and_then_in_a_cookie() -> None:
    shared = start("--share")
    try:
        assert httpx.get(shared.address + "/").status_code == 403
        assert httpx.get(shared.address + "/api/lab").status_code == 403
        assert httpx.get(shared.address + "/?token=guess").status_code == 403
        with httpx.Client() as client:
            entry = client.get(f"{shared.address}/?token={shared.token}")
            assert (entry.status_code, entry.headers["location"]) == (303, "/")
            cookie = entry.headers["set-cookie"].lower()
            assert "httponly" in cookie and "samesite=strict" in cookie
            assert client.get(shared.address + "/api/lab").status_code == 200
    finally:
        assert stop(shared) == ""


def test_ctrl_c_ends_it_soon() -> None:
    served = start()
    began = time.monotonic()
    with httpx.stream("GET", served.address + "/api/events") as stream:
        assert stream.status_code == 200
        assert stop(served) == ""
    assert time.monotonic() - began < 15  # under 3 s on a machine that does nothing else
    assert served.process.returncode == 0
