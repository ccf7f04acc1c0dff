"""The commands around a training: recipes, init, browse, find-lr, cross-validate, and how much is printed."""

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numpen.digits.dataset import Dataset
from numpen.models.model import Model
from numpen.training.recipe import load_recipe, recipe_names
from numpen.training.trainer import Trainer
from tests.cli.process import run
from tests.cli.test_mistakes import SHIPPED


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, mnist: Dataset) -> Path:
    """A thousand pictures of MNIST as files, with nothing to test on."""
    folder = tmp_path_factory.mktemp("small")
    images, labels = mnist.images[::60], mnist.labels[::60]
    head = bytes([0, 0, 8])
    size = len(labels).to_bytes(4)
    (folder / "train-images-idx3-ubyte").write_bytes(head + bytes([3]) + size + (28).to_bytes(4) * 2 + images.tobytes())
    (folder / "train-labels-idx1-ubyte").write_bytes(head + bytes([1]) + size + labels.tobytes())
    return folder


def size_of(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as image:
        image.verify()
        return image.size


class TestRecipes:
    def test_every_one_is_listed_with_a_line(self) -> None:
        lines = run("recipes").stdout.splitlines()
        assert [line.split()[0] for line in lines] == recipe_names()
        assert all(line.endswith(f"  {load_recipe(line.split()[0]).summary}") for line in lines)

    def test_a_name_prints_the_whole_of_it(self) -> None:
        done = run("recipes", "sixteen-sixteen")
        assert done.stdout.startswith("#")
        assert tomllib.loads(done.stdout)["learning_rate"] == 0.17

    def test_as_json(self) -> None:
        names = [each["name"] for each in json.loads(run("recipes", "--json").stdout)]
        assert names == recipe_names()
        assert json.loads(run("recipes", "nielsen-1", "--json").stdout) == load_recipe("nielsen-1").as_dict()


class TestInit:
    def test_a_model_holds_what_a_training_starts_from(self, tmp_path: Path, few: Dataset) -> None:
        out = tmp_path / "fresh.numpen"
        done = run("init", "--recipe", "nielsen-1", "--seed", 7, "--json", out)
        recipe = load_recipe("nielsen-1").changed(seed=7)
        theta = Trainer(recipe, few).network.theta
        assert np.array_equal(Model.load(out).network.theta, theta)
        assert json.loads(done.stdout) == {"path": str(out), "bytes": out.stat().st_size, "parameters": theta.size}

    def test_arrays_have_the_named_spread(self, tmp_path: Path) -> None:
        out = tmp_path / "fresh.npz"
        options = ("init", "--layers", "784-30-10", "--weights", "uniform(0.036)")
        done, _ = run(*options, out), run(*options, tmp_path / "again.npz")
        assert out.read_bytes() == (tmp_path / "again.npz").read_bytes()
        with np.load(out, allow_pickle=False) as arrays:
            shapes = {name: array.shape for name, array in arrays.items() if array.ndim}  # besides the convention
            first, bias = arrays["W1"], arrays["b1"]
        assert shapes == {"W1": (784, 30), "b1": (30,), "W2": (30, 10), "b2": (10,)}
        assert 0.0355 < first.max() <= 0.036 and -0.036 <= first.min() < -0.0355
        assert first.std() == pytest.approx(0.036 / 3**0.5, rel=0.02)
        assert not bias.any()
        assert done.stdout == f"saved {out} (23,860 parameters, {out.stat().st_size / 1000:.0f} kB)\n"


class TestBrowse:
    def test_it_goes_on_until_quit(self) -> None:
        done = run("browse", SHIPPED, stdin=b"\n\nquit\n\n")
        assert re.findall(r"picture (\d) of 10,000", done.stdout) == ["1", "2", "3"]
        assert re.findall(r"says (\d) \(\d+\.\d\d %\), it is (\d)", done.stdout) == [("7", "7"), ("2", "2"), ("1", "1")]
        assert "█" in done.stdout and "\x1b" not in done.stdout
        assert done.returncode == 0 and done.stderr == ""

    def test_the_end_of_the_input_stops_it_too(self) -> None:
        assert run("browse", SHIPPED, stdin=b"\n").stdout.count("picture") == 2

    def test_the_first_so_many_are_shown_without_asking(self) -> None:
        done = run("browse", SHIPPED, "--first", 8)
        truths = re.findall(r"picture \d of 8: .* it is (\d)", done.stdout)
        assert truths == list("72104149")
        assert done.stdout.count("\n") == 8 * 15  # a picture in 14 lines, and one below it

    def test_it_ends_with_the_last_picture(self, small: Path) -> None:
        done = run("browse", SHIPPED, "--data", small, stdin=b"\n" * 2000)
        assert "picture 1,000 of 1,000" in done.stdout and done.returncode == 0

    def test_a_wrong_answer_is_marked(self, tmp_path: Path) -> None:
        out = tmp_path / "fresh.numpen"
        run("init", "--recipe", "sixteen-sixteen", out)
        for line in run("browse", out, "--first", 30).stdout.splitlines():
            if says := re.search(r"says (\d) .* it is (\d)(.*)", line):
                assert ("wrong" in says[3]) == (says[1] != says[2])


class TestFindLr:
    OPTIONS = ("--recipe", "thirty-hidden", "--batch-size", 50)

    def test_a_sweep_trains_for_every_rate(self, small: Path, tmp_path: Path) -> None:
        plot = tmp_path / "rates.png"
        rates = ("--from", 0.5, "--to", 1.5, "--step", 0.5, "--plot", plot)
        facts = json.loads(run("find-lr", "--data", small, *self.OPTIONS, *rates, "--epochs", 5, "--json").stdout)
        assert [point["learning_rate"] for point in facts["points"]] == [0.5, 1.0, 1.5]
        best = max(facts["points"], key=lambda point: point["accuracy"])
        assert facts["suggestion"] == best["learning_rate"]
        assert size_of(plot) == (800, 500)

    def test_a_range_test_takes_one_pass(self, small: Path, tmp_path: Path) -> None:
        plot = tmp_path / "rates.png"
        done = run("find-lr", "--data", small, *self.OPTIONS, "--plot", plot, "--json")
        facts = json.loads(done.stdout)
        best = min(facts["points"], key=lambda point: point["loss"])
        assert facts["suggestion"] == pytest.approx(best["learning_rate"] / 3)
        assert ("highest that was tried" in done.stderr) == (best is facts["points"][-1])
        assert set(facts["points"][0]) == {"learning_rate", "loss", "accuracy"}
        rates = [point["learning_rate"] for point in facts["points"]]
        assert rates == sorted(rates) and 1e-4 <= rates[0] < facts["suggestion"] < rates[-1] <= 10
        assert size_of(plot) == (800, 500)

    def test_lines_for_a_person(self, small: Path) -> None:
        rates = ("--from", 0.5, "--to", 1, "--step", 0.5, "--processes", 1)
        *lines, last = run("find-lr", "--data", small, *self.OPTIONS, *rates).stdout.splitlines()
        assert [line.split()[2] for line in lines] == ["0.5", "1"]
        assert all("loss" in line and "held out" in line for line in lines)
        assert last in ("suggestion: 0.5", "suggestion: 1")

    def test_rates_of_which_none_learns(self, small: Path, tmp_path: Path) -> None:
        rates = ("--from", 1e30, "--to", 2e30, "--step", 1e30, "--plot", tmp_path / "rates.png", "--processes", 1)
        done = run("find-lr", "--data", small, *rates)
        assert done.returncode == 0 and "every training diverged" in done.stdout
        assert done.stdout.count("diverged") == 3 and done.stderr == ""


class TestCrossValidate:
    OPTIONS = ("--layers", "784-12-10", "--epochs", 2)

    def test_folds_of_writers_are_the_default(self) -> None:
        done = run("cross-validate", "--layers", "784-10", "--epochs", 1, "--folds", 2, "--json")
        facts = json.loads(done.stdout)
        assert set(facts) == {"folds", "mean", "standard_deviation"} and done.stderr == ""
        assert sum(fold["count"] for fold in facts["folds"]) == 60_000
        assert len({fold["count"] for fold in facts["folds"]}) > 1  # hands have written more, or fewer
        assert 0.8 < facts["mean"] < 1 and 0 < facts["standard_deviation"] < 0.05

    def test_a_held_out_part_of_n_rows(self, small: Path) -> None:
        options = ("--data", small, *self.OPTIONS, "--hold-out", 150, "--by", "random")
        facts = json.loads(run("cross-validate", *options, "--json").stdout)
        assert [fold["count"] for fold in facts["folds"]] == [150]
        assert run("cross-validate", *options).stdout == f"fold 1/1  accuracy {100 * facts['mean']:.2f} % of 150\n"

    def test_lines_for_a_person(self, small: Path) -> None:
        shown = run("cross-validate", "--data", small, *self.OPTIONS, "--folds", 2, "--by", "stratified").stdout
        *folds, last = shown.splitlines()
        assert [line.split("  ")[0] for line in folds] == ["fold 1/2", "fold 2/2"]
        assert re.fullmatch(r"mean \d+\.\d\d %, standard deviation \d\.\d\d %", last)


class TestLinesOfATraining:
    def test_verbose_says_how_it_goes_every_thousand_pictures(self) -> None:
        options = ("train", "--recipe", "thirty-hidden", "--batch-size", 50, "--no-save", "--verbose")
        lines = run(*options).stdout.splitlines()
        steps = [int(line.split()[1].split("/")[0].replace(",", "")) for line in lines if line.startswith("step")]
        assert steps == list(range(20, 1201, 20))  # 20 steps of 50 pictures

    def test_five_hundred_epochs_have_fifty_lines(self, small: Path) -> None:
        options = ("train", "--data", small, "--layers", "784-10", "--batch-size", 0, "--no-save", "--validation", 100)
        by = ("--validation-split", "random")
        lines = run(*options, *by, "--epochs", 500).stdout.splitlines()
        epochs = [line.split()[1] for line in lines if line.startswith("epoch")]
        assert epochs == [f"{epoch}/500" for epoch in range(10, 501, 10)]
        assert all("validation" in line for line in lines if line.startswith("epoch"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("recipes", "nielsen-9"), "expected a recipe that ships"),
        (("init", "fresh.json"), "ends in .numpen or .npz, got fresh.json"),
        (("init", "--layers", "784-0-10", "a.npz"), "784-0-10"),
        (("init", "missing/a.npz"), "missing/a.npz"),
        (("browse", "missing.numpen"), "missing.numpen"),
        (("browse", SHIPPED, "--data", "missing"), "missing, which does not exist"),
        (("find-lr", "--learning-rate", "0.1"), "--from and --to"),
        (("find-lr", "--step", "0.1"), "--from and --to with --step"),
        (("find-lr", "--from", "3", "--to", "1"), "a lowest rate above 0 and a higher one"),
        (("find-lr", "--from", "1", "--to", "2", "--step", "0"), "by a step above 0"),
        (("find-lr", "--plot", "missing/rates.png"), "make missing first"),
        (("cross-validate", "--folds", "1"), "between 2 and 60000 folds"),
        (("cross-validate", "--folds", "2", "--hold-out", "9"), "got both"),
        (("cross-validate", "--folds", "2", "--hold-out", "0"), "got both"),
        (("cross-validate", "--hold-out", "0"), "to hold out, got 0"),
        (("cross-validate", "--by", "hands"), "--by"),
    ],
)
def test_a_mistake_is_one_line(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert words in line
    assert list(tmp_path.iterdir()) == []
