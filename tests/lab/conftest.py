"""A real lab in a process of its own, and a real browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.cli.process import START

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Served:
    """A lab that answers at an address."""

    process: "subprocess.Popen[str]"
    address: str  # http://127.0.0.1:PORT
    token: str

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://")

    @property
    def port(self) -> int:
        return int(self.host.partition(":")[2])

    def ours(self, kind: str = "application/json") -> dict[str, str]:
        """The headers that the page sends with what it wants done."""
        return {"x-numpen-token": self.token, "origin": self.address, "content-type": kind}


def start(*arguments: str, cwd: Path | None = None) -> Served:
    command = [sys.executable, "-W", "error", "-c", START, "lab", "--port", "0", "--no-browser", *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=cwd
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line + (process.stderr.read() if process.stderr else "")
    query = re.search(r"\?token=(\S+)", line)
    if query:
        return Served(process, found[0], query[1])
    token = re.search(r'name="token" content="([^"]+)"', httpx.get(found[0] + "/").text)
    assert token
    return Served(process, found[0], token[1])


def stop(lab: Served) -> str:
    """Ctrl-C; what the lab said on standard error."""
    lab.process.send_signal(signal.SIGINT)
    _, said = lab.process.communicate(timeout=20)
    return said


@pytest.fixture(scope="session")
def lab() -> Iterator[Served]:
    served = start()
    yield served
    assert stop(served) == ""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        words = f"expected a browser ({', '.join(BROWSERS)}) on the PATH, got none: install Chromium to test the lab"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page; an error in its scripts is a failure, and so is anything that its policy forbids."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened, errors = context.new_page(), []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    opened.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)  # with as many tests beside it as there are cores
    yield opened
    context.close()
    assert errors == []
