"""Pickles that want to be run are not, and those that want all the memory do not get it."""

import copyreg
import gzip
import os
import pickle
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numpen.errors import FileFormatError
from numpen.unpickling import load_packed, load_plain
from tests.memory import growth, linux


class Calls:
    """What is pickled as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


class WithState:
    def __init__(self, **state: Any) -> None:
        self.__dict__.update(state)


def dumped(value: Any) -> Callable[[str], bytes]:
    return lambda marker: pickle.dumps(value(marker), 2)


def written(text: str) -> Callable[[str], bytes]:
    """A pickle in text, with MARKER where the name of the file stands that must not be made."""
    return lambda marker: text.replace("MARKER", marker).encode()


def by_registry(marker: str) -> bytes:
    copyreg.add_extension("os", "system", 240)
    try:
        return b"\x80\x02\x82\xf0" + f"(S'touch {marker}'\ntR.".encode()
    finally:
        copyreg.remove_extension("os", "system", 240)


def object_array(marker: str) -> bytes:
    array = np.empty(1, object)
    array[0] = Calls(os.system, f"touch {marker}")
    return pickle.dumps(array, 2)


ATTACKS: dict[str, Callable[[str], bytes]] = {
    "os.system": dumped(lambda marker: Calls(os.system, f"touch {marker}")),
    "eval": dumped(lambda marker: Calls(eval, f"open({marker!r}, 'w')")),
    "exec": dumped(lambda marker: Calls(exec, f"open({marker!r}, 'w')")),
    "open": dumped(lambda marker: Calls(open, marker, "w")),
    "subprocess": dumped(lambda marker: Calls(subprocess.call, ["touch", marker])),
    "deep in a list": dumped(lambda marker: [[0] * 784, {"labels": (1, [Calls(os.system, f"touch {marker}")])}]),
    "protocol 0": written("cos\nsystem\n(S'touch MARKER'\ntR."),
    "instance": written("(S'touch MARKER'\nios\nsystem\n."),
    "object": written("(cos\nsystem\nS'touch MARKER'\no."),
    "getattr chain": written("c__builtin__\ngetattr\n(cos\npath\nS'os'\ntR(S'touch MARKER'\ntR."),
    "dotted name": lambda marker: (
        b"\x80\x04\x8c\x05numpy\x8c\x0cf2py.os.system\x93" + f"(V touch {marker}\ntR.".encode()
    ),
    "name made of parts": lambda marker: (
        b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93" + f"(V touch {marker}\ntR.".encode()
    ),
    "newobj": lambda marker: b"\x80\x02csubprocess\nPopen\n" + f"((lp0\nS'touch'\naS'{marker}'\natR\x81.".encode(),
    "build": written("c__main__\nA\n)\x81}(S'__setstate__'\ncos\nsystem\nubS'touch MARKER'\nb."),
    "copyreg": written("ccopy_reg\n_reconstructor\n(cos\nsystem\nc__builtin__\nobject\nNtR."),
    "registry of extensions": by_registry,
    "persistent object": written("Ptouch MARKER\n."),
    "array of objects": object_array,
    "numpy that loads": dumped(lambda marker: Calls(np.load, marker, None, True)),
    "type of objects": lambda _: pickle.dumps(np.dtype(object), 2),
    "state of an object": lambda _: pickle.dumps([Path("a")], 2),
    "encode with a codec": written("c_codecs\nencode\n(Va\nVbz2\ntR."),
    "call of a value": written("I1\n(I2\ntR."),
    "array that is called": written("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\ntR."),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_run(tmp_path: Path, attack: str) -> None:
    marker, path = tmp_path / "marker", tmp_path / "a.pkl"
    for packed in (bytes, gzip.compress):
        path.write_bytes(packed(ATTACKS[attack](str(marker))))
        for load in (load_plain, load_packed):
            with pytest.raises(FileFormatError):
                load(path)
            assert not marker.exists()


@pytest.mark.parametrize(
    "attack",
    ["os.system", "subprocess", "protocol 0", "instance", "object", "deep in a list", "array of objects"],
)
def test_pickle_itself_runs_these(tmp_path: Path, attack: str) -> None:
    marker = tmp_path / "marker"
    pickle.loads(ATTACKS[attack](str(marker)))
    assert marker.exists()


def test_the_error_says_what_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(ATTACKS["protocol 0"]("x"))
    with pytest.raises(FileFormatError, match=r"got os\.system in .*: a pickle can be a program, and numpen runs none"):
        load_plain(tmp_path / "a.pkl")


def test_the_error_stays_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04\x8c\x03o\ns\x8c\x07sys\x1bt\xc2\x85\x93.")
    with pytest.raises(FileFormatError, match=r"got o\?s\.sys\?t\? in") as error:
        load_plain(tmp_path / "a.pkl")
    assert str(error.value).isprintable()


def array_pickle(shape: bytes, kind: bytes = b"f8", state: bytes = b"(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb") -> bytes:
    """An array of eight bytes that says to have another shape or type."""
    made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
    return made + b"(I1\n" + shape + b"cnumpy\ndtype\n(S'" + kind + b"'\nI0\nI1\ntR" + state + b"I00\nS'12345678'\ntb."


LIES = {
    "larger": array_pickle(b"(I2\nt"),
    "smaller": array_pickle(b"(I0\nt"),
    "huge": array_pickle(b"(I99999999999\nI99999999999\nt"),
    "huge and empty": array_pickle(b"(I99999999999\nI0\nI99999999999\nt"),
    "negative": array_pickle(b"(I-1\nI-1\nt"),
    "of floats": array_pickle(b"(F1.0\nt"),
    "33 axes": array_pickle(b"(" + b"I1\n" * 33 + b"t"),
    "of objects": array_pickle(b"(I1\nt", b"O8"),
    "of text": array_pickle(b"(I1\nt", b"S8"),
    "of records": array_pickle(b"(I1\nt", b"i4,i4"),
    "with fields": array_pickle(b"(I1\nt", b"f8", b"(I3\nS'<'\nN(S'a'\nt}I8\nI8\nI0\ntb"),
    "with a strange order": array_pickle(b"(I1\nt", b"f8", b"(I3\nS'!'\nNNNI-1\nI-1\nI0\ntb"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_array_must_be_what_it_says(tmp_path: Path, lie: str) -> None:
    (tmp_path / "a.pkl").write_bytes(LIES[lie])
    for load in (load_plain, load_packed):
        with pytest.raises(FileFormatError):
            load(tmp_path / "a.pkl")


def test_the_lies_are_lies(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(array_pickle(b"(I1\nt"))
    assert load_plain(tmp_path / "a.pkl") == np.frombuffer(b"12345678", "<f8")


SETUP = """
from pathlib import Path
import numpy
from numpen.errors import NumpenError
from numpen.unpickling import load_packed, load_plain
"""
LOAD = """
for load in (load_packed, load_plain):
    try:
        load(Path(sys.argv[1]))
        print("loaded")
    except NumpenError:
        pass
