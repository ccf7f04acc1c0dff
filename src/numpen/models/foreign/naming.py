"""From arrays with names to the weights and the biases of layers in their order.

Every program has its own names: `W1`, `weights_1`, `coefs.0`, `0.weight`, `layer1.bias`, `arr_0`. A name
tells by one of its words whether it holds weights or biases, and by its numbers where it stands; where names
tell nothing, shapes and the order of the file do.
"""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from numpen.errors import ModelFileError

Floats: TypeAlias = NDArray[np.float64]
Named: TypeAlias = dict[str, NDArray[Any]]

WEIGHTS = frozenset(("w", "weight", "weights", "kernel", "kernels", "coef", "coefs", "matrix", "matrices"))
BIASES = frozenset(("b", "bias", "biases", "intercept", "intercepts", "threshold", "thresholds"))
MOST_ARRAYS = 256
MOST_ROWS = 100_000
DEEPEST = 8  # containers in containers
LONGEST_NAME = 120  # characters
MOST_NUMBERS = 16_000_000  # parameters of the largest model file


@dataclass(frozen=True)
class Parameters:
    """The weights and biases of L layers, in order, each with the name it had; no biases at all is allowed."""

    weights: dict[str, Floats]  # L matrices, (in, out) or (out, in)
    biases: dict[str, Floats]  # L vectors (out,), or none
    aside: tuple[str, ...] = ()  # arrays that are neither
    said: dict[str, Any] = field(default_factory=dict)  # what the files say about the convention


def kind_of(name: str) -> str:
    """What the name is of, "weights", "biases" or "" (unknown), by its last word that says so."""
    words = re.findall(r"[a-z]+", name.lower())
    return next(
        ("weights" if word in WEIGHTS else "biases" for word in reversed(words) if word in WEIGHTS | BIASES), ""
    )


def checked(name: str) -> str:
    """The same name; raises ModelFileError for one that would not fit into a line."""
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ModelFileError(f"expected arrays with names of up to {LONGEST_NAME} characters, got {name[:20]!r}...")
    return name


def in_a_line(error: BaseException) -> str:
    """What a library says of a file, short and printable: some quote the file itself."""
    words = "".join(letter for letter in str(error).partition("\n")[0] if letter.isprintable())
    return f"{words[:160]}..." if len(words) > 160 else words or type(error).__name__


def unpacked(name: str, value: Any, depth: int = 0) -> Named:
    """The arrays in a value that may be a dict, a list of arrays, or rows of numbers, each with a name of its own.

    Raises ModelFileError for containers too deep or too many.
    """
    if depth > DEEPEST:
        raise ModelFileError(f"expected lists of matrices and vectors, got lists in lists, {DEEPEST} deep")
    if isinstance(value, dict):
        return _joined(name, value.items(), depth)
    if isinstance(value, list | tuple) and not _are_numbers(value):
        return _joined(name, enumerate(value), depth)
    try:
        numbers = np.asarray(value)
        if numbers.dtype == object and numbers.size and {*map(type, numbers.flat)} <= {int, float}:
            numbers = numbers.astype(np.float64)
    except (ValueError, OverflowError):  # rows of different lengths: the layers of a network
        return _joined(name, enumerate(value), depth)
    if numbers.ndim and (numbers.dtype == object or numbers.ndim > _rank(name, numbers)):
        return _joined(name, enumerate(numbers), depth)
    return {name: numbers}


def _are_numbers(value: list[Any] | tuple[Any, ...]) -> bool:
    """Whether these are numbers or rows of numbers, and nothing else.

    A small pickle can say a list of lists of ... the same list: raises ModelFileError for more than a network has.
    """
    nested = (list, tuple, array)
    rows: list[Any] = [value]
    count = n_rows = 0
    while rows:
        row = rows.pop()
        count, n_rows = count + len(row), n_rows + 1
        if count > MOST_NUMBERS or n_rows > MOST_ROWS:
            raise ModelFileError(f"expected at most {MOST_NUMBERS:,} numbers in {MOST_ROWS:,} rows, got more")
        kinds = {float} if isinstance(row, array) else set(map(type, row))
        if not all(issubclass(kind, (*nested, int, float, np.number)) for kind in kinds):
            return False
        if kinds - {int, float}:
            rows += [each for each in row if isinstance(each, nested)]
    return True


