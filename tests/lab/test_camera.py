"""The camera of the Draw and the Read room: a browser whose camera looks at a file, as Chromium can."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.lab.conftest import BROWSERS, Served
from tests.lab.hand import answer

SINGLE = Path(__file__).parents[1] / "pictures" / "single" / "hangyin2020" / "3_1.png"
PAGE = Path(__file__).parents[2] / "docs" / "pictures" / "page-of-numbers.jpg"


def film(picture: Path, target: Path) -> Path:
    """A picture as a film that stands still (YUV4MPEG2, 4:2:0, grey): what the camera sees."""
    image = Image.open(picture).convert("L")
    scale = max(1, round(400 / min(image.size)))
    width, height = (side * scale & ~1 for side in image.size)
    grey = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    frame = b"FRAME\n" + grey.tobytes() + bytes([128]) * (width * height // 2)
    target.write_bytes(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\n".encode() + 5 * frame)
    return target


@contextmanager
def looking(browser: Browser, at: Path, *, allowed: bool = True) -> Iterator[Page]:
    """A page of a browser with this film before its camera."""
    path = next(filter(None, map(shutil.which, BROWSERS)))
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={at}"]
    with browser.browser_type.launch(executable_path=path, args=flags) as opened:
        page = opened.new_context(permissions=["camera"] if allowed else []).new_page()
        page.set_default_timeout(15_000)
        yield page


def test_a_digit_before_the_camera_comes_onto_the_board(browser: Browser, lab: Served, tmp_path: Path) -> None:
    with looking(browser, film(SINGLE, tmp_path / "three.y4m")) as page:
        page.goto(lab.address)
        page.get_by_role("button", name="Camera", exact=True).click()
        page.wait_for_selector("video:not([hidden])")
        page.get_by_role("button", name="Take the picture").click()
        answer(page, "3")
        expect(page.locator("video")).to_be_hidden()
        assert page.evaluate("document.querySelector('video').srcObject") is None  # its light is out


def test_a_page_before_the_camera_is_read(browser: Browser, lab: Served, tmp_path: Path) -> None:
    with looking(browser, film(PAGE, tmp_path / "page.y4m")) as page:
        page.goto(f"{lab.address}/#read")
        page.get_by_role("button", name="Camera", exact=True).click()
        page.get_by_role("button", name="Take the picture").click()
        expect(page.locator(".numbers li").nth(1)).to_have_text("52306", timeout=60_000)
        page.get_by_role("button", name="Camera", exact=True).click()
        page.get_by_role("link", name="Draw", exact=True).click()  # whoever leaves the room leaves the camera
        page.get_by_role("link", name="Read", exact=True).click()
        expect(page.locator("video")).to_be_hidden()


def test_a_camera_that_is_not_allowed_is_said(browser: Browser, lab: Served, tmp_path: Path) -> None:
    with looking(browser, film(SINGLE, tmp_path / "three.y4m"), allowed=False) as page:
        page.goto(lab.address)
        page.get_by_role("button", name="Camera", exact=True).click()
        expect(page.locator("#message")).to_contain_text("not allowed to use the camera")
        expect(page.get_by_role("button", name="Camera", exact=True)).to_be_visible()