"""

# each is gzip of about 20 MB of the same instructions, but for those of numbers
BOMBS = {
    "zeros": bytes(200),
    "lists": b"]" * 200,
    "lists in a list": b"]a" * 100,
    "tuples": b")" * 200,
    "numbers": b"M\xff\xff" * 66,
    "doubled": b"\x94h\0\x94h\0" * 33,
    "dicts": b"}" * 200,
    "marks": b"(" * 200,
}


@linux
@pytest.mark.parametrize("bomb", [*BOMBS, "string", "memo", "long", "batches"])
def test_a_bomb_costs_little_memory(tmp_path: Path, bomb: str) -> None:
    start, unit, times = b"\x80\x04]", BOMBS.get(bomb, b""), 100_000
    if bomb == "string":  # 2 GB are said to come, and 200 MB do
        start, unit, times = b"\x80\x04\x8e" + struct.pack("<Q", 2 << 30), bytes(1000), 200_000
    elif bomb == "memo":  # which makes C pickle ask for 16 GB
        start, unit, times = b"\x80\x02Nr\xff\xff\xff\x7f", b"", 1
    elif bomb == "long":
        start, unit, times = b"\x80\x02\x8b\xff\xff\xff\x7f", bytes(1000), 100_000
    elif bomb == "batches":
        unit, times = b"(" + b"K\0" * 1000 + b"e", 100_000
    path = tmp_path / "bomb.pkl"
    with gzip.open(path, "wb", 1) as file:
        file.write(start)
        for _ in range(100):
            file.write(unit * (times // 100))
    megabytes, _ = growth(SETUP, LOAD, path)
    assert megabytes < 128
