"""How the commands open a SOURCE: real pictures in it are framed as `numpen predict` frames them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numpen.digits.dataset import Dataset
    from numpen.digits.formats.parts import Part
    from numpen.digits.recognition import Format
    from numpen.pictures.decode import Grey


def open_source(source: str, part: "Part", form: "Format | None" = None, *, as_is: bool = False) -> "Dataset":
    """A part of a SOURCE; with `as_is` pictures must be of 28x28 pixels and are taken as they are."""
    from numpen.digits.sources import load_source

    return load_source(source, part, form, None if as_is else frame)


def frame(grey: "Grey") -> "NDArray[np.uint8] | None":
    """The 28x28 pixels that a model would be given of this picture; None if nothing is drawn on it."""
    from numpen.reading.reader import prepare

    return prepare(grey).get("frame")
