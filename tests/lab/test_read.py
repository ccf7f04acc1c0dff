"""The Read room: a real photo is read, corrected by hand, saved as CSV, and what was corrected is kept."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from numpen.digits.sources import load_source
from tests.cli.process import run
from tests.lab.conftest import Served, start, stop
from tests.lab.hand import SEVEN, answer, draw

PHOTO = Path(__file__).parents[2] / "docs" / "pictures" / "page-of-numbers.jpg"
LINES = ["64193796", "52306", "12307468", "0755"]  # what is written on it, and read
LONG = 60_000


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corrections") / "my digits"


@pytest.fixture(scope="module")
def keeping(mine: Path) -> Iterator[Served]:
    """A lab that keeps corrections."""
    served = start("--corrections", str(mine))
    yield served
    assert stop(served) == ""


def read(page: Page, lab: Served, photo: Path) -> None:
    page.goto(f"{lab.address}/#read")
    page.get_by_label("A photo of numbers").set_input_files(photo)
    expect(page.locator(".numbers li")).to_have_text(LINES, timeout=LONG)


def saved(page: Page, folder: Path) -> list[list[str]]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    download.value.save_as(folder / "saved.csv")
    return rows_of(folder / "saved.csv")


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_real_photo_is_read_and_a_digit_opens_on_the_board(page: Page, lab: Served) -> None:
    read(page, lab, PHOTO)
    expect(page.locator(".read .sentence")).to_have_text("25 digits in 4 lines.")
    page.locator(".box").nth(1).click()
    expect(page.locator(".closely p")).to_contain_text("Read as 4")
    page.get_by_role("button", name="Open on the board").click()
    answer(page, "4")


def test_the_csv_says_what_the_command_says(page: Page, lab: Served, tmp_path: Path) -> None:
    read(page, lab, PHOTO)
    rows = saved(page, tmp_path)
    assert rows[0] == ["path", "line", "text", "confidence", "corrected"]
    assert [row[:3] for row in rows[1:]] == [["page-of-numbers.jpg", str(i + 1), text] for i, text in enumerate(LINES)]
    assert run("read", str(PHOTO), "--csv", str(tmp_path / "theirs.csv")).returncode == 0
    _, theirs = rows_of(tmp_path / "theirs.csv")
    assert " | ".join(row[2] for row in rows[1:]) == theirs[1]
    assert abs(min(float(row[3]) for row in rows[1:]) - float(theirs[2])) < 2e-6


def test_a_correction_changes_the_text_the_csv_and_nothing_on_the_disk_unasked(
    page: Page, lab: Served, tmp_path: Path
) -> None:
    formula = tmp_path / '=HYPERLINK("x"),.jpg'
    shutil.copy(PHOTO, formula)
    read(page, lab, formula)
    page.locator(".numbers li").nth(3).locator("button").first.focus()
    page.keyboard.press("9")  # it was a 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")  # it was a 7
    page.locator(".box").first.click()
    page.get_by_role("group", name="It is really").get_by_role("button", name="3").click()
    expect(page.locator(".numbers li")).to_have_text(["34193796", *LINES[1:3], "9×55"])
    expect(page.locator(".read .sentence")).to_have_text("25 digits in 4 lines, 3 corrected.")
    expect(page.locator(".read section > .hint").first).to_contain_text("open the lab with --corrections")
    rows = saved(page, tmp_path)
    assert rows[1][0] == f"'{formula.name}"
    assert [row[2] for row in rows[1:]] == ["34193796", *LINES[1:3], "955"]
    assert [row[4] for row in rows[1:]] == ["1", "0", "0", "2"]
    page.get_by_role("button", name="As it was read").click()
    expect(page.locator(".numbers li").first).to_have_text(LINES[0])
    refused = httpx.post(
        f"{lab.address}/api/corrections/3", headers=lab.ours("application/octet-stream"), content=bytes(784)
    )
    assert refused.status_code == 404


def test_what_is_corrected_joins_ones_own_digits(page: Page, keeping: Served, mine: Path) -> None:
    read(page, keeping, PHOTO)
    first, second = page.locator(".box").nth(0), page.locator(".box").nth(1)
    kept = page.locator(".read section > .hint").first
    first.focus()
    page.keyboard.press("6")
    expect(kept).to_contain_text("1 picture kept")
    second.focus()
    page.keyboard.press("9")
    expect(kept).to_contain_text("2 pictures kept")
    expect(kept).to_contain_text(f"--data '{mine}'")
    assert sorted(load_source(str(mine), "train").labels.tolist()) == [6, 9]
    page.keyboard.press("4")  # a second thought
    expect(second).to_have_attribute("aria-label", "4, corrected")
    page.keyboard.press("Delete")  # a third
    expect(kept).to_contain_text("1 picture kept")
    assert load_source(str(mine), "train").labels.tolist() == [6]


def test_a_drawing_joins_ones_own_digits(page: Page, keeping: Served, mine: Path) -> None:
    before = len(load_source(str(mine), "train"))
    page.goto(keeping.address)
    page.wait_for_selector(".drawing")
    draw(page, SEVEN)
    answer(page, "7")
    page.get_by_label("It is really").select_option("1")
    expect(page.locator("#message")).to_contain_text("Kept as a 1")
    digits = load_source(str(mine), "train")
    assert len(digits) == before + 1
    assert digits.labels.tolist().count(1) == 1


def test_only_pixels_and_digits_are_taken(keeping: Served, mine: Path) -> None:
    frame = np.zeros((28, 28), np.uint8)
    frame[4:24, 12:16] = 255
    headers = keeping.ours("application/octet-stream")
    before = sorted(mine.rglob("*"))
    for place in ("1%2f..%2f2", "..%2f..%2fx", "10", "-1", "01x", "none/1"):
        answered = httpx.post(f"{keeping.address}/api/corrections/{place}", headers=headers, content=frame.tobytes())
        assert answered.status_code in (400, 404), place
    for content in (b"", bytes(784), b"\xff" * 784, frame.tobytes() + b"x"):
        assert httpx.post(f"{keeping.address}/api/corrections/1", headers=headers, content=content).status_code == 400
    without = {name: value for name, value in headers.items() if name != "x-numpen-token"}
    asked = httpx.post(f"{keeping.address}/api/corrections/1", headers=without, content=frame.tobytes())
    assert asked.status_code == 403
    assert sorted(mine.rglob("*")) == before


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = run("lab", "--no-browser", "--port", "0", "--corrections", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("numpen: expected a folder to keep digits in")
