"""The commands do what a person expects of them: real processes, real files, the JSON that is promised."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.process import run

COMMANDS = (
    *("train", "recipes", "evaluate", "predict", "read", "correct", "explain", "show", "browse", "info", "init"),
    *("find-lr", "cross-validate", "convert", "import", "export"),
)
PICTURES = Path(__file__).parents[1] / "pictures" / "single"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained for one epoch by the command itself."""
    path = tmp_path_factory.mktemp("model") / "one.numpen"
    done = run("train", "--epochs", 1, "--layers", "784-32-10", "--out", path)
    assert done.returncode == 0, done.stderr
    assert "test accuracy 9" in done.stdout
    return path


def test_train_prints_the_promised_json_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "m.numpen"
    done = run(
        "train", "--epochs", 2, "--layers", "784-16-10", "--validation", 3000, "--seed", 5, "--json", "--out", out
    )
    result = json.loads(done.stdout)
    assert done.stderr == ""
    assert result["model"] == str(out) and out.stat().st_size == result["bytes"]
    assert result["recipe"] == "fast (changed)" and result["seed"] == 5
    assert result["parameters"] == 784 * 16 + 16 + 16 * 10 + 10
    assert [epoch["epoch"] for epoch in result["epochs"]] == [1, 2]
    assert set(result["epochs"][0]) == {"epoch", "train_loss", "validation_accuracy", "seconds"}
    assert 0.8 < result["epochs"][1]["validation_accuracy"] <= 1
    assert 0.8 < result["test_accuracy"] <= 1 and result["seconds"] > 0


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    options = ("train", "--epochs", 1, "--layers", "784-16-10", "--dropout", 0.1)
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        assert run(*options, "--seed", seed, "--out", tmp_path / name).returncode == 0
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c


def test_no_save_keeps_nothing(tmp_path: Path) -> None:
    done = run("train", "--epochs", 1, "--layers", "784-10", "--no-save", "--json", cwd=tmp_path)
    assert done.returncode == 0 and json.loads(done.stdout)["model"] is None
    assert list(tmp_path.iterdir()) == []


def test_a_diverged_run_leaves_with_3_and_the_last_good_weights(tmp_path: Path) -> None:
    out = tmp_path / "m.numpen"
    done = run("train", "--learning-rate", 1e30, "--layers", "784-16-10", "--out", out)
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert "finite" in line and str(out) in line
    assert run("evaluate", out, "--first", 100).returncode == 0


def test_evaluate_counts_every_error_once(model: Path) -> None:
    facts = json.loads(run("evaluate", model, "--first", 2000, "--json").stdout)
    confusion = np.array(facts["confusion"])
    assert facts["count"] == confusion.sum() == 2000
    assert facts["accuracy"] == np.trace(confusion) / 2000
    errors = [each["errors"] for each in facts["per_digit"]]
    assert errors == (confusion.sum(axis=1) - np.diag(confusion)).tolist()
    assert sum(each["share_of_errors"] for each in facts["per_digit"]) == pytest.approx(1)
    shown = run("evaluate", model, "--first", 2000).stdout
    assert f"accuracy {100 * facts['accuracy']:.2f} %" in shown and "\x1b" not in shown


def test_evaluate_tells_how_far_it_is(model: Path) -> None:
    said = run("evaluate", model, "--first", 250, "--verbose", "--json")
    on_the_way = [line for line in said.stderr.splitlines() if line.endswith("right")]
    assert [line.split()[0] for line in on_the_way] == ["100", "200", "250"]
    assert float(on_the_way[-1].split()[2]) == pytest.approx(100 * json.loads(said.stdout)["accuracy"], abs=0.005)


def test_predict_reads_files_folders_and_standard_input(model: Path) -> None:
    folder = PICTURES / "mhw32"
    rows = json.loads(run("predict", folder, "--json").stdout)
    assert [Path(row["path"]).name for row in rows] == [f"{digit}_1.png" for digit in range(10)]
    keys = {"path", "digit", "confidence", "probabilities", "accepted", "reason", "digitness", "error"}
    assert set(rows[0]) == keys
    assert sum(rows[0]["probabilities"]) == pytest.approx(1, abs=1e-5)
    (piped,) = json.loads(run("predict", "-", "--json", stdin=(folder / "7_1.png").read_bytes()).stdout)
    assert piped["digit"] == rows[7]["digit"] == 7 and piped["path"] == "-"
    shown = run("predict", "--model", model, folder / "0_1.png").stdout
    assert shown.startswith(f"{folder / '0_1.png'}: ") and shown.endswith(" %)\n")


def test_predict_goes_on_past_a_bad_picture(tmp_path: Path) -> None:
    bad = tmp_path / "=bad.png"
    bad.write_text("no picture")
    table = tmp_path / "answers.csv"
    good = PICTURES / "mhw32" / "7_1.png"
    done = run("predict", "=bad.png", good, "--csv", table, cwd=tmp_path)
    assert done.returncode == 0 and "1 of 2 pictures could not be read" in done.stderr
    header, first, second = csv.reader(table.read_text().splitlines())
    assert header == ["path", "digit", "confidence", "reason"]
    assert first[0] == "'=bad.png" and first[1] == "" and first[3]  # a path that no spreadsheet computes
    assert second[:2] == [str(good), "7"] and second[3] == ""


def test_predict_declines_an_empty_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    Image.new("L", (200, 200), 240).save(sheet)
    (row,) = json.loads(run("predict", sheet, "--json").stdout)
    assert row["digit"] is None and row["accepted"] is False and row["reason"] == "nothing is drawn on it"


@pytest.mark.parametrize("options", [("mnist:test",), ("mnist:test", "--means")])
def test_show_draws_data_in_the_terminal(options: tuple[str, ...]) -> None:
    shown = run("show", *options).stdout
    assert "10,000 pictures" in shown and "█" in shown
    assert max(len(line) for line in shown.splitlines()[1:]) <= 80  # ten digits in two lines of five


def test_show_writes_a_png_of_the_weights(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights.png"
    assert run("show", model, "--out", out).returncode == 0
    colours = np.asarray(Image.open(out).convert("RGB"), int)
    assert ((colours[..., 0] - colours[..., 2]) > 100).any() and ((colours[..., 2] - colours[..., 0]) > 100).any()


def test_info_tells_a_model_s_card_and_a_dataset_s_facts(model: Path) -> None:
    card = json.loads(run("info", model, "--json").stdout)
    assert card["recipe"]["layers"] == "784-32-10" and card["data"]["source"] == "mnist:train"
    assert card["test"]["count"] == 10_000 and 0.9 < card["test"]["accuracy"] < 1
    facts = json.loads(run("info", "mnist:test", "--json").stdout)
    assert facts["count"] == sum(facts["per_digit"]) == 10_000 and facts["writers"] == 297
    assert "layers" in run("info", model).stdout


def test_every_command_has_help_with_an_example() -> None:
    listing = run("--help").stdout
    for command in COMMANDS:
        assert f"  {command} " in listing
        done = run(command, "--help")
        assert done.returncode == 0 and f"  numpen {command} " in done.stdout
