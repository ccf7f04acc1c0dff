"""Lists, tuples and dicts: how a pickle fills them, and lists of numbers of one kind kept in little room."""

import re
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from numpen.unpickling.rows import Forgotten, Rows, form_of

if TYPE_CHECKING:
    from numpen.unpickling.machine import Machine

LONGEST = 255  # digits of a number in text
ROOM = 64  # bytes that a container or a number takes, about
FEWEST = 16  # numbers that become an array

# 16 numbers or more of one kind: a batch of bytes, a batch of floats, and in text, where each is appended by itself
BYTES = re.compile(rb"(?:K.){16,}e", re.DOTALL)
FLOATS = re.compile(rb"(?:G.{8}){16,}e", re.DOTALL)
LINES = re.compile(rb"(?:I(?:0|[1-9][0-9]{0,2})\na){16,}")
FLOAT_LINES = re.compile(rb"(?:F[-+0-9.einfa]{1,40}\na){16,}")


def mark(machine: "Machine") -> None:
    """Begin a batch, or take a whole batch of numbers of one kind at once."""
    target = machine.stack[-1] if machine.stack else None
    if _takes_numbers(target):
        numbers: array[Any]
        if found := BYTES.match(machine.window, machine.at):
            numbers = array("B", found.group()[1::2])
        elif found := FLOATS.match(machine.window, machine.at):
            pairs = np.frombuffer(found.group()[:-1], np.uint8).reshape(-1, 9)  # (N, 9): G and the eight bytes
            numbers = array("d", np.ascontiguousarray(pairs[:, 1:]).view(">f8").astype(float).tobytes())
        if found and _extend(machine, target, numbers):
            machine.at = found.end()
            return
    machine.spend(16)
    machine.marks.append(len(machine.stack))


def whole_line(machine: "Machine") -> None:
    """A whole number in text, or True or False, or all the numbers that are appended one after the other."""
    target = machine.stack[-1] if machine.stack else None
    if _takes_numbers(target):
        found = LINES.match(machine.window, machine.at - 1)
        numbers = list(map(int, found.group()[1:-2].split(b"\naI"))) if found else [256]
        if found and max(numbers) < 256 and _extend(machine, target, array("B", numbers)):
            machine.at = found.end()
            return
    text = machine.line()
    machine.push(text == b"01" if text in (b"00", b"01") else whole_number(text), ROOM // 2)


def float_line(machine: "Machine") -> None:
    """A number in text, or all the numbers that are appended one after the other."""
    target = machine.stack[-1] if machine.stack else None
    if _takes_numbers(target) and (found := FLOAT_LINES.match(machine.window, machine.at - 1)):
        numbers = array("d", map(float, found.group()[1:-2].split(b"\naF")))
        if _extend(machine, target, numbers):
            machine.at = found.end()
            return
    text = machine.line()
    if len(text) > 40:
        raise ValueError("no number")
    machine.push(float(text), ROOM // 2)


def _takes_numbers(target: Any) -> bool:
    """Whether it is a list that is empty, or an array already."""
    return (type(target) is list and not target) or type(target) is array


def _extend(machine: "Machine", target: Any, numbers: "array[Any]") -> bool:
    """Append numbers of one kind to a list that is empty, which becomes an array, or to such an array."""
    if type(target) is array:
        if target.typecode != numbers.typecode:
            return False
        machine.spend(len(numbers) * numbers.itemsize)
        target.extend(numbers)
        return True
    machine.spend(2 * ROOM + len(numbers) * numbers.itemsize)
    machine.replace(numbers)
    return True


def _add(machine: "Machine", items: list[Any]) -> None:
    """Append any items to the list on top of the stack; an array that they do not fit becomes a list again."""
    if machine.packing and _pack(machine, items):
        return
    target = machine.stack[-1]
    if type(target) is list and not target and (numbers := _numbers_of(items)):
        _extend(machine, target, numbers)
        return
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


def _numbers_of(items: list[Any]) -> "array[Any] | None":
    """The items as an array, if they are such numbers; a batch is seen only here if a frame ends within it."""
    kinds = set(map(type, items)) if len(items) >= FEWEST else set()
    if kinds == {int} and min(items) >= 0 and max(items) < 256:
        return array("B", items)
    return array("d", items) if kinds == {float} else None


def _pack(machine: "Machine", items: list[Any]) -> bool:
    """Append rows to rows of their form, which an empty list becomes; whether they are such."""
    target = machine.stack[-1]
    if type(target) is not Rows and (type(target) is not list or target):
        return False
    forms = set(map(form_of, items))
    if type(target) is Rows:
        if forms - {(target.dtype, target.shape)}:
            raise Forgotten
    elif len(forms) == 1 and (form := forms.pop()):
        target = Rows(form)
        machine.replace(target)
    else:
        return False
    machine.spend(target.extend(items))
    return True


def _put_items(machine: "Machine", items: list[Any]) -> None:
    target = machine.stack[-1]
    if type(target) is not dict or len(items) % 2:
        raise TypeError("only a dict has keys and values")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if type(key) not in (str, bytes, int, float, bool, type(None)):
            raise machine.refused("a dict with keys that are neither numbers nor strings")
        machine.spend(2 * ROOM)
        target[key] = value


def whole_number(text: bytes) -> int:
    """A whole number in text; raises ValueError if it is none or very long."""
    if len(text) > LONGEST or not re.fullmatch(rb"-?[0-9]+", text):
        raise ValueError("no whole number")
    return int(text)


def tuple_of(length: int) -> Callable[["Machine"], None]:
    """What makes a tuple of so many values."""

    def push(machine: "Machine") -> None:
        items = [machine.pop() for _ in range(length)]
        machine.push(tuple(reversed(items)), ROOM + 8 * length)

    return push


def marked_tuple(machine: "Machine") -> None:
    """A tuple of all above the mark."""
    items = machine.pop_mark()
    machine.push(tuple(items), ROOM + 8 * len(items))


def marked_list(machine: "Machine") -> None:
    """A list of all above the mark."""
    items = machine.pop_mark()
    machine.push(items, ROOM + 8 * len(items))


def marked_dict(machine: "Machine") -> None:
    """A dict of all above the mark."""
    items = machine.pop_mark()
    machine.push({}, ROOM)
    _put_items(machine, items)


def append(machine: "Machine") -> None:
    """Append one value to a list."""
    _add(machine, [machine.pop()])


def append_marked(machine: "Machine") -> None:
    """Append all above the mark to a list."""
    _add(machine, machine.pop_mark())


def set_item(machine: "Machine") -> None:
    """Put one key and value into a dict."""
    value, key = machine.pop(), machine.pop()
    _put_items(machine, [key, value])


def set_marked(machine: "Machine") -> None:
    """Put all above the mark into a dict."""
    _put_items(machine, machine.pop_mark())
