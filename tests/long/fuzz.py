"""Alter model files and checkpoints at random: nothing but our error may come of it, soon and with little memory.

    python -m tests.long.fuzz --files 1000000 --seed 0

Two ways in turn. Altered: a few bytes of the file are changed, put in, taken out or cut off; then none may load.
Sealed again: the header or the tensors are altered and the checksum is set right, as somebody could on purpose; then
a file may load (if only weights are others, say), but nothing else than our error may be raised. A finding is
written to the folder that is named in the end; what was found once stays in tests/models/test_forged.py.
"""

import argparse
import hashlib
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numpen.digits.mnist import load_mnist
from numpen.errors import NumpenError
from numpen.models import modelfile
from numpen.models.model import Model
from numpen.training.checkpoint import Checkpoint
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer

SLOWEST, MOST_MEMORY = 0.05, 64_000_000  # seconds of processor time a file, bytes more than before
SPICE = [b"\xff" * 8, b"\0" * 8, b"[" * 50, b"{", b'"', b"-1", b"1e999", b"NaN", b"null", b"99999999999", b"\\ud800"]
LIES: list[Any] = [None, True, -1, 0, 2**31, 2**63, 10**400, 1e308, float("nan"), "", "x" * 99, [], {}, [[]], {"a": {}}]

Load = Callable[[bytes], object]


@dataclass
class Count:
    """What came of the files."""

    files: int = 0
    refused: int = 0
    loaded_though_altered: int = 0
    loaded_sealed: int = 0
    slowest: float = 0.0  # seconds of processor time
    memory: int = 0  # bytes


def fuzz(content: bytes, load: Load, files: int, seed: int) -> Count:
    """Alter a file so many times and load it; raises whatever is not our error, with the file kept."""
    rng, count = random.Random(seed), Count()
    before = _least_peak()
    for number in range(files):
        sealed, other = number % 5 == 4, content
        while other == content:
            other = _sealed_again(content, rng) if sealed else _altered(content, rng)
        count.files += 1
        began = time.thread_time()
        try:
            load(other)
        except NumpenError as error:
            assert "\n" not in str(error), error
            count.refused += 1
        except BaseException:
            found = Path(tempfile.mkdtemp()) / f"finding-{seed}-{number}"
            found.write_bytes(other)
            print(f"a finding: {found}", file=sys.stderr)
            raise
        else:
            count.loaded_sealed += sealed
            count.loaded_though_altered += not sealed
        count.slowest = max(count.slowest, time.thread_time() - began)
    count.memory = _memory("VmHWM") - before
    return count


def _least_peak() -> int:
    """What this process takes now, which from now on is also the most that it has taken, where Linux tells."""
    if sys.platform != "linux":
        return 0
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    if sys.platform != "linux":
        return 0
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def _altered(content: bytes, rng: random.Random) -> bytes:
    other = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        place = rng.randrange(len(other) + 1) if rng.random() < 0.5 else rng.randrange(min(len(other), 600) + 1)
        match rng.randrange(5):
            case 0:
                other[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                other[place:place] = rng.choice(SPICE)
            case 2:
                del other[place : place + rng.randrange(1, 9)]
            case 3:
                del other[place:]
            case 4:
                other[place : place + 8] = rng.choice(SPICE)
    return bytes(other)


def _sealed_again(content: bytes, rng: random.Random) -> bytes:
    """A file whose header says something else, or whose bytes are others, with a checksum that is right."""
    length = int.from_bytes(content[:8], "little")
    outer, rest = json.loads(content[8 : 8 + length]), content[8 + length :]
    ((entry, inner),) = outer["__metadata__"].items()
    header = json.loads(inner) | {"sha256": "0" * 64}
    _lie(header if rng.random() < 0.7 else {key: outer[key] for key in outer if key != "__metadata__"}, rng)
    if rng.random() < 0.2:
        rest = _altered(rest, rng)
    outer["__metadata__"] = {entry: json.dumps(header)}
    text = json.dumps(outer).encode()
    whole = len(text).to_bytes(8, "little") + text + rest
    return whole.replace(b"0" * 64, hashlib.sha256(whole).hexdigest().encode(), 1)


def _lie(value: Any, rng: random.Random) -> None:
    """Change, take away or add one thing somewhere in JSON; the checksum's place stays."""
    keys = [key for key in value if key != "sha256"] if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = rng.choice(keys)
    if isinstance(value[key], dict | list) and value[key] and rng.random() < 0.8:
        _lie(value[key], rng)
    elif rng.random() < 0.2:
        del value[key]
    else:
        value[key] = rng.choice(LIES) if rng.random() < 0.8 else value[rng.choice(keys)]


def a_model() -> bytes:
    """A small model file."""
    trainer = Trainer(Recipe(layers="784-1-10", dropout=0.1), load_mnist("train").take(np.arange(20)))
    return modelfile.to_bytes(trainer.network, 255.0, {"note": "a card"})


def load_model(content: bytes) -> object:
    """As `Model.load` does once the file is read."""
    return Model(*modelfile.from_bytes(content, "it"))


def a_checkpoint() -> tuple[bytes, Load]:
    """A small checkpoint, and what loads one and goes on from it."""
    data = load_mnist("train").take(np.arange(20))
    recipe = Recipe(layers="784-1-10", batch_size=8, epochs=3, average=0.9, keep_best=True, validation=5,
                    validation_split="random", optimizer="adam", learning_rate=0.01)  # fmt: skip
    trainer, states = Trainer(recipe, data), list[Checkpoint]()
    trainer.at_a_time, trainer.at_rest = 1, lambda: states.append(Checkpoint.of(trainer))
    for _ in trainer.run():
        pass

    def load(content: bytes) -> object:
        return Checkpoint.from_bytes(content, "it").resume(data, allow_drift=True)

    return states[4].to_bytes(), load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--checkpoints", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    failed = False
    for name, (content, load), files in (
        ("models", (a_model(), load_model), arguments.files),
        ("checkpoints", a_checkpoint(), arguments.checkpoints),
    ):
        count = fuzz(content, load, files, arguments.seed)
        print(
            f"{name}: {count.files:,} files, {count.refused:,} refused; {count.loaded_though_altered} loaded though "
            f"altered, {count.loaded_sealed:,} that were sealed again; the slowest took {1000 * count.slowest:.1f} ms, "
            f"memory grew by {count.memory / 1e6:.1f} MB"
        )
        failed |= bool(count.loaded_though_altered) or count.slowest > SLOWEST or count.memory > MOST_MEMORY
    sys.exit(failed)


if __name__ == "__main__":
    main()
