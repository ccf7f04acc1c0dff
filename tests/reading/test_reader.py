"""The reader with the model that ships, on real photos, scans and drawings by seven people."""

import csv
from pathlib import Path

import numpy as np
import pytest

import numpen
from numpen.evaluation.metrics import evaluate
from numpen.reading.reader import SHIPPED

PICTURES = Path(__file__).parents[1] / "pictures" / "single"


def test_at_least_93_of_100_real_pictures_are_read_right() -> None:
    with (PICTURES / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    reader = numpen.Reader()
    right = [reader.read(PICTURES / row["file"]).digit == int(row["label"]) for row in rows]
    assert len(right) == 70 and np.mean(right) >= 0.93


def test_the_model_that_ships_is_what_its_card_says() -> None:
    model = numpen.Model.load(SHIPPED)
    assert SHIPPED.stat().st_size < 1_500_000
    recipe = numpen.load_recipe("steady").as_dict()
    assert model.card["recipe"] == {key: recipe[key] for key in model.card["recipe"]}  # later fields are at rest
    assert model.card["data"]["sha256"] == numpen.load_mnist("train").checksum
    accuracy = evaluate(model, numpen.load_mnist("test")).accuracy
    assert accuracy == pytest.approx(model.card["test"]["accuracy"], abs=0.0002)  # other machines round otherwise


def test_every_stage_is_kept_and_ends_in_mnist_s_frame() -> None:
    reading = numpen.Reader().read(PICTURES / "mhw32" / "7_1.png")
    assert list(reading.stages) == ["grey", "dark ink", "ink", "digit", "thick", "box", "frame"]
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
    assert list(reading.stages) == ["grey", "dark ink", "ink"]
