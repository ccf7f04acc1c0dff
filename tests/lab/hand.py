"""What a person does at the board: strokes with the pointer."""

from playwright.sync_api import Page

SEVEN = [[(90, 80), (250, 80), (160, 270)]]
FOUR = [[(110, 60), (90, 180), (250, 180)], [(210, 60), (205, 290)]]
BOARD = 336


def draw(page: Page, strokes: list[list[tuple[int, int]]]) -> None:
    """Draw strokes, given in the board's 336 pixels, in many small moves."""
    box = page.locator(".board-canvas").bounding_box()
    assert box
    scale = box["width"] / BOARD
    for stroke in strokes:
        points = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=8)
        page.mouse.up()


def answer(page: Page, wanted: str) -> None:
    """Wait until the page says this digit, "none" or "blank"."""
    page.wait_for_selector(f'.drawing[data-answer="{wanted}"]')
