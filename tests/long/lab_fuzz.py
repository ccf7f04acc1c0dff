"""Ask the lab thousands of things that make no sense, or nearly: every answer is whole, below 500 and in its headers.

    python -m tests.long.lab_fuzz --requests 5000 --seed 0

Addresses are those the lab has, with whatever in their gaps; bodies are bytes, JSON of any kind, and orders to a real
run that are almost right.
"""

import argparse
import json
import random
import time
from collections import Counter
from typing import Any

import httpx

from numpen.lab.gate import HEADERS
from tests.lab.conftest import Served, start, stop
from tests.lab.strangers import addresses, memory, raw, status

ADDRESSES = [each for each in addresses() if not each[1].endswith("page.html")]  # it takes seconds, and no question
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW", "get", "")
NAMES = (
    "model",
    "run-1",
    "run-99",
    "0",
    "-1",
    "1",
    "9" * 40,
    "%00",
    "..",
    "%2e%2e%2f",
    "ä",
    "%ff",
    "a" * 3000,
    "{}",
    "*",
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**63, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "x", "\x00", "ä"),
    *(
        "fast",
        "step",
        "pause",
        "rate",
        "pins",
        "784-16-10",
        "784-99999999-10",
        "A" * 1048,
        [],
        {},
        [[]],
        [None],
        "..",
        "1",
    ),
)
KEYS = ("recipe", "changes", "pins", "what", "value", "step", "layers", "epochs", "learning_rate", "seed", "", "name")
KINDS = (
    "application/json",
    "application/octet-stream",
    "text/plain",
    "",
    "application/json; charset=utf-16",
    "x" * 500,
)


def address(rng: random.Random) -> tuple[str, str]:
    """A method and a path, of those the lab has or bent out of shape."""
    method, path = rng.choice(ADDRESSES)
    if rng.random() < 0.6:
        parts = [rng.choice(NAMES) if part and rng.random() < 0.3 else part for part in path.split("/")]
        path = "/".join(parts)
    if rng.random() < 0.1:
        path += rng.choice(("?", "?after=" + "9" * 50, "?token=x", "#x", "//", "%", "?a=%zz"))
    if rng.random() < 0.2:
        method = rng.choice(METHODS)
    return method, path


def value(rng: random.Random, depth: int = 0) -> Any:
    """Anything that JSON can say, and NaN."""
    if depth < 3 and rng.random() < 0.4:
        if rng.random() < 0.7:
            return {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randrange(4))}
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return rng.choice(VALUES)


def body(rng: random.Random) -> bytes:
    """Bytes of one kind or another; a run is never begun, since "recipe" needs more luck than there is."""
    match rng.randrange(6):
        case 0:
            return b""
        case 1:
            return rng.randbytes(rng.choice((1, 784, 785, 5000)))
        case 2:
            return bytes(rng.choice((784, 336 * 336)))
        case 3:
            return json.dumps(value(rng)).encode()[: rng.randrange(200)]
        case 4:
            what = rng.choice(("pause", "step", "group", "rate", "pins", "resume ", "", 3, None))
            return json.dumps({"what": what, "value": value(rng)}).encode()
        case _:
            return json.dumps(value(rng)).encode()


def request(rng: random.Random, lab: Served) -> bytes:
    """One request as bytes; mostly as our own page would send it."""
    method, path = address(rng)
    content = body(rng)
    headers = lab.ours(rng.choice(KINDS)) if rng.random() < 0.9 else {}
    headers |= {"host": lab.host, "connection": "close", "content-length": str(len(content))}
    if rng.random() < 0.1:
        headers[rng.choice(("range", "cookie", "last-event-id", "origin", "content-length", "host"))] = rng.choice(
            ("bytes=0-", "numpen-token=\xff;=;", "x-1", "null", "-5", "1e3", "evil.com", "")
        )
    lines = "".join(f"{name}: {said}\r\n" for name, said in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("utf-8", "surrogateescape") + content


def fuzz(lab: Served, count: int, seed: int) -> Counter[int]:
    """Send so many and look at what comes back; how often each status did."""
    rng, statuses = random.Random(seed), Counter[int]()
    for number in range(count):
        sent = request(rng, lab)
        if b" /api/events" in sent[:40] and sent[:3] in (b"GET", b"HEA"):
            sent = sent.replace(b"/api/events", b"/api/event?", 1)  # which has no end
        answer = raw(lab.port, sent)
        assert answer.startswith(b"HTTP/1.1 "), f"request {number}: {sent[:200]!r}: {answer[:200]!r}"
        assert status(answer) < 500, f"request {number}: {sent[:400]!r}: {answer[:400]!r}"
        told = answer.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
        assert all(f"{name}: {said.lower()}" in told for name, said in HEADERS.items()), told
        statuses[status(answer)] += 1
    return statuses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    lab = start()
    recipe = {"recipe": "fast", "changes": {"layers": "784-16-10", "epochs": 1000}}
    httpx.post(f"{lab.address}/api/runs", headers=lab.ours(), json=recipe, timeout=60).raise_for_status()
    before = memory(lab)
    statuses = fuzz(lab, arguments.requests, arguments.seed)
    print(f"{arguments.requests} requests: " + ", ".join(f"{n} times {code}" for code, n in sorted(statuses.items())))
    grown, said = memory(lab) - before, stop(lab)
    print(f"memory grew by {grown / 1e6:.1f} MB; the lab said {said!r}")
    raise SystemExit(bool(said))


if __name__ == "__main__":
    main()
