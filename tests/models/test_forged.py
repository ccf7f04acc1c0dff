"""A file with a right checksum and a wrong content, as somebody could make on purpose, is refused all the same."""

import hashlib
import json
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save as safetensors

from numpen.errors import ModelFileError
from numpen.models import modelfile

LAYERS: list[dict[str, Any]] = [{"layer": "dense", "inputs": 3, "outputs": 2}, {"layer": "softmax"}]
TENSORS: dict[str, NDArray[Any]] = {"0.W": np.ones((3, 2), np.float32), "0.b": np.ones(2, np.float32)}


def signed(content: bytes) -> bytes:
    """The content with its checksum where the zeros are, by the format's own description."""
    return content.replace(b"0" * 64, hashlib.sha256(content).hexdigest().encode(), 1)


def forged(tensors: dict[str, NDArray[Any]] | None = None, **header: Any) -> bytes:
    """A whole file with other tensors, or with other entries of the header (None: without the entry)."""
    entries = {"version": 1, "sha256": "0" * 64, "layers": LAYERS, "pixel_divisor": 255.0, "card": {}} | header
    kept = {key: value for key, value in entries.items() if value is not None}
    return signed(safetensors(TENSORS if tensors is None else tensors, {"numpen": json.dumps(kept)}))


def test_the_forger_knows_the_format() -> None:
    network, divisor, card = modelfile.from_bytes(forged(), "it")
    assert network.theta.tolist() == [1] * 8
    assert (divisor, card) == (255.0, {})


def refused(content: bytes) -> None:
    with pytest.raises(ModelFileError) as caught:
        modelfile.from_bytes(content, "it")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("entry", ["version", "sha256", "layers", "pixel_divisor", "card"])
def test_a_header_without_an_entry(entry: str) -> None:
    refused(forged(**{entry: None}))


@pytest.mark.parametrize("version", [0, 2, -1, "one", [1], math.inf, math.nan, 10**400, "9" * 5000])
def test_another_version(version: Any) -> None:
    refused(forged(version=version))


@pytest.mark.parametrize("checksum", ["", "0" * 63, "\ud800", "é", 5, [], {}, None, "1" * 64], ids=repr)
def test_another_checksum(checksum: Any) -> None:
    refused(forged(sha256=checksum))


@pytest.mark.parametrize("divisor", ["x", [], {}, 0, -1.0, math.nan, math.inf, 10**400], ids=str)
def test_a_divisor_that_cannot_be(divisor: Any) -> None:
    refused(forged(pixel_divisor=divisor))


@pytest.mark.parametrize("card", [5, "text", [1, 2], [[1]]], ids=str)
def test_a_card_that_is_no_object(card: Any) -> None:
    refused(forged(card=card))


@pytest.mark.parametrize(
    "layers",
    [
        5,
        "dense",
        {},
        [],
        [5],
        [{}],
        [[]],
        [{"layer": "softmax"}],
        [{"layer": []}],
        [{"layer": "magic"}],
        [*LAYERS, {"layer": "dense", "inputs": 9, "outputs": 2}],
        [{"layer": "dense", "inputs": "3", "outputs": 2}],
        [{"layer": "dense", "inputs": 3.0, "outputs": 2}],
        [{"layer": "dense", "inputs": -3, "outputs": -2}],
        [{"layer": "dense", "inputs": 10**30, "outputs": 2}],
        [{"layer": "dense", "inputs": 10**7, "outputs": 10**7}],
        [{"layer": "dense", "inputs": 3, "outputs": 2}] * 2,
        [{"layer": "dense", "inputs": 3, "outputs": 2}, {"layer": "leaky-relu", "slope": math.nan}],
        [{"layer": "dense", "inputs": 3, "outputs": 2}, {"layer": "elu", "alpha": 10**400}],
    ],
    ids=lambda layers: str(layers)[:60],
)
def test_layers_that_cannot_be(layers: Any) -> None:
    refused(forged(layers=layers))


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"0.W": TENSORS["0.W"]},
        {"0.W": TENSORS["0.W"].T.copy(), "0.b": TENSORS["0.b"]},
        {"0.W": np.ones((1, 1), np.float32), "0.b": TENSORS["0.b"]},
        {"0.W": np.ones((4, 2), np.float32), "0.b": TENSORS["0.b"]},
        {"0.W": TENSORS["0.W"].astype(np.float64), "0.b": TENSORS["0.b"]},
        {"0.W": TENSORS["0.W"] * np.float32(np.nan), "0.b": TENSORS["0.b"]},
        {"0.W": TENSORS["0.W"], "0.b": TENSORS["0.b"] * np.float32(np.inf)},
        {**TENSORS, "1.W": TENSORS["0.W"]},
    ],
    ids=["none", "no b", "transposed", "to be repeated", "too many", "float64", "nan", "inf", "one more"],
)
def test_tensors_that_are_not_the_layers(tensors: dict[str, NDArray[Any]]) -> None:
    refused(forged(tensors))


def test_tensors_that_end_early_or_late() -> None:
    content = forged().replace(checksum_of(forged()), b"0" * 64)
    for other in (content[:-4], content + bytes(4), content[:-1]):
        refused(signed(other))


def test_a_safetensors_header_that_is_none() -> None:
    # JSON that Python reads and safetensors does not: an entry that describes no tensor
    content = forged().replace(checksum_of(forged()), b"0" * 64)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length]) | {"0.W": {"dtype": "F99", "shape": [3, 2], "data_offsets": [0, 24]}}
    text = json.dumps(header).encode()
    refused(signed(len(text).to_bytes(8, "little") + text + content[8 + length :]))


def checksum_of(content: bytes) -> bytes:
    length = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["numpen"])
    return str(header["sha256"]).encode()


@pytest.mark.parametrize(
    "card",
    [
        {"recipe": 5},
        {"data": [1]},
        {"test": "x"},
        {"test": None},
        {"test": {"accuracy": "x"}},
        {"test": {"accuracy": 1.0, "count": None}},
        {"test": {"accuracy": 1.0, "count": "many"}},
    ],
    ids=str,
)
def test_a_card_whose_parts_are_none(card: dict[str, Any]) -> None:
    refused(forged(card=card))