def _rank(name: str, value: NDArray[Any]) -> int:
    """How many dimensions an array of this name may have before it counts as a row of several."""
    is_row_of_vectors = kind_of(name) == "biases" and not re.search(r"\d", name) and 1 not in value.shape
    return 1 if is_row_of_vectors else 2


def _joined(name: str, items: Iterable[tuple[Any, Any]], depth: int) -> Named:
    arrays: Named = {}
    for key, each in items:
        arrays |= unpacked(checked(f"{name}.{key}" if name else str(key)), each, depth + 1)
        if len(arrays) > MOST_ARRAYS:
            raise ModelFileError(f"expected at most {MOST_ARRAYS} arrays of weights and biases, got more")
    return arrays or {name: np.empty(0)}  # an empty container counts too: there may be a million of the same


def in_order(arrays: Named) -> Parameters:
    """Weights and biases, layer by layer.

    Raises ModelFileError for what cannot be a network: no matrix, a bias too many or too few, numbers that
    are not finite.
    """
    kinds = {name: kind_of(name) for name in arrays}
    if not {"weights", "biases"} & set(kinds.values()):
        kinds = {name: _kind_by_shape(array.shape) for name, array in arrays.items()}
    if sum(arrays[name].size for name in kinds if kinds[name]) > MOST_NUMBERS:
        raise ModelFileError(f"expected at most {MOST_NUMBERS:,} parameters, got more")
    weights = {name: _matrix(name, arrays[name]) for name in _sorted(kinds, "weights")}
    biases = {name: _vector(name, arrays[name]) for name in _sorted(kinds, "biases")}
    if not weights:
        raise ModelFileError(f"expected matrices of weights, got {_listing(arrays)}")
    if biases and len(biases) != len(weights):
        raise ModelFileError(
            f"expected one vector of biases for each matrix, got {len(weights)} matrices ({', '.join(weights)})"
            f" and {len(biases)} vectors ({', '.join(biases)})"
        )
    return Parameters(weights, biases, tuple(name for name, kind in kinds.items() if not kind))


def _kind_by_shape(shape: tuple[int, ...]) -> str:
    """A matrix holds weights, a vector or a matrix of one row or column biases."""
    if len(shape) == 2 and min(shape) > 1:
        return "weights"
    return "biases" if 1 <= len(shape) <= 2 else ""


def _sorted(kinds: dict[str, str], kind: str) -> list[str]:
    """The names of a kind, by the numbers in them where all have some, else as they came."""
    names = [name for name in kinds if kinds[name] == kind]
    numbers = {name: tuple(int(number[:9]) for number in re.findall(r"\d+", name)) for name in names}
    return sorted(names, key=numbers.__getitem__) if all(numbers.values()) else names


def _matrix(name: str, array: NDArray[Any]) -> Floats:
    if array.ndim != 2 or not array.size:
        raise ModelFileError(f"expected a matrix in {name}, got the shape {array.shape}")
    return _finite(name, array)


def _vector(name: str, array: NDArray[Any]) -> Floats:
    if array.ndim not in (1, 2) or not array.size or array.size != max(array.shape):
        raise ModelFileError(f"expected a vector of biases in {name}, got the shape {array.shape}")
    return _finite(name, array).reshape(-1)


def _finite(name: str, array: NDArray[Any]) -> Floats:
    if array.dtype.kind not in "fiu":
        raise ModelFileError(f"expected numbers in {name}, got {array.dtype}")
    with np.errstate(over="ignore"):
        floats = array.astype(np.float64)
        kept = np.abs(floats).max() <= np.finfo(np.float32).max  # false for NaN, too
    if not kept:
        raise ModelFileError(f"expected finite numbers in {name}, got some that are not, or none that float32 can hold")
    return floats


def _listing(arrays: Named) -> str:
    shapes = [f"{name} {array.shape}" for name, array in arrays.items()]
    return ", ".join(shapes[:5]) + (", ..." if len(shapes) > 5 else "") if shapes else "none"
