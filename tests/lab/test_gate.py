"""Who is let in, and what every answer carries: a real server, asked as strangers ask."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from numpen.lab.gate import HEADERS
from numpen.models.model import Model
from tests.cli.process import START
from tests.lab.conftest import BROWSERS, Served, start, stop
from tests.lab.strangers import addresses, family, lives, raw, status

ADDRESSES = addresses()
DO = [path for method, path in ADDRESSES if method == "POST"]
CLIENT = httpx.Client(timeout=30)  # one for all: making one takes longer than an answer


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


@pytest.mark.parametrize("path", sorted({path for _, path in ADDRESSES}))
def test_only_our_own_host_is_let_in_anywhere(lab: Served, path: str) -> None:
    hosts = foreign_hosts(lab.port)
    assert len(hosts) == 30
    for host, method in product(hosts, ("GET", "POST")):
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-Numpen-Token: {lab.token}\r\nConnection: close\r\n\r\n"
        assert status(raw(lab.port, head.encode())) in (400, 421), (host, method)


def test_two_hosts_or_none_are_not_let_in(lab: Served) -> None:
    own = f"Host: {lab.host}\r\n"
    for hosts in ("", own + own, own + "Host: evil.com\r\n"):
        head = f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"
        assert status(raw(lab.port, head.encode())) in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_our_own_names_are_let_in(lab: Served, host: str) -> None:
    assert CLIENT.get(f"{lab.address}/api/lab", headers={"host": f"{host}:{lab.port}"}).status_code == 200


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_other_sites_are_refused_everywhere(lab: Served, method: str, path: str) -> None:
    strangers = [{"origin": origin} for origin in ("null", "https://evil.com", f"http://localhost.evil.com:{lab.port}")]
    strangers += [{"origin": f"https://{lab.host}"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
    for headers in strangers:
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


@pytest.mark.parametrize("path", sorted({path for _, path in ADDRESSES} | {"/static/../../etc/passwd"}))
def test_every_answer_carries_the_headers(lab: Served, path: str) -> None:
    for headers in ({}, {"host": "evil.com"}, lab.ours()):
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
            with CLIENT.stream(method, lab.address + path, headers=headers) as answer:  # of which one has no end
                assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (method, headers)
                assert "access-control-allow-origin" not in answer.headers
                assert "server" not in answer.headers


def test_what_is_no_http_gets_the_headers_too(lab: Served) -> None:
    answer = raw(lab.port, b"NONSENSE\r\n\r\n")
    assert status(answer) == 400
    assert b"content-security-policy" in answer.lower()


def test_a_name_that_suddenly_means_this_machine_is_no_way_in(lab: Served, browser: Browser) -> None:
    """DNS rebinding, in a browser that is told where evil.test is."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    rules = "--host-resolver-rules=MAP evil.test 127.0.0.1"
    fooled = browser.browser_type.launch(executable_path=path, args=["--no-sandbox", rules])
    try:
        page = fooled.new_page()
        visit = page.goto(f"http://evil.test:{lab.port}/")
        assert visit is not None and visit.status == 421
        assert page.evaluate("fetch('/api/lab').then(({ status }) => status)") == 421
        home = f"fetch('{lab.address}/api/lab').then(() => 'read', () => 'kept')"
        assert page.evaluate(home) == "kept"
    finally:
        fooled.close()


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


def test_ctrl_c_ends_it_with_all_that_is_open(tmp_path: Path) -> None:
    served = start(cwd=tmp_path)
    recipe = {"recipe": "fast", "changes": {"layers": "784-16-10", "epochs": 1000}}
    began = CLIENT.post(f"{served.address}/api/runs", headers=served.ours(), json=recipe)
    assert began.status_code == 201
    with ExitStack() as open_streams:
        streams = [open_streams.enter_context(CLIENT.stream("GET", served.address + "/api/events")) for _ in range(3)]
        for line in streams[0].iter_lines():
            if '"kind": "moment"' in line:
                break
        slow = threading.Thread(target=lambda: raw(served.port, page_to_take_home(served)))
        slow.start()  # an answer that takes seconds
        tree = family(served.process.pid)
        assert len(tree) >= 2
        assert stop(served) == ""
    slow.join()
    assert served.process.returncode == 130
    while any(map(lives, tree)):  # Python's own tracker of processes follows a little later
        time.sleep(0.05)
    with socket.create_server(("127.0.0.1", served.port)):
        pass  # the port is free
    Model.load(tmp_path / "lab-run-1.numpen")


def page_to_take_home(lab: Served) -> bytes:
    return f"GET /api/models/model/page.html HTTP/1.1\r\nHost: {lab.host}\r\n\r\n".encode()
