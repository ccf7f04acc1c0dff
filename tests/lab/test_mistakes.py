"""The Mistakes room: cells, piles and the map open their pictures, and the address says what is open."""

import socket
import time

import httpx
import numpy as np
from playwright.sync_api import Page, Route, expect

from numpen.digits.dataset import Dataset
from numpen.digits.label_review import load_reviews
from numpen.models.model import Model
from numpen.reading.reader import SHIPPED
from tests.lab.conftest import Served, start, stop
from tests.lab.hand import answer

LONG = 60_000


def test_a_cell_opens_its_pictures_and_a_picture_opens_on_the_board(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#mistakes")
    expect(page.locator(".mistakes .sentence")).to_contain_text("of 10,000 test pictures wrong", timeout=LONG)
    page.get_by_role("button", name="4 read as 9", exact=False).click()
    expect(page.locator(".mistakes h2").first).to_contain_text("4 read as 9")
    page.locator(".gallery button").first.click()
    page.wait_for_selector('main[data-room="draw"]')
    answer(page, "9")


def test_the_surest_mistakes_are_those(page: Page, lab: Served, mnist_test: Dataset) -> None:
    page.goto(f"{lab.address}/#mistakes")
    probabilities = Model.load(SHIPPED).probabilities(mnist_test.images)
    given, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(given != mnist_test.labels)
    surest = wrong[np.argsort(-sure[wrong], kind="stable")][:3]
    for place, row in enumerate(surest):
        button = page.locator(".gallery button").nth(place)
        expect(button).to_contain_text(f"{mnist_test.labels[row]}, read as {given[row]}", timeout=LONG)
        expect(button).to_have_attribute("title", f"Test picture {row}: open on the board")


def test_doubtful_labels_are_marked_with_what_people_said(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#mistakes")
    page.get_by_role("button", name="Labels that people doubt").click()
    doubted = [review for review in load_reviews() if review.doubtful]
    expect(page.locator(".gallery .doubted")).to_have_text([f"label doubted: {each.verdict}" for each in doubted])
    assert "show=doubtful" in page.url


def test_a_pile_may_be_asked_for_before_the_answers_are_here(page: Page, lab: Served) -> None:
    held: list[Route] = []
    page.route("**/mistakes", lambda route: held.append(route))
    page.goto(f"{lab.address}/#mistakes")
    page.get_by_role("button", name="Labels that people doubt").click()
    expect(page.locator(".mistakes .sentence")).to_contain_text("Asking about")
    held.pop().continue_()
    expect(page.locator(".gallery .doubted").first).to_be_visible(timeout=LONG)
    assert "show=doubtful" in page.url


def test_a_link_opens_a_cell_and_a_map(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#mistakes?cell=9:4&layer=3&digits=49&only=mistakes")
    expect(page.locator(".mistakes h2").first).to_contain_text("9 read as 4", timeout=LONG)
    expect(page.locator('.map-canvas[data-layer="3"]')).to_be_visible(timeout=LONG)
    pressed = page.locator('.legend button[aria-pressed="true"]')
    expect(pressed).to_have_text(["4", "9"])
    expect(page.get_by_label("only mistakes")).to_be_checked()


def test_a_lesson_shows_the_panels_that_its_link_names(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#mistakes?panels=map&layer=pixels")
    expect(page.locator('.map-canvas[data-layer="pixels"]')).to_be_visible(timeout=LONG)
    expect(page.locator(".confusion")).to_be_hidden()
    page.get_by_label("only mistakes").check()
    assert page.url.endswith("layer=pixels&only=mistakes&panels=map")
    page.goto(f"{lab.address}/#draw?panels=stages,network")
    expect(page.locator(".stages")).to_be_visible()
    expect(page.locator(".ribbon")).to_be_hidden()
    page.goto(f"{lab.address}/#mistakes")
    expect(page.locator(".confusion")).to_be_visible()


def test_a_point_of_the_map_opens_on_the_board(page: Page, lab: Served, mnist_test: Dataset) -> None:
    page.goto(f"{lab.address}/#mistakes?only=mistakes")
    canvas = page.locator('.map-canvas[data-layer="6"]')
    canvas.wait_for(timeout=LONG)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    said = page.locator(".map .closely p").first
    expect(said).to_contain_text("read as")
    told = httpx.get(f"{lab.address}/api/models/model/map/6").json()

    def pointed_at() -> int:
        return int(said.inner_text().partition("picture ")[2].partition(":")[0].replace(",", ""))

    before = said.inner_text()
    height = told["y"][told["rows"].index(pointed_at())]
    page.keyboard.press("ArrowUp" if height < 0 else "ArrowDown")  # towards the middle: it may be the uppermost
    expect(said).not_to_have_text(before)
    row = pointed_at()
    x, y = (told[axis][told["rows"].index(row)] for axis in "xy")
    box = canvas.bounding_box()
    assert box
    place = (14 + (box["width"] - 28) * (1 + x) / 2, 14 + (box["height"] - 28) * (1 - y) / 2)
    canvas.click(position={"x": place[0], "y": place[1]})
    page.wait_for_selector('main[data-room="draw"]')
    answer(page, str(Model.load(SHIPPED).predict(mnist_test.images[row][np.newaxis])[0]))


def test_the_map_keeps_digits_of_a_kind_together(lab: Served, mnist_test: Dataset) -> None:
    """The last hidden layer has untangled what the pixels have not: the nearest neighbour tells the digit oftener."""

    def told_by_neighbour(layer: str) -> float:
        told = httpx.get(f"{lab.address}/api/models/model/map/{layer}", timeout=60).json()
        points, truth = np.array([told["x"], told["y"]]).T[:2000], np.array(told["truth"])[:2000]
        assert np.array_equal(truth, mnist_test.labels[:2000])
        assert np.abs(points).max() <= 1
        apart = ((points[:, np.newaxis] - points) ** 2).sum(axis=2)
        np.fill_diagonal(apart, np.inf)
        return float((truth[apart.argmin(axis=1)] == truth).mean())

    assert told_by_neighbour("pixels") < 0.5 < 0.6 < told_by_neighbour("6")


def test_ctrl_c_cuts_off_what_is_being_worked_out() -> None:
    served = start()
    waiting = []
    for _ in range(4):
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=15)
        connection.sendall(f"GET /api/models/model/map/pixels HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode())
        waiting.append(connection)
    time.sleep(0.5)
    assert stop(served) == ""
    for connection in waiting:
        connection.close()


def test_what_there_is_not_is_refused(lab: Served) -> None:
    for place in ("models/model/map/0", "models/model/map/99", "test/10000", "models/model/cell/10/0"):
        answered = httpx.get(f"{lab.address}/api/{place}")
        assert answered.status_code == 400 and answered.json()["error"].startswith("expected"), place
    for place in ("test/-1", "models/none/map/6", "models/model/map/x", "models/none/score"):
        assert httpx.get(f"{lab.address}/api/{place}").status_code == 404, place
