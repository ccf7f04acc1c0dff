"""Distortions: how strongly pictures are distorted while a network learns from them, as a recipe says it.

    shift(2) rotate(12) scale(0.15) shear(0.2) elastic(34,4) thickness(0.5) blur(0.5) noise(0.1) cutout(8)

The numbers are the most that is drawn; each picture gets its own share of them (see augmentation.py).
"""

import re
from dataclasses import dataclass, field, fields
from typing import Any

from numpen.errors import RecipeError


def strength(help: str, *most: float) -> Any:
    """A distortion with as many numbers as it has limits, each from 0 (not at all) to its limit."""
    return field(default=(0.0,) * len(most), metadata={"help": help, "most": most})


@dataclass(frozen=True)
class Distortions:
    """How strongly pictures are distorted; all zero: not at all."""

    shift: tuple[float, ...] = strength("pixels, to each side", 10)
    rotate: tuple[float, ...] = strength("degrees, to each side", 180)
    scale: tuple[float, ...] = strength("height and width are each multiplied by e to the power of ± this", 1)
    shear: tuple[float, ...] = strength("columns that a row is moved by against the next", 1)
    elastic: tuple[float, ...] = strength("α and σ of Simard's random field, in pixels", 200, 14)
    thickness: tuple[float, ...] = strength("pixels that strokes grow or shrink by", 1)
    blur: tuple[float, ...] = strength("share of a pixel that its four neighbours give it", 1)
    noise: tuple[float, ...] = strength("standard deviation, where ink is 1", 1)
    cutout: tuple[float, ...] = strength("side of a square left blank, in pixels", 28)

    @classmethod
    def parse(cls, words: str) -> "Distortions":
        """The distortions that a recipe names; raises RecipeError for other words."""
        limits = {each.name: each.metadata["most"] for each in fields(cls)}
        found: dict[str, tuple[float, ...]] = {}
        for word in words.split():
            match = re.fullmatch(r"([a-z]+)\(([0-9.]+(?:,[0-9.]+)*)\)", word)
            try:
                name, values = match[1], tuple(map(float, match[2].split(",")))  # type: ignore[index]
                if name in found or not all(v <= most for v, most in zip(values, limits[name], strict=True)):
                    raise ValueError(name)
            except (KeyError, TypeError, ValueError):
                known = " ".join(f"{name}({','.join(f'{n:g}' for n in most)})" for name, most in limits.items())
                raise RecipeError(f"expected distortions, each once and at most {known}, got {word}") from None
            found[name] = values
        return cls(**found)
