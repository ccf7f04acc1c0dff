"""Mistakes and Inside, as a person uses them."""

from playwright.sync_api import Page, expect

from tests.lab.conftest import Served
from tests.lab.hand import SEVEN, answer, draw

LONG = 60_000


def test_a_cell_opens_its_pictures_and_a_picture_opens_on_the_board(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#mistakes")
    expect(page.locator(".mistakes .sentence")).to_contain_text("of 10,000 test pictures wrong", timeout=LONG)
    page.get_by_role("button", name="4 read as 9", exact=False).click()
    expect(page.locator(".mistakes h2")).to_contain_text("4 read as 9")
    page.locator(".gallery button").first.click()
    page.wait_for_selector('main[data-room="draw"]')
    answer(page, "9")


def test_a_unit_shows_what_excites_it(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#inside?layer=0&unit=5")
    expect(page.locator(".gallery.small button")).to_have_count(18, timeout=LONG)
    assert page.locator(".portraits canvas").count() == 1
    page.get_by_label("The next unit").click()
    expect(page.get_by_label("Unit", exact=True)).to_have_value("6")


def test_the_digit_on_the_board_is_followed_there_and_back(page: Page, lab: Served) -> None:
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    draw(page, SEVEN)
    answer(page, "7")
    page.goto(f"{lab.address}/#inside")
    page.locator(".card summary", has_text="Why 7 rather than").wait_for(timeout=LONG)
    assert page.locator(".card.backward").count() >= 3
    page.get_by_label("it is really").select_option("1")
    page.locator(".card summary", has_text="Why 7 rather than 1").wait_for(timeout=LONG)
