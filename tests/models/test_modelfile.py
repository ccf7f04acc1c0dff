"""A model file gives back what was put into it, bit for bit, and any other file is refused with ModelFileError."""

import json
import math
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save as safetensors

from numpen.errors import ModelFileError, NumpenError, OutputError
from numpen.models import modelfile
from numpen.models.sealed import LARGEST_HEADER
from numpen.nn.activations import ELU, ReLU, Softmax
from numpen.nn.initializers import Normal
from numpen.nn.layers import Dense, Dropout
from numpen.nn.network import Network
from tests.disks import Between

CARD = {"recipe": {"name": 'ä"\\\n', "rate": 0.1}, "accuracy": 0.98, "none": None, "list": [1, [2]]}


def network_of(dtype: type = np.float32, seed: int = 0) -> Network:
    network = Network([Dense(6, 5), ELU(0.3), Dropout(0.2), Dense(5, 4), ReLU(), Dense(4, 3), Softmax()], 8, dtype)
    network.initialize(Normal(1), Normal(1), np.random.default_rng(seed))
    return network


def content_of(network: Network | None = None) -> bytes:
    return modelfile.to_bytes(network or network_of(), 255.0, CARD)


class TestTheRoundTrip:
    def test_everything_comes_back_bit_for_bit(self, tmp_path: Path) -> None:
        network, path = network_of(), tmp_path / "a.numpen"
        network.theta[:4] = [0.1, -0.0, 1e-45, 3.4e38]  # the smallest and the largest that there are
        assert modelfile.save(network, 256.0, CARD, path) == len(path.read_bytes())
        again, divisor, card = modelfile.load(path)
        assert again.theta.tobytes() == network.theta.tobytes()
        assert again.theta.dtype == np.float32
        assert again.specs() == network.specs()
        assert (divisor, card) == (256.0, CARD)

    def test_the_same_model_gives_the_same_bytes(self) -> None:
        assert content_of() == content_of()
        loaded = modelfile.from_bytes(content_of(), "it")
        assert modelfile.to_bytes(*loaded) == content_of()

    def test_another_model_gives_other_bytes(self) -> None:
        assert content_of(network_of(seed=1)) != content_of()

    def test_a_file_is_written_over(self, tmp_path: Path) -> None:
        for seed in (1, 2):
            modelfile.save(network_of(seed=seed), 255.0, CARD, tmp_path / "a")
        assert modelfile.load(tmp_path / "a")[0].theta.tobytes() == network_of(seed=2).theta.tobytes()
        assert [path.name for path in tmp_path.iterdir()] == ["a"]

    def test_a_safetensors_reader_opens_it(self, tmp_path: Path) -> None:
        network = network_of()
        modelfile.save(network, 255.0, CARD, tmp_path / "a")
        with safe_open(tmp_path / "a", "numpy") as file:
            header = json.loads(file.metadata()["numpen"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
        assert (header["version"], header["pixel_divisor"], header["card"]) == (1, 255.0, CARD)
        assert header["layers"] == network.specs()
        assert sorted(tensors) == ["0.W", "0.b", "3.W", "3.b", "5.W", "5.b"]
        for name, tensor in tensors.items():
            i, symbol = name.split(".")
            assert np.array_equal(tensor, network.layers[int(i)].tensors()[symbol])


class TestWhatCannotBeKept:
    """A model that could not be read again is refused before the file that is there has been touched."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        modelfile.save(network_of(), 255.0, CARD, tmp_path / "a")
        return tmp_path / "a"

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_weights_that_are_not_finite(self, path: Path, value: float) -> None:
        network = network_of(seed=1)
        network.theta[3] = value
        with pytest.raises(NumpenError):
            modelfile.save(network, 255.0, CARD, path)
        assert path.read_bytes() == content_of()

    def test_a_card_longer_than_a_header_may_be(self, path: Path) -> None:
        with pytest.raises(NumpenError):
            modelfile.save(network_of(), 255.0, {"note": "x" * LARGEST_HEADER}, path)
        assert path.read_bytes() == content_of()

    def test_a_float64_network_is_kept_as_float32_or_refused(self, path: Path) -> None:
        network = network_of(np.float64, seed=1)
        try:
            modelfile.save(network, 255.0, CARD, path)
        except NumpenError:
            assert path.read_bytes() == content_of()
        else:
            assert np.array_equal(modelfile.load(path)[0].theta, network.theta.astype(np.float32))

    def test_a_disk_that_keeps_something_else_is_noticed(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        opened = Path.open

        class Unsound(Between):
            """A file that keeps something else than what is written to it."""

            def write(self, content: bytes) -> None:
                self.file.write(content[:-1] + bytes([content[-1] ^ 1]))

        def unsound(path: Path, mode: str = "r") -> Any:
            return Unsound(opened(path, mode)) if "x" in mode else opened(path, mode)

        monkeypatch.setattr(Path, "open", unsound)
        with pytest.raises(ModelFileError, match="is the disk sound"):
            modelfile.save(network_of(seed=1), 255.0, CARD, path)
        assert path.read_bytes() == content_of()  # and the old one stays

    def test_a_place_that_cannot_be_written_to(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError):
            modelfile.save(network_of(), 255.0, CARD, tmp_path / "nowhere" / "a")


def altered(content: bytes, rng: random.Random) -> bytes:
    """The content with one byte changed, put in or taken out, or cut off at some place."""
    place, byte = rng.randrange(len(content)), bytes([rng.randrange(256)])
    change = rng.choice(["flip", "insert", "delete", "truncate"])
    if change == "flip":
        return content[:place] + bytes([content[place] ^ rng.randrange(1, 256)]) + content[place + 1 :]
    if change == "insert":
        return content[:place] + byte + content[place:]
    if change == "delete":
        return content[:place] + content[place + 1 :]
    return content[:place]


def test_a_file_with_one_changed_byte_is_refused() -> None:
    content, rng = content_of(), random.Random(0)
    for _ in range(20_000):
        other = altered(content, rng)
        with pytest.raises(ModelFileError):
            modelfile.from_bytes(other, "it")


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_is_seen_wherever_it_is(bit: int) -> None:
    content = content_of()
    for place in range(len(content)):
        other = bytearray(content)
        other[place] ^= 1 << bit
        with pytest.raises(ModelFileError):
            modelfile.from_bytes(bytes(other), "it")


FOREIGN: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "short": lambda: b"\0\0\0",
    "text": lambda: b"layers = 784-256-10\n" * 100,
    "safetensors": lambda: safetensors({"0.W": np.zeros((3, 4), np.float32)}),
    "safetensors with metadata": lambda: safetensors({"0.W": np.zeros((3, 4), np.float32)}, {"format": "pt"}),
    "pickle": lambda: pickle.dumps({"weights": [1.0, 2.0]}),
    "huge header": lambda: (2**63).to_bytes(8, "little") + content_of()[8:],
    "header of the limit": lambda: (LARGEST_HEADER + 1).to_bytes(8, "little") + bytes(100_000),
    "deep header": lambda: (60_000).to_bytes(8, "little") + b"[" * 60_000,
    "null header": lambda: (4).to_bytes(8, "little") + b"null",
    "too large": lambda: content_of() + bytes(modelfile.LARGEST_FILE),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_another_kind_of_file_is_refused_by_its_name(tmp_path: Path, kind: str) -> None:
    (tmp_path / "other").write_bytes(FOREIGN[kind]())
    with pytest.raises(ModelFileError, match="other") as caught:
        modelfile.load(tmp_path / "other")
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="expected a model file, got"):
        modelfile.load(tmp_path)


def test_a_pickle_is_not_executed(tmp_path: Path) -> None:
    (tmp_path / "evil").write_bytes(pickle.dumps(Evil(str(tmp_path / "executed"))))
    with pytest.raises(ModelFileError):
        modelfile.load(tmp_path / "evil")
    assert not (tmp_path / "executed").exists()


class Evil:
    """Leaves a folder behind where it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (Path(self.path),)
