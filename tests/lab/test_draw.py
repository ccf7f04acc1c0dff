"""The drawing room as a person uses it, in a real browser."""

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.lab.conftest import Served
from tests.lab.hand import FOUR, SEVEN, answer, draw

PICTURES = Path(__file__).parents[1] / "pictures" / "single"


@pytest.fixture
def room(page: Page, lab: Served) -> Page:
    page.goto(lab.address)
    page.wait_for_selector('.drawing[data-answer="blank"]')
    return page


def test_a_seven_is_drawn_and_read(room: Page) -> None:
    expect(room.locator(".sentence")).to_have_text("The board is blank: draw a digit.")
    draw(room, SEVEN)
    answer(room, "7")
    expect(room.locator(".bars .chosen .value")).to_have_text("100 %")
    expect(room.locator(".spoken[role=status]")).to_have_text("7, without a doubt.")
    expect(room.locator(".badge")).to_contain_text("NumPy says the same")


def test_the_ink_that_speaks_for_it_adds_up_to_the_score(room: Page) -> None:
    draw(room, SEVEN)
    answer(room, "7")
    why = room.locator(".why-not")
    expect(why).to_contain_text("Why 7 rather than")
    rivals = why.get_by_label("rather than").locator("option")
    expect(rivals).to_have_count(9)
    expect(why).to_be_visible()
    ink, constant, remainder, difference = room.evaluate("JSON.parse(document.querySelector('.why-not').dataset.parts)")
    assert abs(ink + constant + remainder - difference) < 1e-9
    assert difference > 0 and abs(remainder) < 1e-9
    why.get_by_label("rather than").select_option("0")
    expect(why.locator(".hint")).to_contain_text("blue for 0")
    assert difference < room.evaluate("JSON.parse(document.querySelector('.why-not').dataset.parts)")[3]
    room.get_by_role("button", name="Clear").click()
    expect(why).to_be_hidden()


def test_an_explanation_never_stands_under_another_question(room: Page) -> None:
    draw(room, FOUR)
    answer(room, "4")
    why = room.locator(".why-not")
    expect(why).to_have_attribute("aria-busy", "false")
    expect(why).to_contain_text("Why 4 rather than")
    room.route("**/why", lambda route: None)
    why.get_by_label("rather than").select_option("0")
    draw(room, SEVEN)  # over the four, which is no four any more
    room.wait_for_selector('.drawing:not([data-answer="4"])')
    expect(why).to_have_attribute("aria-busy", "true")
    expect(why).to_contain_text("Why 4 rather than")
    expect(why.locator(".hint")).to_contain_text("speaks for 4")
    room.unroute("**/why")  # which lets go what was held
    room.get_by_role("button", name="Clear").click()
    draw(room, SEVEN)
    answer(room, "7")
    expect(why).to_have_attribute("aria-busy", "false")
    expect(why).to_contain_text("Why 7 rather than")
    rival = why.get_by_label("rather than").input_value()
    expect(why.locator(".hint")).to_contain_text(f"speaks for 7, blue for {rival}")


def test_undo_and_clear_take_back(room: Page) -> None:
    draw(room, FOUR)
    answer(room, "4")
    room.get_by_role("button", name="Undo").click()
    room.get_by_role("button", name="Undo").click()
    answer(room, "blank")
    draw(room, SEVEN)
    room.get_by_role("button", name="Clear").click()
    answer(room, "blank")


def test_a_one_is_drawn_with_the_keyboard(room: Page) -> None:
    room.locator(".board-canvas").focus()
    room.keyboard.press("Space")
    for _ in range(14):
        room.keyboard.press("ArrowDown")
    room.keyboard.press("Space")
    answer(room, "1")
    room.keyboard.press("Delete")
    answer(room, "blank")


def test_a_scribble_is_no_digit(room: Page) -> None:
    zigzag = [(20 + 300 * (i % 2), 20 + 11 * i) for i in range(28)]
    draw(room, [zigzag, [(x, 336 - y) for x, y in zigzag]])
    answer(room, "none")
    expect(room.locator(".bars .none")).to_have_class("none chosen")


