"""How quick the lab's page is: from pen-up to the answer on the screen, also while a network trains; first paint; size.

In Chromium without a window, from the time that the browser gives the event to the first task behind the paint that
shows the answer. `python -m benchmarks.lab` takes about a minute; it wants Playwright and Chromium.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.harness import ENVIRONMENT, NUMPEN, Benchmark, Row, at_most, figure, spread

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SEVEN = ((90, 80), (250, 80), (160, 270))  # on a board of 336 pixels
RUN = {"recipe": "fast", "changes": {"epochs": 1000}}
# what is painted in the frame behind an event is on the screen when a task behind that frame's begins
WATCH = """
window.painted = []; window.agreed = [];
addEventListener("pointerup", (event) => {
  const since = () => performance.now() - event.timeStamp, channel = new MessageChannel();
  channel.port1.onmessage = () => window.painted.push(since());
  requestAnimationFrame(() => channel.port2.postMessage(0));
  const badge = document.querySelector(".badge");
  const observer = new MutationObserver(() => {
    if (!badge.textContent.startsWith("NumPy")) return;
    observer.disconnect();
    window.agreed.push(since());
  });
  observer.observe(badge, { childList: true });
}, true);
"""
START = """(body) => fetch("/api/runs", { method: "POST", body,
  headers: { "content-type": "application/json", "x-numpen-token": document.querySelector("meta[name=token]").content },
}).then((answer) => answer.json())"""


def measure(quick: bool) -> list[Row]:
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise RuntimeError(f"expected a browser ({', '.join(BROWSERS)}) on the PATH, got none: install Chromium")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        rows = opening(browser, address, 3 if quick else 11) + drawing(browser, address, 3 if quick else 40)
        browser.close()
    return rows


@contextmanager
def served() -> Iterator[str]:
    """The address of a lab in a process of its own."""
    command = [NUMPEN, "lab", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT | {"PYTHONUNBUFFERED": "1"}
    ) as lab:
        assert lab.stdout
        found = re.search(r"http://\S+", lab.stdout.readline())
        assert found
        try:
            yield found[0].rstrip("/")
        finally:
            lab.terminate()


def opening(browser: Any, address: str, rounds: int) -> list[Row]:
    """First paint, the board, and what comes over the wire for all rooms together."""
    paints, boards, sizes = [], [], dict[str, int]()
    for _ in range(rounds):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector(".drawing")
        boards.append(page.evaluate("performance.now()"))
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.close()
    page = browser.new_page()
    page.on("response", lambda response: sizes.update({response.url: int(response.headers.get("content-length", 0))}))
    for room in ("draw", "train", "mistakes", "inside", "read"):
        page.goto(f"{address}/#{room}")
        page.wait_for_selector(f'main[data-room="{room}"]')
    page.close()
    files = sum(size for url, size in sizes.items() if "/api/" not in url)
    weights = sum(size for url, size in sizes.items() if url.endswith("/weights"))
    assert all(url.startswith(address) for url in sizes)
    return [
        at_most("first paint of the page", median(paints), 500, "ms"),
        figure("until the board can be drawn on, with the network loaded", median(boards), "ms"),
        at_most("the page in all its rooms: HTML, style, scripts", files / 1000, 400, "kB"),
        figure(
            "the weights of the model that ships and of the network that knows what is no digit", weights / 1000, "kB"
        ),
    ]


def drawing(browser: Any, address: str, rounds: int) -> list[Row]:
    """Pen-up to the answer, alone and while a network trains."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(WATCH)
    page.goto(address)
    page.wait_for_selector(".drawing")
    page.wait_for_timeout(500)
    alone = strokes(page, rounds)
    page.evaluate(START, json.dumps(RUN))
    while not page.evaluate(
        "fetch('/api/runs').then((r) => r.json()).then(({ runs }) => runs.at(-1).moments.length > 5)"
    ):
        time.sleep(0.2)
    busy = strokes(page, rounds)
    page.close()
    return [
        at_most("pen-up to the answer on the screen, median", median(alone[0]), 50, "ms"),
        spread("  all of them", alone[0], "ms"),
        at_most("the same while a network trains, median", median(busy[0]), 50, "ms"),
        spread("  all of them", busy[0], "ms"),
        figure("pen-up to NumPy's word that it says the same", median(alone[1]), "ms"),
        figure("the same while a network trains", median(busy[1]), "ms"),
    ]


def strokes(page: Any, rounds: int) -> tuple[list[float], list[float]]:
    """Draw a seven so many times; milliseconds from pen-up to the answer, and to NumPy's."""
    page.evaluate("window.painted.length = window.agreed.length = 0")
    box = page.locator(".board-canvas").bounding_box()
    scale = box["width"] / 336
    points = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in SEVEN]
    for number in range(1, rounds + 2):  # the first is for warming up
        page.locator(".board-canvas").press("Delete")
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=8)
        page.mouse.up()
        page.wait_for_function(f"() => window.painted.length === {number} && window.agreed.length === {number}")
        assert page.locator(".drawing").get_attribute("data-answer") == "7"
    return page.evaluate("[window.painted.slice(1), window.agreed.slice(1)]")


BENCHMARK = Benchmark("lab", __doc__ or "", measure)

if __name__ == "__main__":
    BENCHMARK.main()
