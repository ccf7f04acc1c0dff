"""`numpen evaluate` by writer and with --robustness, as a person runs it."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.evaluation.metrics import accuracy_by_writer
from numpen.evaluation.robustness import robustness
from numpen.models.committee import Committee
from numpen.models.model import Model
from tests.cli.process import run

SHIPPED = Path(__file__).parents[2] / "src" / "numpen" / "models" / "shipped.numpen"
EVALUATE = ("evaluate", SHIPPED, "--first", 200)


def test_two_tables_and_a_key_of_json_say_what_the_library_says(mnist_test: Dataset) -> None:
    expected = robustness(Model.load(SHIPPED), mnist_test.take(slice(200)))
    done = run(*EVALUATE, "--robustness", "--json")
    told = json.loads(done.stdout)["robustness"]
    assert done.stderr == ""
    assert told == json.loads(json.dumps(expected.as_dict()))
    done = run(*EVALUATE, "--robustness")
    assert done.stderr == "" and "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    lines = [line.split() for line in done.stdout.splitlines()]
    for curve in expected.curves:
        assert [f"{100 * each:.2f}" for each in curve.accuracies] in lines
    for name, accuracy in expected.corruptions.items():
        (line,) = (line for line in done.stdout.splitlines() if line.split()[:1] == [name])
        assert line.split()[1] == f"{100 * accuracy:.2f}"
        assert line.split()[-1] == f"{100 * (expected.accuracy - accuracy):.2f}"
    assert done.stdout.split()[-4:-1] == ["mean", f"{100 * expected.mean_corrupted:.2f}", "%"]


def test_it_is_not_measured_unless_asked_for() -> None:
    assert "robustness" not in json.loads(run(*EVALUATE, "--json").stdout)
    assert "corruption" not in run(*EVALUATE).stdout


def test_writers_that_are_known_have_their_line(mnist_test: Dataset) -> None:
    expected = accuracy_by_writer(Model.load(SHIPPED), mnist_test.take(slice(200)))
    assert json.loads(run(*EVALUATE, "--json").stdout)["writers"] == expected.as_dict()
    shown = f"by writer {100 * expected.mean:.2f} % on average over {len(expected.writers)} writers, "
    assert shown + f"{100 * expected.worst_tenth:.2f} % over the worst tenth" in run(*EVALUATE).stdout


def test_writers_that_are_not_known_have_none(mnist_test: Dataset, tmp_path: Path) -> None:
    images, labels = mnist_test.images[:5], mnist_test.labels[:5]
    (tmp_path / "images-idx3-ubyte").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 5, 28, 28) + images.tobytes())
    (tmp_path / "labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 5) + labels.tobytes())
    data = ("--data", tmp_path / "images-idx3-ubyte")
    assert "writers" not in json.loads(run("evaluate", SHIPPED, *data, "--json").stdout)
    assert "writer" not in run("evaluate", SHIPPED, *data).stdout


@pytest.mark.parametrize("option", ["--robustness=5", "--robust=fog", "--robustnes"])
def test_a_bad_option_is_one_line_and_exit_code_2(option: str) -> None:
    done = run("evaluate", SHIPPED, option)
    (line,) = done.stderr.splitlines()
    assert line.startswith("numpen: ") and option.split("=")[0] in line
    assert (done.stdout, done.returncode) == ("", 2)


def test_a_picture_of_nothing_is_measured_too(tmp_path: Path) -> None:
    blank = np.zeros((2, 28, 28), np.uint8)
    (tmp_path / "images-idx3-ubyte").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, 2, 28, 28) + blank.tobytes())
    (tmp_path / "labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, 2) + bytes(2))
    done = run("evaluate", SHIPPED, "--data", tmp_path / "images-idx3-ubyte", "--robustness", "--json")
    assert done.stderr == "" and len(json.loads(done.stdout)["robustness"]["corruptions"]) == 15


def test_several_models_are_a_committee_that_looks_again_and_again(tmp_path: Path, mnist_test: Dataset) -> None:
    files = [tmp_path / f"{seed}.numpen" for seed in range(2)]
    for seed, file in enumerate(files):
        train = ("train", "--layers", "784-12-10", "--epochs", "1", "--seed", str(seed), "--out", str(file))
        assert run(*train).returncode == 0
    told = json.loads(run("evaluate", *map(str, files), "--shifts", "1", "--first", "300", "--json").stdout)
    test = mnist_test.take(slice(300))
    members = [Model.load(file) for file in files]
    answers = Committee(members, 1).predict(test.images)
    assert told["accuracy"] == float((answers == test.labels).mean())
    told = json.loads(run("evaluate", *map(str, files), "--looks", "5", "--first", "300", "--json").stdout)
    answers = Committee(members, distorted=5).predict(test.images)
    assert told["accuracy"] == float((answers == test.labels).mean())
    assert run("evaluate", str(files[0]), "--shifts", "4").returncode == 2
    both = run("evaluate", str(files[0]), "--shifts", "1", "--looks", "5")
    assert both.returncode == 2 and "expected --shifts or --looks, got both" in both.stderr
