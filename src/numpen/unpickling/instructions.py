"""What each instruction of a pickle does, by its code (the standard library's `pickletools` describes them all).

Those that make objects of any class, ask for persistent objects or look names up in a registry are not here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numpen.errors import printable
from numpen.spooling import MANY
from numpen.unpickling import containers
from numpen.unpickling.arrays import NAMES, Name, ObjectType, RawType, called, set_array_state

if TYPE_CHECKING:
    from numpen.unpickling.machine import Machine

Instruction: TypeAlias = Callable[["Machine"], object]

LONGEST = 255  # digits of a number in text, bytes of a binary one
ROOM = 64  # bytes that a container or a number takes, about


def _long(size_form: str) -> Instruction:
    def push(machine: "Machine") -> None:
        size = machine.number(size_form)
        if not 0 <= size <= LONGEST:
            raise ValueError("a number of too many digits")
        machine.push(int.from_bytes(machine.take(size), "little", signed=True), ROOM)

    return push


def _string(size_form: str, encoding: str) -> Instruction:
    """A string or bytes with its length in front; "python2" is text if it is short and ASCII."""

    def push(machine: "Machine") -> None:
        size = machine.number(size_form)
        if size < 0:
            raise ValueError("a string shorter than nothing")
        machine.spend(ROOM + size)
        if machine.packing and size > MANY:
            machine.push_long(machine.pieces_of(size), "utf-8" if encoding == "utf-8" else "")
            return
        data = machine.take(size)
        if encoding == "python2":
            machine.stack.append(_python2(data))
        else:
            machine.stack.append(data if encoding == "bytes" else data.decode("utf-8", "surrogatepass"))

    return push


def _python2(data: bytes) -> str | bytes:
    return data.decode("ascii") if len(data) <= LONGEST and data.isascii() else data


def _quoted(machine: "Machine") -> None:
    """A string of Python 2 as it stands in source code."""
    text = machine.line().rstrip()
    if len(text) < 2 or text[:1] != text[-1:] or text[:1] not in b"'\"":
        raise ValueError("no quoted string")
    machine.spend(ROOM)
    machine.stack.append(_python2(text[1:-1].decode("latin1").encode().decode("unicode_escape").encode("latin1")))


def _unicode(machine: "Machine") -> None:
    if machine.packing and machine.window.find(b"\n", machine.at) < 0:
        machine.push_long(machine.pieces_of_line(), "raw_unicode_escape")
        return
    machine.push(machine.line().decode("raw_unicode_escape"), ROOM)


def _push_name(machine: "Machine", module: Any, name: Any) -> None:
    if type(module) is not str or type(name) is not str or (module, name) not in NAMES:
        raise machine.refused(printable(f"{module}.{name}"))
    machine.push(Name(NAMES[module, name]), ROOM)


def _global(machine: "Machine") -> None:
    module, name = machine.line(), machine.line()
    _push_name(machine, module.decode("utf-8"), name.decode("utf-8"))


def _stack_global(machine: "Machine") -> None:
    name, module = machine.pop(), machine.pop()
    _push_name(machine, module, name)


def _reduce(machine: "Machine") -> None:
    arguments, name = machine.pop(), machine.pop()
    if type(name) is not Name or type(arguments) is not tuple:
        raise machine.refused("a call")
    machine.push(called(name.name, arguments), 2 * ROOM)


def _build(machine: "Machine") -> None:
    state, target = machine.pop(), machine.stack[-1]
    if type(state) is tuple and isinstance(target, RawType | ObjectType):
        target.set_state(state)
    elif type(state) is tuple and type(target) is np.ndarray:
        machine.stack[-1] = set_array_state(target, state)
    else:
        raise machine.refused("an object with a state of its own")


def _put(form: str) -> Instruction:
    return lambda machine: machine.put(machine.number(form) if form else containers.whole_number(machine.line()))


def _get(form: str) -> Instruction:
    return lambda machine: machine.get(machine.number(form) if form else containers.whole_number(machine.line()))


def _value(form: str) -> Instruction:
    return lambda machine: machine.push(machine.number(form), ROOM // 2)


def _skip(size: int) -> Instruction:
    return lambda machine: machine.take(size)


BY_LETTER: dict[str, Instruction] = {
    "\x80": _skip(1),  # the protocol
    "\x95": _skip(8),  # the length of a frame
    "(": containers.mark,
    "0": lambda machine: machine.pop(),
    "1": lambda machine: machine.pop_mark(),
    "N": lambda machine: machine.push(None),
    "\x88": lambda machine: machine.push(True),
    "\x89": lambda machine: machine.push(False),
    "I": containers.whole_line,
    "J": _value("<i"),
    "K": lambda machine: machine.push(machine.take(1)[0]),
    "M": _value("<H"),
    "L": lambda machine: machine.push(containers.whole_number(machine.line().removesuffix(b"L")), ROOM),
    "\x8a": _long("<B"),
    "\x8b": _long("<i"),
    "F": containers.float_line,
    "G": _value(">d"),
    "S": _quoted,
    "T": _string("<i", "python2"),
    "U": _string("<B", "python2"),
    "V": _unicode,
    "X": _string("<I", "utf-8"),
    "\x8c": _string("<B", "utf-8"),
    "\x8d": _string("<Q", "utf-8"),
    "B": _string("<I", "bytes"),
    "C": _string("<B", "bytes"),
    "\x8e": _string("<Q", "bytes"),
    "\x96": _string("<Q", "bytes"),
    "]": lambda machine: machine.push([], ROOM),
    "l": containers.marked_list,
    "a": containers.append,
    "e": containers.append_marked,
    ")": lambda machine: machine.push(()),
    "t": containers.marked_tuple,
    "\x85": containers.tuple_of(1),
    "\x86": containers.tuple_of(2),
    "\x87": containers.tuple_of(3),
    "}": lambda machine: machine.push({}, ROOM),
    "d": containers.marked_dict,
    "s": containers.set_item,
    "u": containers.set_marked,
    "p": _put(""),
    "q": _put("<B"),
    "r": _put("<I"),
    "\x94": lambda machine: machine.put(len(machine.memo)),
    "g": _get(""),
    "h": _get("<B"),
    "j": _get("<I"),
    "c": _global,
    "\x93": _stack_global,
    "R": _reduce,
    "b": _build,
}
INSTRUCTIONS: dict[int, Instruction] = {ord(letter): instruction for letter, instruction in BY_LETTER.items()}
