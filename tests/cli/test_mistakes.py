"""A mistake is one line on standard error and exit code 2: never a traceback, never a guess."""

import gzip
import struct
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from numpen.models.model import Model
from numpen.nn.activations import Softmax
from numpen.nn.layers import Dense
from numpen.nn.network import Network
from tests.cli.process import run

SHIPPED = Path(__file__).parents[2] / "src" / "numpen" / "models" / "shipped.numpen"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of things that are not what they are called."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("this is no picture")
    Image.new("L", (100, 100), 255).save(tmp_path / "blank.png")
    model = SHIPPED.read_bytes()
    (tmp_path / "truncated.numpen").write_bytes(model[:1000])
    (tmp_path / "flipped.numpen").write_bytes(model[:500_000] + bytes([model[500_000] ^ 1]) + model[500_001:])
    Model(Network([Dense(784, 10), Softmax()])).save(tmp_path / "net.model")
    (tmp_path / "bad.toml").write_text("epochs = ")
    (tmp_path / "unknown.toml").write_text("epoch = 3")
    lying = struct.pack(">4B3I", 0, 0, 8, 3, 2**31, 28, 28)
    (tmp_path / "lying").mkdir()
    (tmp_path / "lying" / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(lying))
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "train-images-idx3-ubyte").write_bytes(
        struct.pack(">4B3I", 0, 0, 8, 3, 1, 28, 28) + bytes(784)
    )
    return tmp_path


MISTAKES: list[tuple[tuple[Any, ...], str]] = [
    (("predict", "missing.png"), "missing.png"),
    (("predict", "empty"), "expected a folder with pictures"),
    (("predict", "text.png"), "text.png, which is none or damaged"),
    (("predict", "text.png", "--model", "missing.numpen"), "missing.numpen"),
    (("predict",), "path of a picture"),
    (("evaluate", "truncated.numpen"), "ends early"),
    (("evaluate", "flipped.numpen"), "does not match its checksum"),
    (("evaluate", "text.png"), "expected a numpen model"),
    (("evaluate", SHIPPED, "--data", "empty"), "images-idx3-ubyte"),
    (("evaluate", SHIPPED, "--data", "missing"), "missing, which does not exist"),
    (("evaluate", SHIPPED, "--first", "0"), "--first"),
    (("evaluate", SHIPPED, "--mistakes", "0"), "--mistakes"),
    (
        ("evaluate", SHIPPED, "--first", "10", "--report", "no/folder/r.html"),
        "expected a folder to write no/folder/r.html",
    ),
    (("explain", "missing.numpen", "--index", "0"), "missing.numpen"),
    (("explain", "text.png", "--index", "0"), "expected a numpen model"),
    (("explain", SHIPPED), "expected a PICTURE or --index N, got neither"),
    (("explain", SHIPPED, "text.png", "--index", "0"), "expected a PICTURE or --index N, got both"),
    (("explain", SHIPPED, "--index", "10000"), "--index"),
    (("explain", SHIPPED, "--index", "0", "--label", "7"), "leave it out"),
    (("explain", SHIPPED, "text.png"), "text.png, which is none or damaged"),
    (("explain", SHIPPED, "missing.png"), "missing.png"),
    (("explain", SHIPPED, "blank.png"), "blank.png, got a picture with nothing drawn on it"),
    (("explain", SHIPPED, "text.png", "--label", "10"), "--label"),
    (("explain", "net.model", "--index", "0", "--layer", "3"), "expected a layer from 1 to 2 (1 dense, 2 softmax)"),
    (("explain", "net.model", "--index", "0", "--neuron", "3"), "expected the layer of neuron 3"),
    (("explain", "net.model", "--index", "0", "--layer", "1", "--neuron", "10"), "from 0 to 9, got 10"),
    (
        ("explain", SHIPPED, "--index", "0", "--report", "no/folder/r.html"),
        "expected a folder to write no/folder/r.html",
    ),
    (("info", "missing"), "missing"),
    (("show", "missing"), "missing"),
    (("train", "--layers", "784-0-10"), "784-0-10"),
    (("train", "--layers", "100-10"), "from 784"),
    (("train", "--layers", "784-x-10"), "784-x-10"),
    (("train", "--layers", "784-999999-10"), "at most 16,000,000 parameters"),
    (("train", "--learning-rate", "-1"), "learning_rate to be above 0, got -1"),
    (("train", "--learning-rate", "nan"), "learning_rate to be above 0, got nan"),
    (("train", "--epochs", "0"), "epochs to be at least 1"),
    (("train", "--epochs", "many"), "--epochs"),
    (("train", "--loss", "foo"), "--loss"),
    (("train", "--weights", "foo"), "expected an initializer"),
    (("train", "--keep-best"), "held out"),
    (("train", "--validation", "60000"), "to hold out, got 60000"),
    (("train", "--data", "empty"), "expected labelled pictures in empty"),
    (("train", "--data", "lying"), "lying"),
    (("train", "--data", "alone"), "expected the labels"),
    (("train", "--recipe", "missing"), "expected a recipe that ships"),
    (("train", "--recipe", "bad.toml"), "expected TOML in bad.toml"),
    (("train", "--recipe", "unknown.toml"), "got epoch"),
    (("train", "--out", "no/folder/m.numpen"), "make no/folder first"),
    (("frobnicate",), "frobnicate"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=lambda value: " ".join(map(str, value))[-40:])
def test_a_mistake_is_one_line_and_exit_code_2(folder: Path, arguments: tuple[Any, ...], said: str) -> None:
    done = run(*arguments, cwd=folder)
    (line,) = done.stderr.splitlines()
    assert line.startswith("numpen: ") and said in line
    assert (done.stdout, done.returncode) == ("", 2)
    assert sorted(path.name for path in folder.glob("*.numpen")) == ["flipped.numpen", "truncated.numpen"]
    assert not list(folder.glob("*.html"))
