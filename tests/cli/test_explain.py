"""`numpen explain` and the report of `numpen evaluate`, as a person runs them."""

import json
import re
from pathlib import Path

import pytest

from numpen.evaluation.report import MOST_MISTAKES
from numpen.models.model import Model
from numpen.reading.reader import prepare
from tests.cli.process import run

ROOT = Path(__file__).parents[2]
SEVEN = ROOT / "tests" / "pictures" / "single" / "mhw32" / "7_1.png"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with two hidden layers, trained for one epoch by the command itself."""
    path = tmp_path_factory.mktemp("model") / "two.numpen"
    done = run("train", "--epochs", 1, "--layers", "784-32-16-10", "--learning-rate", 0.2, "--out", path)
    assert done.returncode == 0, done.stderr
    return path


def sections(shown: str) -> dict[str, list[str]]:
    """The lines of each table of a sum, by its symbol."""
    found: dict[str, list[str]] = {}
    symbol = ""
    for line in shown.splitlines():
        if match := re.match(r"  (\S.*), taken apart", line):
            found[symbol := match[1]] = []
        elif symbol and line.strip():
            found[symbol].append(line)
            if line.startswith(f"  {symbol} ="):
                symbol = ""
    return found


def test_the_sums_on_show_add_up_to_the_score_on_show(model: Path) -> None:
    shown = run("explain", model, "--index", 247).stdout
    answers = json.loads(run("explain", model, "--index", 247, "--json").stdout)
    tables = sections(shown)
    assert len(tables) == 6
    for symbol, lines in tables.items():
        *parts, total = (line.split()[-1] for line in lines)
        decimals = len(total.split(".")[1])
        assert sum(round(float(part) * 10**decimals) for part in parts) == round(float(total) * 10**decimals), symbol
    score = answers["scores"][answers["answer"]]
    assert tables[f"z³[{answers['answer']}]"][-1].split()[-1] == f"{score:.4f}"
    assert answers["truth"] == 4 and answers["truth_is_known"] is True


def test_it_goes_forward_and_back_in_order(model: Path) -> None:
    shown = run("explain", model, "--index", 0).stdout
    titles = re.findall(r"^(?:Layer \d, \w+|The picture|Why|The loss|One step)", shown, re.MULTILINE)
    up = ["Layer 1, dense", "Layer 2, relu", "Layer 3, dense", "Layer 4, relu", "Layer 5, dense", "Layer 6, softmax"]
    assert titles == ["The picture", *up, "Why", "The loss", *reversed(up), "One step"]
    assert "\x1b" not in shown and "█" in shown


def test_a_gradient_stands_beside_its_slope(model: Path) -> None:
    shown = run("explain", model, "--index", 247, "--layer", 5).stdout
    pairs = re.findall(r"^  (?:dW³|‖dW³).* (-?\d\S+) +(-?\d\S+)$", shown, re.MULTILINE)
    assert len(pairs) == 11
    assert all(float(rule) == pytest.approx(float(slope), rel=1e-5) for rule, slope in pairs)


def test_a_picture_of_ones_own_is_framed_first(model: Path) -> None:
    read = json.loads(run("predict", "--model", model, SEVEN, "--json").stdout)[0]
    shown = run("explain", model, SEVEN, "--layer", 6).stdout
    assert shown.startswith(f"7_1.png: {read['digit']}, taken for the truth (--label D)")
    piped = run("explain", model, "-", "--label", 3, "--layer", 6, stdin=SEVEN.read_bytes()).stdout
    assert piped.startswith(f"-: {read['digit']}, the truth is 3")
    told = json.loads(run("explain", model, SEVEN, "--label", 3, "--json").stdout)
    assert (told["answer"], told["truth"]) == (read["digit"], 3)
    one_look = Model.load(model).probabilities(prepare(SEVEN)["frame"])[0]  # where a reader in doubt takes nine
    assert told["outputs"] == pytest.approx(one_look.tolist(), abs=1e-6)


def test_a_page_is_written_instead(model: Path, tmp_path: Path) -> None:
    page = tmp_path / "why.html"
    done = run("explain", model, SEVEN, "--layer", 1, "--neuron", 3, "--report", page)
    assert done.stdout == f"saved {page}\n" and "z¹[3], taken apart" in page.read_text("utf-8")
    told = run("explain", model, SEVEN, "--report", page, "--json")
    assert json.loads(told.stdout)["truth_is_known"] is False and "The way back" in page.read_text("utf-8")


def test_evaluate_writes_a_page_with_its_own_figures(model: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = run("evaluate", model, "--first", 2000, "--report", page)
    assert f"saved {page}" in done.stdout
    facts = json.loads(run("evaluate", model, "--first", 2000, "--mistakes", 2000, "--json").stdout)
    text = page.read_text("utf-8")
    assert f"<dd>{100 * facts['accuracy']:.2f} %</dd>" in text and "2,000 pictures of mnist:test" in text
    low, high = facts["accuracy_interval"]
    assert low < facts["accuracy"] < high and 0 < facts["expected_calibration_error"] < 0.1
    wrong = round((1 - facts["accuracy"]) * 2000)
    assert len(facts["mistakes"]) == wrong and text.count("<figure") == min(wrong, MOST_MISTAKES)


def test_the_most_confident_mistakes_are_drawn_and_told(model: Path) -> None:
    shown = run("evaluate", model, "--mistakes", 300).stdout
    told = json.loads(run("evaluate", model, "--mistakes", 300, "--json").stdout)["mistakes"]
    assert len(told) == 300 and set(told[0]) == {"index", "truth", "answer", "confidence", "doubtful"}
    assert [each["confidence"] for each in told] == sorted((each["confidence"] for each in told), reverse=True)
    for each in told:
        assert f"{each['truth']} read as {each['answer']}" in shown
        assert f"{each['index']}: {100 * each['confidence']:.2f} %" in shown
    assert shown.count("label doubtful") == sum(each["doubtful"] is True for each in told) > 0
    drawn = shown[shown.index("the most confident") :]
    assert "█" in drawn and max(map(len, drawn.splitlines())) <= 80


def test_a_model_that_is_right_has_none_to_show(model: Path) -> None:
    shown = run("evaluate", model, "--first", 1, "--mistakes", 3).stdout
    assert shown.endswith("no mistakes\n")