def test_skipping_a_step_shows_why_it_is_there(room: Page) -> None:
    draw(room, [[(10 + x // 2, 10 + y // 2) for x, y in SEVEN[0]]])
    answer(room, "7")
    sure = re.compile("^7, (without a doubt|quite sure)")
    expect(room.locator(".sentence")).to_have_text(sure)
    room.get_by_label("skip this step: cut out").check()
    expect(room.locator(".sentence")).not_to_have_text(sure)
    room.get_by_label("skip this step: by its weight").check()
    expect(room.locator(".drawing")).not_to_have_attribute("data-answer", "7")
    for step in room.locator(".stages input").all():
        step.uncheck()
    answer(room, "7")


def test_without_any_step_the_board_is_shrunk_as_it_is(room: Page) -> None:
    draw(room, FOUR)
    for step in room.locator(".stages input").all():
        step.check()
    ink, frame = room.evaluate(
        """async () => {
          const { prepare, inkOf } = await import("/static/framing.js"), { Board } = await import("/static/board.js");
          const board = new Board(() => {});
          board.setStrokes([[110, 60, 90, 180, 250, 180]]);
          const all = new Set(["digit", "thick", "box", "frame"]), ink = board.ink();
          return [Array.from(ink), Array.from(prepare(inkOf(ink, 336, 336), all).frame)];
        }"""
    )
    shrunk = np.array(ink).reshape(28, 12, 28, 12).mean(axis=(1, 3))
    assert np.abs(np.array(frame).reshape(28, 28) - shrunk).max() <= 1
    expect(room.locator(".badge")).to_have_text("")  # NumPy was asked about nothing that has been left out


def dropped(page: Page, kind: str, target: str, picture: Path) -> None:
    """Drop or paste a picture file, as the browser tells the page of it."""
    page.evaluate(
        """([kind, target, content]) => {
          const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0)), data = new DataTransfer();
          data.items.add(new File([bytes], "picture.png", { type: "image/png" }));
          const event = kind === "drop" ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
          document.querySelector(target).dispatchEvent(event);
        }""",
        [kind, target, base64.b64encode(picture.read_bytes()).decode()],
    )


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted(room: Page, lab: Served, kind: str) -> None:
    dropped(room, kind, ".board", PICTURES / "hangyin2020" / "3_1.png")
    answer(room, "3")
    room.goto(f"{lab.address}/#read")
    room.wait_for_selector('main[data-room="read"]')
    dropped(room, kind, ".drop", PICTURES / "hangyin2020" / "3_1.png")
    expect(room.locator(".numbers li")).to_have_text("3")


def test_a_real_photo_is_read(room: Page) -> None:
    room.locator("input[type=file]").first.set_input_files(PICTURES / "hangyin2020" / "3_1.png")
    answer(room, "3")


def test_what_is_no_picture_is_said(room: Page, tmp_path: Path) -> None:
    (tmp_path / "no.png").write_bytes(b"<img src=x onerror=alert(1)>")
    room.locator("input[type=file]").first.set_input_files(tmp_path / "no.png")
    expect(room.locator("#message")).to_contain_text("expected a PNG")


def test_drawing_does_not_scroll_the_page(room: Page) -> None:
    assert room.locator(".board-canvas").evaluate("(canvas) => getComputedStyle(canvas).touchAction") == "none"


def test_nothing_but_the_lab_is_asked_and_little_of_it(page: Page, lab: Served) -> None:
    sizes: dict[str, int] = {}
    page.on("response", lambda response: sizes.update({response.url: len(response.body())}))
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    for room in ("train", "mistakes", "inside", "read"):
        page.goto(f"{lab.address}/#{room}")
        page.wait_for_selector(f'main[data-room="{room}"]')
    assert all(url.startswith(lab.address) for url in sizes)
    page_itself = sum(size for url, size in sizes.items() if "/api/" not in url)
    assert 0 < page_itself < 400_000


def test_the_page_is_taken_home_and_draws_off_line(page: Page, lab: Served, tmp_path: Path) -> None:
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    with page.expect_download() as download:
        page.get_by_role("link", name="Take it home").click()
    download.value.save_as(tmp_path / "reader.html")
    page.context.set_offline(True)
    page.goto((tmp_path / "reader.html").as_uri())
    draw(page, SEVEN)
    answer(page, "7")
