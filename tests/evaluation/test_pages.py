"""The pages stand alone, are well-formed, escape every name, and say what the figures say."""

import base64
import io
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.digits.label_review import load_reviews
from numpen.evaluation.explanation import explain
from numpen.evaluation.explanation_page import explanation_page
from numpen.evaluation.metrics import judge, mistakes, reliability, wilson_interval
from numpen.evaluation.page import bar, document, element, joined
from numpen.evaluation.painting import as_data_uri, grid, layout, painted, signed
from numpen.evaluation.report import report
from numpen.models.model import Model
from numpen.reading.reader import SHIPPED
from tests.evaluation.models import convolutional, model

NASTY = '<script>alert("x")</script>&\'.numpen'
HISTORY = [{"epoch": i, "train_loss": 1 / i, "validation_accuracy": 1 - 0.1 / i} for i in range(1, 5)]


@pytest.fixture(scope="module")
def shipped() -> Model:
    return Model.load(SHIPPED)


@pytest.fixture(scope="module")
def evaluated(shipped: Model, mnist_test: Dataset) -> str:
    shipped.card["history"] = HISTORY
    return report(shipped, mnist_test, shipped.probabilities(mnist_test.images), NASTY).decode()


@pytest.fixture(scope="module")
def explained(shipped: Model, mnist_test: Dataset) -> str:
    return explanation_page(explain(shipped, mnist_test.images[247], 4), NASTY).decode()


