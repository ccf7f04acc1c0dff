"""Pictures of every room of the lab, at two widths, light and dark: `python docs/pictures/lab.py FOLDER [ROOM...]`.

A real lab and a real Chromium, with the model that ships. Four of the pictures stand in the documentation, and
with `docs/pictures` as the folder these alone are renewed.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parent
WIDTHS = {1440: 900, 390: 844}
LONG = 600_000  # milliseconds that a busy machine may take
DIGITS = {
    4: [[(115, 60), (95, 180), (255, 180)], [(210, 70), (205, 290)]],
    9: [[(230, 95), (165, 65), (120, 110), (150, 165), (220, 150), (235, 95), (225, 200), (190, 290)]],
    7: [[(90, 80), (250, 80), (160, 270)], [(120, 175), (235, 168)]],
}
# of the rooms in the docs, how much is shown and on which ground
DOCS = {"draw": (860, "light"), "train": (960, "dark"), "mistakes": (1750, "light"), "inside": (900, "light")}


def draw(page: Page, digit: int = 7) -> None:
    """A digit, as a hand draws it."""
    page.wait_for_selector(".drawing")
    page.get_by_role("button", name="Clear", exact=True).click()
    box = page.locator(".board-canvas").bounding_box()
    assert box
    for stroke in DIGITS[digit]:
        points = [(box["x"] + x * box["width"] / 336, box["y"] + y * box["width"] / 336) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=12)
        page.mouse.up()
    page.wait_for_selector(f'.drawing[data-answer="{digit}"]', timeout=LONG)
    expect(page.locator(".badge")).to_contain_text("NumPy says", timeout=LONG)
    expect(page.locator(".why-not")).to_be_visible(timeout=LONG)


def train(page: Page) -> None:
    """Two runs side by side, with three drawings followed through both; a page that finds them looks at them."""
    runs = page.get_by_label("Run", exact=True).locator("option")
    if runs.count() == 0:
        run(page, "learning_rate=0.05")
        run(page, "learning_rate=0.5")
        page.get_by_label("Beside it").select_option("run-1")
    page.wait_for_selector('.train[data-state="finished"]', timeout=LONG)
    page.wait_for_selector(".units canvas", timeout=LONG)


def run(page: Page, change: str) -> None:
    """A run of a small network, until it has ended."""
    before = page.get_by_label("Run", exact=True).locator("option").count()
    page.evaluate(f"location.hash = '#train?recipe=fast&layers=784-64-10&epochs=3&{change}'")
    value = change.partition("=")[2]
    expect(page.locator(".recipe .learning_rate input")).to_have_value(value)
    page.get_by_role("button", name="Train", exact=True).click()
    status = page.locator(".train .status")
    expect(status).to_contain_text(f"run-{before + 1}, finished", timeout=LONG)


def mistakes(page: Page) -> None:
    """The confusion, the surest mistakes and the map."""
    page.wait_for_selector(".mistakes .gallery li", timeout=LONG)
    page.wait_for_selector(".map-canvas[data-layer]", timeout=LONG)


def inside(page: Page) -> None:
    """A map of the first layer, which is switched off."""
    page.wait_for_selector(".gallery.small li", timeout=LONG)
    page.wait_for_selector('.effect[data-count="10000"]', timeout=LONG)
    page.wait_for_selector(".card", timeout=LONG)


def read(page: Page) -> None:
    """A real photo, with one digit chosen."""
    page.get_by_label("A photo of numbers").set_input_files(HERE / "page-of-numbers.jpg")
    page.wait_for_selector(".numbers li", timeout=LONG)
    page.locator(".box").nth(1).click()


ROOMS: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "draw": ("draw", None),
    "train": ("train", train),
    "mistakes": ("mistakes", mistakes),
    "read": ("read", read),
    "inside": ("inside?layer=1&unit=17&off=1:17", inside),  # the last, since it leaves an edited network behind
}


def take(browser: Browser, address: str, folder: Path, rooms: list[str], *, docs: bool) -> None:
    """Every room at every width, light and dark; for the docs only those in DOCS, cut to size."""
    for width in list(WIDTHS)[: 1 if docs else None]:
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": width, "height": WIDTHS[width]},
                color_scheme="dark" if scheme == "dark" else "light",
                device_scale_factor=2 if width < 500 else 1,
            )
            page.goto(address)
            for digit in DIGITS:  # the last stays on the board
                draw(page, digit)
                page.get_by_role("button", name="Pin for training").click()
            for room in (each for each in ROOMS if each in rooms):
                if docs and (room not in DOCS or DOCS[room][1] != scheme):
                    continue
                enter(page, address, room)
                if docs:
                    target = folder / f"lab-{room}.png"
                    shown = {"x": 0, "y": 0, "width": width, "height": DOCS[room][0]}
                    page.screenshot(path=target, clip=shown, full_page=True)  # type: ignore[arg-type]
                    small(target)
                else:
                    page.screenshot(path=folder / f"{room}-{width}-{scheme}.png", full_page=True)
            page.close()


def enter(page: Page, address: str, room: str) -> None:
    """Go to a room and wait until all in it is there."""
    place, prepare = ROOMS[room]
    page.goto(f"{address}/#{place}")
    page.wait_for_selector(f'main[data-room="{room}"]')
    if prepare:
        prepare(page)
    page.locator("#message").evaluate("(message) => { message.hidden = true; }")
    page.mouse.move(2, 2)
    page.wait_for_timeout(400)


def small(path: Path) -> None:
    """The same picture in 256 colours, a third of its size."""
    Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


@contextmanager
def lab() -> Iterator[str]:
    """The address of a lab of its own, which keeps corrections in a folder that goes away."""
    with tempfile.TemporaryDirectory() as kept:
        command = [sys.executable, "-u", "-c", "from numpen.cli.main import main; main()", "lab", "--port", "0"]
        command += ["--no-browser", "--corrections", "my-digits"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=kept) as process:
            assert process.stdout
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found
            try:
                yield found[0].rstrip("/")
            finally:
                process.terminate()


def main(folder: Path, rooms: list[str]) -> None:
    """Take the pictures of these rooms."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    folder.mkdir(parents=True, exist_ok=True)
    with lab() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        take(browser, address, folder, rooms, docs=folder.resolve() == HERE)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(ROOMS):
        sys.exit(f"expected FOLDER and perhaps rooms ({', '.join(ROOMS)}): python docs/pictures/lab.py FOLDER draw")
    main(Path(sys.argv[1]), sys.argv[2:] or list(ROOMS))
