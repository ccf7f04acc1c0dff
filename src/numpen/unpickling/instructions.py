"""What each instruction of a pickle does, by its code (the standard library's `pickletools` describes them all).

Those that make objects of any class, ask for persistent objects or look names up in a registry are not here.
"""

import re
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numpen.unpickling.arrays import NAMES, Name, RawType, called, set_array_state

if TYPE_CHECKING:
    from numpen.unpickling.machine import Machine

Instruction: TypeAlias = Callable[["Machine"], object]

LONGEST = 255  # digits of a number in text, bytes of a binary one
ROOM = 64  # bytes that a container or a number takes, about

# 16 numbers or more of one kind: a batch of bytes, a batch of floats, and in text, where each is appended by itself
BYTES = re.compile(rb"(?:K.){16,}e", re.DOTALL)
FLOATS = re.compile(rb"(?:G.{8}){16,}e", re.DOTALL)
LINES = re.compile(rb"(?:I(?:0|[1-9][0-9]{0,2})\na){16,}")


def _mark(machine: "Machine") -> None:
    target = machine.stack[-1] if machine.stack else None
    if (type(target) is list and not target) or type(target) is array:
        numbers: array[Any]
        if found := BYTES.match(machine.window, machine.at):
            numbers = array("B", found.group()[1::2])
        elif found := FLOATS.match(machine.window, machine.at):
            pairs = np.frombuffer(found.group()[:-1], np.uint8).reshape(-1, 9)  # (N, 9): G and the eight bytes
            numbers = array("d", np.ascontiguousarray(pairs[:, 1:]).view(">f8").astype(float).tobytes())
        if found and _extend(machine, target, numbers):
            machine.at = found.end()
            return
    machine.spend(8)
    machine.marks.append(len(machine.stack))


