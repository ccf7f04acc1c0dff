"""The layers of a network in words, as recipes write them: from 784 pixels, one layer after the other, to 10 digits.

784-256-64-10               two hidden layers of 256 and 64 units
784-32c5s2-96c5s2-160-10    a convolution of 32 maps, kernel 5x5, stride 2; one of 96; 160 units
784-16c3p1-m2-64-10         a padding of 1 around the picture, and max pooling over 2x2
"""

import math
import re
from typing import NamedTuple

from numpen.errors import RecipeError

SIDE = 28  # pixels of a picture, in both directions
LARGEST_NETWORK = 16_000_000  # parameters; the model file's limit of 64 MB
CONVOLUTION = re.compile(r"(?P<maps>\d+)c(?P<kernel>\d+)(?:s(?P<stride>\d+))?(?:p(?P<padding>\d+))?", re.ASCII)


class Units(NamedTuple):
    """A dense layer."""

    inputs: int
    units: int


class Maps(NamedTuple):
    """A convolution."""

    channels: int
    maps: int
    kernel: int
    stride: int
    padding: int


class Pool(NamedTuple):
    """Max pooling."""

    size: int


Stage = Units | Maps | Pool


def parse(words: str) -> list[Stage]:
    """The stages in order; raises RecipeError unless they lead from 784 pixels to 10 digits and fit each other."""
    first, *rest = words.split("-")
    stages: list[Stage] = []
    shape: tuple[int, ...] = (SIDE, SIDE, 1)
    for word in rest:
        stage = _stage(word, shape)
        if stage is None:
            raise RecipeError(f"expected layers as 784-256-10 or 784-16c5s2-100-10 (each at least 1), got {words}")
        stages.append(stage)
        shape = _shape_after(stage, shape)
        if min(shape) < 1:
            raise RecipeError(f"expected layers that fit into what is left of the picture, got {word} in {words}")
    if first != str(SIDE**2) or not stages or not isinstance(stages[-1], Units) or shape != (10,):
        raise RecipeError(f"expected layers from 784 (the pixels) to 10 (the digits), got {words}")
    if sum(map(_parameters, stages)) > LARGEST_NETWORK:
        raise RecipeError(f"expected a network of at most {LARGEST_NETWORK:,} parameters, got {words}")
    return stages


def _stage(word: str, shape: tuple[int, ...]) -> Stage | None:
    """One word, for a picture of that shape or a row of so many numbers; None if it makes no sense."""
    if max(map(len, re.split(r"\D", word))) > 8:
        return None
    if re.fullmatch(r"[1-9]\d*", word, re.ASCII):
        return Units(math.prod(shape), int(word))
    if len(shape) != 3:
        return None  # there is no picture left
    if match := re.fullmatch(r"m([1-9]\d*)", word, re.ASCII):
        return Pool(int(match[1]))
    if match := CONVOLUTION.fullmatch(word):
        maps, kernel = int(match["maps"]), int(match["kernel"])
        stride, padding = int(match["stride"] or 1), int(match["padding"] or 0)
        if min(maps, kernel, stride) >= 1 and padding < kernel:
            return Maps(shape[2], maps, kernel, stride, padding)
    return None


def _shape_after(stage: Stage, shape: tuple[int, ...]) -> tuple[int, ...]:
    match stage:
        case Units(_, units):
            return (units,)
        case Pool(size):
            return (shape[0] // size, shape[1] // size, shape[2])
        case Maps(_, maps, kernel, stride, padding):
            height, width = ((size + 2 * padding - kernel) // stride + 1 for size in shape[:2])
            return (height, width, maps)


def _parameters(stage: Stage) -> int:
    match stage:
        case Units(inputs, units):
            return (inputs + 1) * units
        case Maps(channels, maps, kernel, _, _):
            return (kernel**2 * channels + 1) * maps
        case _:
            return 0
