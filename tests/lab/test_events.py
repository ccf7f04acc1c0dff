"""The stream of events: in order, nothing twice, nothing lost, nothing held for those who do not read."""

import asyncio
import json
import re
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from numpen.lab.events import KEPT, LOST, Events
from tests.lab.conftest import Served, start, stop
from tests.long.lab_soak import soak


def in_a_thread(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine away from this thread, which Playwright's own loop may occupy."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(story())).result()


async def collected(events: Events, place: str, count: int) -> tuple[list[int], str]:
    """The numbers in the next events, and the place behind them."""
    numbers: list[int] = []
    async for part in events.stream(place):
        found = re.search(r"id: (\S+)\ndata: (.*)\n\n", part.decode())
        if found:
            place = found[1]
            numbers.append(json.loads(found[2])["n"])
        if len(numbers) == count:
            break
    return numbers, place


async def beginning(events: Events, place: str) -> list[bytes]:
    """The first two parts of a stream."""
    parts: list[bytes] = []
    async for part in events.stream(place):
        parts.append(part)
        if len(parts) == 2:
            break
    return parts


def test_a_page_that_comes_back_gets_what_it_missed_once() -> None:
    async def story() -> None:
        events = Events()
        place = events.place
        for n in range(5):
            events.publish({"n": n})
        first, place = await collected(events, place, 3)
        for n in range(5, 8):
            events.publish({"n": n})
        rest, place = await collected(events, place, 5)
        assert first + rest == list(range(8))
        assert place == events.place

    in_a_thread(story)


def test_a_page_of_another_session_starts_with_the_present() -> None:
    async def story() -> None:
        events = Events()
        events.publish({"n": 1})
        for place in ("", "other-0", "x" * 5000, f"{events.session}--1", f"{events.session}-1e9"):
            waiting = asyncio.create_task(collected(events, place, 1))
            await asyncio.sleep(0.01)
            events.publish({"n": 2})
            assert (await waiting)[0] == [2]

    in_a_thread(story)


def test_what_nobody_reads_is_forgotten_and_the_page_is_told() -> None:
    async def story() -> None:
        events = Events()
        place = events.place
        for n in range(KEPT + 500):
            events.publish({"n": n})
        numbers, _ = await collected(events, place, KEPT)
        assert numbers == list(range(500, KEPT + 500))
        assert await beginning(events, place) == [b"retry: 1000\n\n", LOST]
        assert (await beginning(events, f"{events.session}-500"))[1] != LOST
        assert (await beginning(events, "another-7"))[1] == LOST

    in_a_thread(story)


def test_what_several_threads_tell_is_told_once() -> None:
    async def story() -> None:
        events = Events()
        place = events.place
        with ThreadPoolExecutor(4) as pool:
            for n in range(2000):
                pool.submit(events.publish, {"n": n})
        numbers, last = await collected(events, place, 2000)
        assert sorted(numbers) == list(range(2000))
        assert last == events.place

    in_a_thread(story)


def test_streams_end_with_the_lab() -> None:
    async def story() -> None:
        events = Events()
        waiting = asyncio.create_task(collected(events, events.place, 1))
        await asyncio.sleep(0.01)
        events.end()
        assert (await waiting)[0] == []
        assert events.listeners == 0

    in_a_thread(story)


def test_pages_hear_everything_once_while_a_network_trains(lab: Served) -> None:
    pages, memory, took = soak(lab, minutes=0.1)
    assert [page.faults() for page in pages] == [[], []]
    assert len(pages[1].numbers) > 3 and pages[1].connections >= 2
    assert took and memory
    run = httpx.get(f"{lab.address}/api/runs").json()["runs"][-1]["id"]
    httpx.post(f"{lab.address}/api/runs/{run}/order", headers=lab.ours(), json={"what": "stop"})


def test_a_page_that_leaves_in_the_middle_of_much_is_no_trouble(tmp_path: Path) -> None:
    lab = start(cwd=tmp_path)
    body = {"recipe": "fast", "changes": {"layers": "784-16-10", "epochs": 1000}}
    httpx.post(f"{lab.address}/api/runs", headers=lab.ours(), json=body, timeout=60)
    first = ""
    with httpx.stream("GET", f"{lab.address}/api/events", timeout=60) as stream:
        for line in stream.iter_lines():
            if line.startswith("id: "):
                first = first or line.removeprefix("id: ")
                if int(line.rpartition("-")[2]) > 40:
                    break
    host, _, port = lab.address.removeprefix("http://").partition(":")
    request = f"GET /api/events?after={first} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    for _ in range(20):
        with socket.create_connection((host, int(port))) as page:
            page.sendall(request)
    assert httpx.get(f"{lab.address}/api/lab").status_code == 200
    assert stop(lab) == ""
