"""The page on screens of all sizes: nothing sticks out to the side, on a small phone or on the largest screen."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.lab.conftest import Served
from tests.lab.hand import SEVEN, answer, draw

PHOTO = Path(__file__).parents[2] / "docs" / "pictures" / "page-of-numbers.jpg"
LONG = 60_000
READY = {
    "train": ".train",
    "mistakes": ".map-canvas[data-layer]",
    "inside?layer=3&unit=9&off=1:4": '.effect[data-count="10000"]',
    "read": ".drop",
}


@pytest.mark.parametrize("width", [360, 800, 3840])
def test_no_room_is_wider_than_the_screen(page: Page, lab: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 760})
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    draw(page, SEVEN)
    answer(page, "7")
    wide = {"draw": page.evaluate("document.documentElement.scrollWidth")}
    for place, ready in READY.items():
        page.goto(f"{lab.address}/#{place}")
        page.wait_for_selector(ready, timeout=LONG)
        if place == "read":
            page.get_by_label("A photo of numbers").set_input_files(PHOTO)
            page.locator(".box").nth(1).click(timeout=LONG)
        wide[place] = page.evaluate("document.documentElement.scrollWidth")
    assert {place: each for place, each in wide.items() if each > width} == {}