def _int(machine: "Machine") -> None:
    target = machine.stack[-1] if machine.stack else None
    if (type(target) is list and not target) or type(target) is array:
        found = LINES.match(machine.window, machine.at - 1)
        numbers = list(map(int, found.group()[1:-2].split(b"\naI"))) if found else [256]
        if found and max(numbers) < 256 and _extend(machine, target, array("B", numbers)):
            machine.at = found.end()
            return
    text = machine.line()
    machine.push(text == b"01" if text in (b"00", b"01") else _whole(text), ROOM // 2)


def _extend(machine: "Machine", target: Any, numbers: "array[Any]") -> bool:
    """Append numbers of one kind to a list that is empty, which becomes an array, or to such an array."""
    if type(target) is array:
        if target.typecode != numbers.typecode:
            return False
        machine.spend(len(numbers) * numbers.itemsize)
        target.extend(numbers)
        return True
    machine.spend(2 * ROOM + len(numbers) * numbers.itemsize)
    memo = machine.memo if 0 <= machine.last_put < len(machine.memo) else machine.far_memo
    if machine.last_put >= 0 and memo[machine.last_put] is target:
        memo[machine.last_put] = numbers
    machine.stack[-1] = numbers
    return True


def _add(machine: "Machine", items: list[Any]) -> None:
    """Append any items to the list on top of the stack; an array that they do not fit becomes a list again."""
    target = machine.stack[-1]
    if type(target) is array:
        kind = int if target.typecode == "B" else float
        if all(type(item) is kind and (kind is float or 0 <= item < 256) for item in items):
            target.extend(items)
            return
        machine.spend(ROOM // 2 * len(target))
        machine.unpacked[id(target)] = machine.stack[-1] = list(target)
        machine.far_memo[-len(machine.unpacked)] = target  # which keeps its id from being used again
        target = machine.stack[-1]
    if type(target) is not list:
        raise TypeError("only a list can be appended to")
    machine.spend(8 * len(items))
    target.extend(items)


def _put_items(machine: "Machine", items: list[Any]) -> None:
    target = machine.stack[-1]
    if type(target) is not dict or len(items) % 2:
        raise TypeError("only a dict has keys and values")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if type(key) not in (str, bytes, int, float, bool, type(None)):
            raise machine.refused("a dict with keys that are neither numbers nor strings")
        machine.spend(2 * ROOM)
        target[key] = value


def _whole(text: bytes) -> int:
    if len(text) > LONGEST or not re.fullmatch(rb"-?[0-9]+", text):
        raise ValueError("no whole number")
    return int(text)


def _float(machine: "Machine") -> None:
    text = machine.line()
    if not re.fullmatch(rb"[-+0-9.einfa]{1,40}", text):
        raise ValueError("no number")
    machine.push(float(text), ROOM // 2)


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
    machine.spend(ROOM + len(text))
    machine.stack.append(_python2(text[1:-1].decode("latin1").encode().decode("unicode_escape").encode("latin1")))


def _unicode(machine: "Machine") -> None:
    text = machine.line()
    machine.push(text.decode("raw_unicode_escape"), ROOM + len(text))


def _tuple(length: int) -> Instruction:
    def push(machine: "Machine") -> None:
        items = [machine.pop() for _ in range(length)]
        machine.push(tuple(reversed(items)), ROOM + 8 * length)

    return push


def _marked_tuple(machine: "Machine") -> None:
    items = machine.pop_mark()
    machine.push(tuple(items), ROOM + 8 * len(items))


def _marked_list(machine: "Machine") -> None:
    items = machine.pop_mark()
    machine.push(items, ROOM + 8 * len(items))


def _marked_dict(machine: "Machine") -> None:
    items = machine.pop_mark()
    machine.push({}, ROOM)
    _put_items(machine, items)


def _append(machine: "Machine") -> None:
    _add(machine, [machine.pop()])


def _appends(machine: "Machine") -> None:
    _add(machine, machine.pop_mark())


def _set_item(machine: "Machine") -> None:
    value, key = machine.pop(), machine.pop()
    _put_items(machine, [key, value])


def _set_items(machine: "Machine") -> None:
    _put_items(machine, machine.pop_mark())


def _push_name(machine: "Machine", module: Any, name: Any) -> None:
    if type(module) is not str or type(name) is not str or (module, name) not in NAMES:
        raise machine.refused(f"{module}.{name}"[:200].replace("\n", " "))
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
    if type(state) is tuple and type(target) is RawType:
        target.set_state(state)
    elif type(state) is tuple and type(target) is np.ndarray:
        set_array_state(target, state)
    else:
        raise machine.refused("an object with a state of its own")


def _put(form: str) -> Instruction:
    return lambda machine: machine.put(machine.number(form) if form else _whole(machine.line()))


def _get(form: str) -> Instruction:
    return lambda machine: machine.get(machine.number(form) if form else _whole(machine.line()))


def _value(form: str) -> Instruction:
    return lambda machine: machine.push(machine.number(form), ROOM // 2)


def _skip(size: int) -> Instruction:
    return lambda machine: machine.take(size)


BY_LETTER: dict[str, Instruction] = {
    "\x80": _skip(1),  # the protocol
    "\x95": _skip(8),  # the length of a frame
    "(": _mark,
    "0": lambda machine: machine.pop(),
    "1": lambda machine: machine.pop_mark(),
    "N": lambda machine: machine.push(None),
    "\x88": lambda machine: machine.push(True),
    "\x89": lambda machine: machine.push(False),
    "I": _int,
    "J": _value("<i"),
    "K": lambda machine: machine.push(machine.take(1)[0]),
    "M": _value("<H"),
    "L": lambda machine: machine.push(_whole(machine.line().removesuffix(b"L")), ROOM),
    "\x8a": _long("<B"),
    "\x8b": _long("<i"),
    "F": _float,
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
    "l": _marked_list,
    "a": _append,
    "e": _appends,
    ")": lambda machine: machine.push(()),
    "t": _marked_tuple,
    "\x85": _tuple(1),
    "\x86": _tuple(2),
    "\x87": _tuple(3),
    "}": lambda machine: machine.push({}, ROOM),
    "d": _marked_dict,
    "s": _set_item,
    "u": _set_items,
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
