"""`numpen import` and `numpen export` as a person runs them: one after the other, and their mistakes."""

import json
from pathlib import Path

import numpy as np
import pytest

from numpen.models.foreign.conventions import Convention
from numpen.models.model import Model
from numpen.reading.reader import SHIPPED
from tests.cli.process import run
from tests.models.foreign.networks import kept_by, trained

# with nothing left to find, random weights are taken as they are
FULLY = ["--matrices", "in-out", "--biases", "added", "--activation", "relu", "--output", "softmax"]
FULLY += ["--pixel-divisor", "255"]


@pytest.fixture
def dense(tmp_path: Path) -> Path:
    """A model of dense layers, which every format can hold."""
    trained().save(tmp_path / "dense.numpen")
    return tmp_path / "dense.numpen"


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    """Weights whose biases are to be subtracted."""
    weights, biases = kept_by(trained(), Convention("out-in", "subtracted", "sigmoid", 255.0, "softmax"))
    np.savez(tmp_path / "theirs.npz", W1=weights[0], W2=weights[1], b1=biases[0], b2=biases[1], epochs=np.array(3))
    return tmp_path / "theirs.npz"


def test_import_says_what_it_found_and_writes_a_model(tmp_path: Path, npz: Path) -> None:
    done = run("import", npz, tmp_path / "m.numpen")
    assert (done.returncode, done.stderr) == (0, "")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert lines["layers"].endswith("784-30-10")
    assert "out-in" in lines["matrices"] and lines["matrices"].endswith("by the shapes")
    assert "subtracted" in lines["biases"] and "certain" in lines["biases"]
    assert "sigmoid" in lines["activation"] and "a guess" in lines["pixel"] and lines["not"].endswith("epochs")
    assert Model.load(tmp_path / "m.numpen").network.theta.tobytes() == trained().network.theta.tobytes()
    card = json.loads(run("info", tmp_path / "m.numpen", "--json").stdout)
    assert card["imported"]["convention"]["biases"] == "subtracted" and card["test"]["count"] == 10_000


def test_import_tells_the_same_as_json(tmp_path: Path, npz: Path) -> None:
    out = tmp_path / "m.numpen"
    done = run("import", npz, out, "--json", "--pixel-divisor", 255, "--biases", "subtracted")
    told = json.loads(done.stdout)
    assert (told["path"], told["bytes"], told["parameters"]) == (str(out), out.stat().st_size, 784 * 30 + 30 + 310)
    known = {each["part"]: each["sure"] for each in told["convention"]}
    assert known["pixel_divisor"] == known["biases"] == "given" and known["activation"] != "given"
    assert told["not_used"] == ["epochs"] and 0.85 < told["test_accuracy"] < 1


@pytest.mark.parametrize("target", ["m.npz", "m.safetensors", "folder", "m.onnx"])
def test_export_tells_what_it_wrote(tmp_path: Path, dense: Path, target: str) -> None:
    told = json.loads(run("export", dense, tmp_path / target, "--json").stdout)
    assert told["path"] == str(tmp_path / target)
    assert told["parameters"] == trained().network.theta.size and told["bytes"] > 94_000


def test_a_folder_of_csv_comes_back(tmp_path: Path, dense: Path) -> None:
    assert run("export", dense, tmp_path / "csv").returncode == 0
    assert run("import", tmp_path / "csv", tmp_path / "back.numpen").returncode == 0
    assert np.array_equal(Model.load(tmp_path / "back.numpen").network.theta, trained().network.theta)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "missing.npz", "m.numpen"), "missing.npz: No such file"),
        (("import", "m.numpen"), "SOURCE"),
        (("import", "random.npz", "random.npz"), "as the last word, got random.npz"),
        (("import", "random.npz", "."), "as the last word, got ."),
        (("import", SHIPPED, "m.numpen"), "use it as it is"),
        (("import", "random.npz", "m.numpen"), "no better than chance"),
        (("import", "random.npz", "m.numpen", "--pixel-divisor", "0"), "a number above 0, got 0.0"),
        (("import", "random.npz", "m.numpen", "--activation", "swish"), "swish"),
        (("import", "random.npz", "no/m.numpen", *FULLY), "expected a folder to write"),
        (("export", SHIPPED, "m.h5"), "expected a target that ends in"),
        (("export", "random.npz", "m.onnx"), "expected a numpen model"),
        (("export", SHIPPED, "no/m.onnx"), "expected a place to write"),
    ],
    ids=lambda value: " ".join(map(str, value))[-40:],
)
def test_a_mistake_is_one_line_and_exit_code_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    np.savez(tmp_path / "random.npz", W1=np.random.default_rng(0).normal(0, 1, (784, 10)), b1=np.zeros(10))
    done = run(*arguments, cwd=tmp_path)
    (line,) = done.stderr.splitlines()
    assert line.startswith("numpen: ") and said in line
    assert (done.stdout, done.returncode) == ("", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["random.npz"]


@pytest.mark.parametrize("command", ["import", "export"])
def test_help_has_an_example(command: str) -> None:
    assert f"  numpen {command} " in run(command, "--help").stdout
