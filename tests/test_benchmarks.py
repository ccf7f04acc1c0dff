"""The benchmarks that print tables of accuracy: what can be seen of them without any other library."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from benchmarks import robustness, writers
from benchmarks.piped import PipedModel

import numpen
from numpen.digits.dataset import Dataset
from numpen.evaluation.metrics import WriterAccuracy
from numpen.evaluation.robustness import Curve, Robustness
from numpen.training.recipe import Recipe

SHIPPED = Path(numpen.__file__).parent / "models" / "shipped.numpen"
COUNTING = "from benchmarks.peers.answers import answer; answer(lambda pixels: (pixels > 0).sum(axis=1) % 10)"


def test_a_piped_model_answers_for_all_pictures_in_order(mnist_test: Dataset) -> None:
    with PipedModel([sys.executable, "-c", COUNTING]) as network:
        for some in (mnist_test.images[:3], mnist_test.images, mnist_test.images[5:6]):
            assert np.array_equal(network.predict(some), (some > 0).sum((1, 2)) % 10)
    assert network.process.returncode == 0


@pytest.mark.parametrize("program", ["pass", "import sys; sys.stdin.buffer.read(4); sys.stdout.buffer.write(b'12')"])
def test_a_piped_model_that_dies_says_so(program: str, mnist_test: Dataset) -> None:
    network = PipedModel([sys.executable, "-c", program])
    with pytest.raises(RuntimeError, match="expected answers from"):
        network.predict(mnist_test.images)
    assert network.process.wait() == 0
    for stream in (network.process.stdin, network.process.stdout):
        assert stream
        with suppress(BrokenPipeError):  # what was not sent is lost
            stream.close()


def test_the_tables_have_a_column_for_each_model() -> None:
    curve = Curve("blur", "pixels", (0, 1), (0.98, 0.5))
    one = Robustness(0.98, (curve,), {"fog": 0.25, "stripe": 0.5})
    other = Robustness(1.0, (Curve("blur", "pixels", (0, 1), (1.0, 0.75)),), {"fog": 1.0, "stripe": 0.0})
    assert robustness.section({"a": one, "b": other}).splitlines() == [
        "| corruption | a | b |",
        "|---|---:|---:|",
        "| none | 98.00 | 100.00 |",
        "| fog | 25.00 | 100.00 |",
        "| stripe | 50.00 | 0.00 |",
        "| **mean of the fifteen** | 37.50 | 50.00 |",
        "",
        "| distortion | a | b |",
        "|---|---:|---:|",
        "| blur, 1 pixels | 50.00 | 75.00 |",
    ]


def test_models_are_measured_by_the_names_of_their_files(mnist_test: Dataset) -> None:
    columns = robustness.measure([SHIPPED], mnist_test.take(slice(20)), torch=False)
    assert list(columns) == ["shipped"] and len(columns["shipped"].corruptions) == 15


def test_without_pytorch_numpen_s_models_stand_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.robustness", str(SHIPPED), "--first", "5"],
        env={**os.environ, "PEERS_PYTHON": "/no/such/python", "PYTHONPATH": str(SHIPPED.parents[2])},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.startswith("no PyTorch in /no/such/python")
    assert "\n| corruption | shipped |\n" in done.stdout and "| canny_edges |" in done.stdout


def test_unseen_writers_are_read() -> None:
    told = writers.measure(Recipe(layers="784-10", epochs=1, batch_size=256))
    assert abs(int(told.counts.sum()) - 10_000) < 200 and len(told.writers) > 60
    assert 0.6 < told.worst_tenth < told.mean < 0.95


def test_writers_have_a_row_for_each_seed() -> None:
    told = WriterAccuracy(np.array([1, 2], np.int32), np.array([600, 500]), np.array([0.5, 1.0]))
    *_, row = writers.section([(7, told)]).splitlines()
    assert row == "| 7 | 2 | 1,100 | 75.00 % | 50.00 % |"
