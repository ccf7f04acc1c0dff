"""The reader with the model that ships, on real photos, scans and drawings by seven people."""

import csv
from pathlib import Path

import numpy as np
import pytest
from benchmarks.pages import string
from PIL import Image, ImageDraw

import numpen
from numpen.evaluation.metrics import evaluate
from numpen.models.committee import Committee
from numpen.reading.reader import SHIPPED

PICTURES = Path(__file__).parents[1] / "pictures" / "single"
PAGES = Path(__file__).parents[1] / "pictures" / "number"


def test_at_least_96_of_100_real_pictures_are_read_right() -> None:
    with (PICTURES / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    reader = numpen.Reader()
    right = [reader.read(PICTURES / row["file"]).digit == int(row["label"]) for row in rows]
    assert len(right) == 70 and np.mean(right) >= 0.96


def test_the_model_that_ships_is_what_its_card_says() -> None:
    model = numpen.Model.load(SHIPPED)
    assert SHIPPED.stat().st_size < 1_500_000
    recipe = numpen.load_recipe("real-pictures").as_dict()
    assert model.card["recipe"] == {key: recipe[key] for key in model.card["recipe"]}  # later fields are at rest
    assert model.card["made by"] == "python -m benchmarks.shipped --seed 0"
    assert model.card["data"]["count"] == 360_000
    accuracy = evaluate(model, numpen.load_mnist("test")).accuracy
    assert accuracy == pytest.approx(model.card["test"]["accuracy"], abs=0.0002)  # other machines round otherwise


def test_every_stage_is_kept_and_ends_in_mnist_s_frame() -> None:
    reading = numpen.Reader().read(PICTURES / "mhw32" / "7_1.png")
    assert list(reading.stages) == ["grey", "dark ink", "even light", "ink", "digit", "thick", "box", "frame"]
    frame = reading.stages["frame"]
    assert frame.shape == (28, 28) and frame.dtype == np.uint8 and frame.max() > 200
    assert reading.digit == 7 and reading.confidence == reading.probabilities[7] > 0.5


def test_polarity_and_size_do_not_matter() -> None:
    picture = np.full((300, 200), 235, np.uint8)
    picture[40:60, 40:160] = 20  # a 7, of straight lines
    for row in range(60, 260):
        left = 140 - (row - 60) // 3
        picture[row, left : left + 22] = 20
    reader = numpen.Reader()
    for each in (picture, 255 - picture, picture[::4, ::4], np.kron(picture, np.ones((4, 4), np.uint8))):
        assert reader.read(each).digit == 7


@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_is_read_where_nothing_is_drawn(value: int) -> None:
    reading = numpen.Reader().read(np.full((60, 60), value, np.uint8))
    assert reading.digit is None and reading.confidence == 0 and reading.reason == "nothing is drawn on it"
    assert list(reading.stages) == ["grey", "dark ink", "even light", "ink"]


def test_a_threshold_declines_what_is_less_sure_and_says_what_it_wavers_between() -> None:
    picture = PICTURES / "mhw32" / "7_1.png"
    assert numpen.Reader(threshold=0).read(picture).digit == 7
    declined = numpen.Reader(threshold=1.0).read(picture)
    assert declined.digit is None and declined.confidence > 0.5
    assert declined.reason is not None and declined.reason.startswith("not sure: 7 (")


def test_a_doubt_is_looked_at_nine_times_and_nothing_else_is() -> None:
    reader, test = numpen.Reader(), numpen.load_mnist("test")
    judged, _ = reader.judge(test.images[:2000])
    once = reader.model.probabilities(test.images[:2000])
    nine = Committee([reader.model], reach=1).probabilities(test.images[:2000])
    unsure = once.max(axis=1) < 0.99
    assert 10 < unsure.sum() < 200
    assert np.array_equal(judged[~unsure], once[~unsure])
    assert np.allclose(judged[unsure], nine[unsure], atol=1e-6)
    assert np.abs(once[unsure] - nine[unsure]).max() > 0.1


def scribble() -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    image = Image.new("L", (300, 300), 230)
    points = np.random.default_rng(5).uniform(30, 270, (16, 2))
    ImageDraw.Draw(image).line([tuple(map(float, point)) for point in points], fill=20, width=9)
    return np.asarray(image)


def test_what_is_no_digit_is_declined() -> None:
    reader = numpen.Reader()
    block = np.full((200, 200), 230, np.uint8)
    block[50:150, 60:140] = 20
    noise = np.random.default_rng(0).integers(0, 256, (200, 200)).astype(np.uint8)
    cross = np.full((200, 200), 230, np.uint8)
    cross[95:105, 30:170] = cross[30:170, 95:105] = 20
    for picture in (block, noise, cross, scribble()):
        reading = reader.read(picture)
        assert reading.digit is None and reading.reason is not None


def test_a_page_of_numbers_is_read_line_by_line() -> None:
    page = numpen.Reader().read_page(PAGES / "hypjudy_5.png")
    assert page.text == "64193796\n52306\n12307468\n0755"
    assert abs(page.tilt) < 3
    first = page.lines[0].digits[0]
    left, top, width, height = first.box
    assert 80 < left < 110 and 100 < top < 140 and 8 < width < 30 and 20 < height < 45  # of 410x594 pixels
    assert first.frame.shape == (28, 28)
    assert page.lines[0].confidence == pytest.approx(np.prod([each.confidence for each in page.lines[0].digits]))


def test_a_digit_that_was_cut_from_another_is_less_sure_than_its_looks() -> None:
    written = string(numpen.load_mnist("train"), 2, np.random.default_rng([0, True, 78]), touching=True)
    apart = string(numpen.load_mnist("train"), 5, np.random.default_rng(0))
    (line,), (other,) = (numpen.Reader().read_page(each.picture).lines for each in (written, apart))
    assert (line.text, other.text) == (written.text, apart.text)
    for each in (*line.digits, *other.digits):
        likely = float(each.probabilities.max())
        assert each.confidence == pytest.approx(likely * each.digitness if each in line.digits else likely)
    assert line.confidence < float(np.prod([each.probabilities.max() for each in line.digits]))


def test_a_page_without_digits_has_no_lines() -> None:
    page = numpen.Reader().read_page(np.full((300, 200, 3), 200, np.uint8))
    assert page.lines == () and page.text == ""


def test_a_page_is_read_the_same_when_it_is_turned_dark_or_enlarged() -> None:
    with Image.open(PAGES / "hypjudy_5.png") as image:
        picture = np.asarray(image.convert("L"))
    reader = numpen.Reader()
    want = reader.read_page(picture).text
    assert reader.read_page(255 - picture).text == want
    assert reader.read_page(np.asarray(Image.fromarray(picture).resize((820, 1188)))).text == want


def test_a_sheet_of_stripes_is_no_writing() -> None:
    y, x = np.mgrid[0:400, 0:520]
    stripes = ((x + y) // 12 % 2 * 255).astype(np.uint8)
    assert not numpen.Reader().read_page(stripes).lines
