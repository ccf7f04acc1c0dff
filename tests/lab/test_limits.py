"""What is too large, too slow, too many or leads elsewhere: a real server keeps answering, and answers in time."""

import socket
from itertools import product

import httpx
import pytest

from numpen.lab.gate import LARGEST_BODY
from tests.lab.conftest import Served
from tests.lab.strangers import head, memory, raw, status
from tests.long.lab_crowd import crowd
from tests.long.lab_fuzz import fuzz

CLIENT = httpx.Client(timeout=30)  # one for all: making one takes longer than an answer
ANSWER = "/api/models/model/answer"


@pytest.mark.parametrize("size", [LARGEST_BODY + 1, 5 * LARGEST_BODY])
def test_large_bodies_are_refused(lab: Served, size: int) -> None:
    headers = lab.ours("application/octet-stream")
    for _ in range(3):
        refused = CLIENT.post(lab.address + ANSWER, headers=headers, content=b"x" * size)
        assert refused.status_code == 413
        assert refused.text == f"expected at most {LARGEST_BODY:,} bytes, got more\n"
    assert CLIENT.post(lab.address + ANSWER, headers=headers, content=b"x" * 10).status_code == 400
    strange = CLIENT.post(lab.address + ANSWER, content=b"x" * size)  # without the token
    assert strange.status_code == 403


@pytest.mark.parametrize("length", ["99999999999", "9" * 30])
def test_a_body_that_is_said_to_be_large_is_not_waited_for(lab: Served, length: str) -> None:
    assert status(raw(lab.port, head(lab, "POST", ANSWER, content_length=length))) in (400, 413)


def test_a_body_without_an_end_is_refused(lab: Served) -> None:
    before = memory(lab)
    with socket.create_connection(("127.0.0.1", lab.port), timeout=15) as connection:
        connection.sendall(head(lab, "POST", ANSWER, transfer_encoding="chunked"))
        for _ in range(40):
            connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        assert status(connection.recv(65_536)) == 413
    assert memory(lab) - before < 32_000_000


def test_whoever_waits_for_a_word_before_a_large_body_gets_the_refusal(lab: Served) -> None:
    asked = head(lab, "POST", ANSWER, content_length="5000000", expect="100-continue")
    assert status(raw(lab.port, asked)) == 413


def test_a_large_header_is_refused(lab: Served) -> None:
    try:
        answer = raw(lab.port, head(lab, "GET", "/", x="x" * 100_000))
    except ConnectionError:  # closed with some of it unread
        return
    assert status(answer) in (400, 431)


def test_much_of_what_is_allowed_is_refused_or_answered(lab: Served) -> None:
    before = memory(lab)
    ranges = ",".join(f"{n}-{n}" for n in range(3000))  # of the 16 kB that a head may have
    assert CLIENT.get(f"{lab.address}/static/lab.js", headers={"range": f"bytes={ranges}"}).status_code in (200, 431)
    form = "&".join(f"a{n}=1" for n in range(10_000))
    kinds = {"application/x-www-form-urlencoded": form.encode(), "application/octet-stream": bytes(1_000_000)}
    for kind, body in kinds.items():
        answer = CLIENT.post(lab.address + ANSWER, headers=lab.ours(kind), content=body)
        assert answer.status_code in (400, 415)
    deep = CLIENT.post(f"{lab.address}/api/runs", headers=lab.ours(), content="[" * 100_000)
    assert deep.status_code == 400
    assert memory(lab) - before < 32_000_000


def test_traversal_finds_nothing(lab: Served) -> None:
    ups = ["..", "%2e%2e", "..%2f..", "%00", "/etc/passwd", "C:\\", "....//", "%252e%252e", "..\\..", "%c0%ae%c0%ae"]
    places = ["/static/", "/static/vendor/", "/api/models/", "/api/models/model/", "/api/runs/"]
    tails = ["", "/", "/app.py", "/../app.py", "%00.js"]
    assert len(ups) * len(places) * len(tails) == 250
    for up, place, tail in product(ups, places, tails):
        answer = status(raw(lab.port, f"GET {place}{up}{tail} HTTP/1.1\r\nHost: {lab.host}\r\n\r\n".encode()))
        assert answer in (400, 404), (place, up, tail)
    for up in ups:
        recipe = CLIENT.post(f"{lab.address}/api/runs", headers=lab.ours(), json={"recipe": f"{up}/fast"})
        assert recipe.status_code == 400
        model = CLIENT.post(f"{lab.address}/api/models/{up}/answer", headers=lab.ours(), content=b"")
        assert model.status_code == 404, up


def test_a_slow_crowd_keeps_nobody_waiting(lab: Served) -> None:
    seen = crowd(lab, clients=200, seconds=1.0)
    assert seen.asked >= 3 and seen.refused == 0
    assert seen.grown < 32_000_000
    assert CLIENT.get(lab.address + "/api/lab").status_code == 200


def test_whatever_is_asked_is_answered_with_words(lab: Served) -> None:
    statuses = fuzz(lab, count=250, seed=0)
    assert sum(statuses.values()) == 250 and max(statuses) < 500
    assert {200, 400, 403, 404, 405} <= statuses.keys()