@pytest.fixture(params=["evaluated", "explained"])
def page(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


class TestBothPages:
    def test_are_well_formed(self, page: str) -> None:
        assert page.startswith("<!DOCTYPE html>\n<html")
        root = ElementTree.fromstring(page.split("\n", 1)[1])  # entities, nesting and attributes are right
        ids = [each.get("id") for each in root.iter() if each.get("id")]
        assert len(ids) == len(set(ids))
        referred = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', page))
        assert referred <= set(ids)

    def test_load_nothing_and_run_nothing(self, page: str) -> None:
        assert not re.search(r"https?:|[\"'( ]//\w|@import|<script|<link|<iframe|javascript:| on\w+=", page)
        sources = re.findall(r'src="([^"]*)"', page)
        assert sources and all(source.startswith("data:image/png;base64,") for source in sources)
        assert not re.search(r"url\((?!#)", page)
        assert "default-src &#x27;none&#x27;" in page

    def test_escape_the_name(self, page: str) -> None:
        assert NASTY not in page and "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;" in page

    def test_describe_every_picture(self, page: str) -> None:
        images = re.findall(r"<img [^>]*>", page)
        assert all(re.search(r'alt="[^"]+"', image) for image in images)

    def test_are_the_same_every_time(self, page: str, shipped: Model, mnist_test: Dataset) -> None:
        again = (
            report(shipped, mnist_test, shipped.probabilities(mnist_test.images), NASTY)
            if "How well" in page
            else explanation_page(explain(shipped, mnist_test.images[247], 4), NASTY)
        )
        assert again.decode() == page


def words(page: str) -> str:
    """What a reader sees, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page[page.index("<body") :]))


def test_the_reports_figures_are_those_of_the_evaluation(evaluated: str, shipped: Model, mnist_test: Dataset) -> None:
    probabilities = shipped.probabilities(mnist_test.images)
    evaluation, seen = judge(probabilities, mnist_test.labels), words(evaluated)
    low, high = wilson_interval(evaluation.right, 10_000)
    assert f"accuracy {100 * evaluation.accuracy:.2f} %" in seen
    assert f"95 % between {100 * low:.2f} and {100 * high:.2f}" in seen
    assert f"{reliability(probabilities, mnist_test.labels).expected_calibration_error:.4f}" in seen
    for each in evaluation.as_dict()["per_digit"]:
        rates = f"{100 * each['error_rate']:.2f} % {100 * each['share_of_errors']:.2f} %"
        assert f" {each['digit']} {each['count']:,} {each['errors']} {rates} " in seen
    for truth, row in enumerate(evaluation.confusion):
        assert f" {truth} {' '.join(str(n) if n else '·' for n in row)} " in seen
    wrong = mistakes(probabilities, mnist_test.labels)
    assert evaluated.count("<figure") == min(len(wrong), 100)
    for each in wrong[:100]:
        said = f"{each.truth} read as {each.answer} {100 * each.confidence:.2f} % sure picture {each.index} "
        assert said in seen
    assert "How it learned" in seen


def test_the_doubtful_labels_are_marked(evaluated: str, shipped: Model, mnist_test: Dataset) -> None:
    wrong = mistakes(shipped.probabilities(mnist_test.images), mnist_test.labels)[:100]
    doubtful = {review.row for review in load_reviews() if review.doubtful}
    marked = [int(row) for row in re.findall(r"picture (\d+)</span><span class=\"doubt\"", evaluated)]
    assert marked == [each.index for each in wrong if each.index in doubtful] != []
    assert evaluated.count('<figure class="doubtful"') == len(marked)


CARDS = [{}, {"history": 3}, {"history": [1, 2]}, {"history": [{"epoch": 1, "train_loss": "x"}]}, {"history": []}]


@pytest.mark.parametrize("card", CARDS)
def test_a_card_without_a_history_has_no_curve(card: dict[str, object], mnist_test: Dataset) -> None:
    few = mnist_test.take(slice(50))
    asked = Model(model().network, 255.0, card)
    assert b"How it learned" not in report(asked, few, asked.probabilities(few.images), "m")


def test_a_history_without_held_out_pictures_has_a_loss_alone(mnist_test: Dataset) -> None:
    few = mnist_test.take(slice(50))
    asked = Model(model().network, 255.0, {"history": [{"epoch": 1, "train_loss": 1.0, "validation_accuracy": None}]})
    seen = words(report(asked, few, asked.probabilities(few.images), "m").decode())
    assert "How it learned" in seen and "held-out" not in seen


def test_a_model_with_convolutions_has_both_pages(mnist_test: Dataset) -> None:
    asked, few = convolutional(), mnist_test.take(slice(50))
    for page in (
        report(asked, few, asked.probabilities(few.images), "m"),
        explanation_page(explain(asked, few.images[0]), "m"),
    ):
        ElementTree.fromstring(page.decode().split("\n", 1)[1])


def test_a_model_without_mistakes_has_a_report(mnist_test: Dataset) -> None:
    few = mnist_test.take(slice(10))
    page = report(model(), few, np.eye(10, dtype=np.float32)[few.labels], "m").decode()
    assert "There are none." in page and "100.00 %" in page
    ElementTree.fromstring(page.split("\n", 1)[1])


WITHOUT = """
import sys
sys.modules["matplotlib"] = None
from numpen.cli.main import main
sys.argv = ["numpen", "evaluate", {model!r}, "--first", "10", "--report", "r.html"]
main()
"""


def test_without_matplotlib_one_line_says_what_to_install(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(model=str(SHIPPED))],
        capture_output=True,
        text=True,
        cwd=str(tmp_path),
        check=False,
    )
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and 'pip install "numpen[plots]"' in line


def test_the_explanation_shows_every_card(explained: str, shipped: Model, mnist_test: Dataset) -> None:
    told, seen = explain(shipped, mnist_test.images[247], 4), words(explained)
    for card in told.cards:
        assert card.title in seen
        for each in card.sums:
            assert f"{each.symbol} = {each.rounded().total:.{each.decimals}f}" in seen
    right = "right" if told.answer == 4 else "wrong"
    assert "by finite differences" in seen and f"the answer is {right}" in seen


def test_what_is_put_into_markup_is_escaped_once() -> None:
    inner = element("b", "a < b & c", title='"<')
    assert inner == '<b title="&quot;&lt;">a &lt; b &amp; c</b>'
    assert joined([inner, "<i>"]) == inner + "&lt;i&gt;"
    assert element("td", bar(0.5, "<")).count("&lt;") == 1
    assert b"<title>&lt;t&gt;</title>" in document("<t>")


def test_the_longest_bar_does_not_stick_out_of_its_cell() -> None:
    style = document("any").decode()
    (left,) = re.findall(r"^\.bar \{[^}]* left: (\d+)px", style, re.M)
    assert f"width: calc(1.0000 * (100% - {2 * int(left)}px))" in bar(1, "all")


SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((784,), (1, 28, 28)),
    ((784, 30), (30, 28, 28)),
    ((10,), (1, 1, 10)),
    ((256,), (1, 8, 32)),
    ((100,), (1, 4, 25)),
    ((97,), (1, 4, 25)),
    ((256, 10), (1, 10, 256)),
    ((24, 24, 8), (8, 24, 24)),
    ((5, 5, 3, 8), (24, 5, 5)),
    ((1,), (1, 1, 1)),
]


@pytest.mark.parametrize(("shape", "pictures"), SHAPES)
def test_an_array_of_any_shape_can_be_looked_at(shape: tuple[int, ...], pictures: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape)
    laid = layout(array)
    assert laid.shape == pictures
    assert np.abs(laid).sum() == pytest.approx(np.abs(array).sum())
    assert painted(array).ndim == 3


def test_colours_tell_the_sign() -> None:
    colours = signed(np.array([[-2.0, 0, 2, 1]]))
    assert colours.tolist() == [[[33, 102, 172], [255, 255, 255], [230, 97, 1], [242, 176, 128]]]
    assert (signed(np.zeros((2, 2))) == 255).all()


@pytest.mark.parametrize("n", [1, 3, 7])
def test_a_sheet_comes_back_from_its_png(n: int) -> None:
    sheet = grid(signed(np.linspace(-1, 1, n * 16).reshape(n, 4, 4)), 3)
    png = base64.b64decode(as_data_uri(sheet).split(",")[1])
    back = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    assert back.shape == sheet.shape and np.abs(back - sheet).max() < 48  # a palette has 256 colours
