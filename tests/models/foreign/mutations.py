"""Files of weights with a few bytes changed: each is read, or refused with numpen's own error in one line."""

import io
import json
import pickle
import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as safetensors

from numpen.errors import NumpenError
from numpen.models.foreign.conventions import ways_round
from numpen.models.foreign.sources import read_parameters

SMALL = {"W1": np.arange(12.0).reshape(4, 3), "b1": np.ones(3), "W2": np.ones((3, 2), np.float32), "b2": np.ones(2)}
# what a careless reader trips over, put in anywhere
PIECES = [
    b"nan",
    b"inf",
    b"-",
    b"1e999",
    b"9" * 400,
    b"[",
    b"{",
    b"(",
    b"\0",
    b"\n",
    b",",
    b'"',
    b"'",
    b"\xff\xff\xff\x7f",
]


def objects() -> Any:
    row = np.empty(2, object)
    row[:] = [SMALL["W1"], SMALL["W2"]]
    return row


def saved(save: Any, *arrays: Any, **named: Any) -> bytes:
    file = io.BytesIO()
    save(file, *arrays, **named)
    return file.getvalue()


def contents() -> dict[str, bytes]:
    """A whole file of each kind."""
    lists = {"weights": [SMALL["W1"].tolist(), SMALL["W2"].tolist()], "biases": [[[1.0]] * 3, [[1.0]] * 2]}
    return {
        "csv": b"0.5,-1.25,3e-5\n1,2,3\n0.1,0.2,0.3\n",
        "npz": saved(np.savez, **SMALL),
        "npz, packed": saved(np.savez_compressed, **SMALL),
        "npy": saved(np.save, SMALL["W1"]),
        "npy of objects": saved(np.save, objects(), allow_pickle=True),
        "json": json.dumps(lists).encode(),
        "safetensors": safetensors({key: np.ascontiguousarray(array) for key, array in SMALL.items()}),
        "pickle 0": pickle.dumps([SMALL["W1"], SMALL["W2"]], 0),
        "pickle 2": pickle.dumps([SMALL["W1"], SMALL["W2"]], 2),
        "pickle 5": pickle.dumps(lists, 5),
    }


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content after one change or two."""
    for _ in range(rng.randint(1, 2)):
        place, byte = rng.randrange(len(content) + 1), bytes([rng.randrange(256)])
        other = rng.randrange(len(content) + 1)
        content = rng.choice(
            [
                content[:place] + byte + content[place + 1 :],
                content[:place] + byte + content[place:],
                content[:place] + content[place + 1 :],
                content[:place] + rng.choice(PIECES) + content[place:],
                content[:place] + content[other : other + 20] + content[place:],
                content[:place],
            ]
        )
    return content


def read_mutated(kind: str, count: int, path: Path) -> int:
    """How many of `count` mutations are read as weights; raises AssertionError for one that ends in anything
    but weights or numpen's own error in one line."""
    rng, whole, read = random.Random(kind), contents()[kind], 0
    for number in range(count):
        path.write_bytes(mutated(whole, rng))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                parameters, _ = read_parameters([path])
                read += 1
                ways_round(parameters)
        except NumpenError as error:
            assert "\n" not in str(error) and len(str(error)) < 1_000, (kind, number, str(error))
        except BaseException as error:
            raise AssertionError(f"mutation {number} of {kind} raised {error!r}") from error
    return read
