"""The one door to `reading`: what the lab asks of a reader, for ink that was drawn and for pictures that were dropped.

What is drawn on a clean board is ink already, so it goes straight into the frame; a picture takes the whole way.
`static/framing.js` does the same to ink in the browser.
"""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import PictureError
from numpen.models.model import Model
from numpen.pictures.framing import Ink, centre, crop, shrink
from numpen.reading.cleaning import thicken
from numpen.reading.reader import STROKE, Reader

BOARD = 336  # pixels along each side of the board


def frame(ink: Ink) -> NDArray[np.uint8] | None:
    """Drawn ink as a model takes it, (28, 28); None where there is none."""
    digit = crop(ink)
    return centre(shrink(thicken(digit, STROKE * max(digit.shape)))) if digit.size else None


def answer_board(model: Model, content: bytes) -> dict[str, Any]:
    """What a model says to a board of 336x336 bytes of ink, 0 to 255; raises PictureError for another size."""
    if len(content) != BOARD * BOARD:
        raise PictureError(f"expected a board of {BOARD}x{BOARD} bytes, got {len(content)} bytes")
    ink = np.frombuffer(content, np.uint8).reshape(BOARD, BOARD).astype(np.float32) / np.float32(255)
    picture = frame(ink)
    if picture is None:
        return {"digit": None, "probabilities": [0.0] * 10, "accepted": False, "reason": "nothing is drawn on it"}
    (probabilities,) = model.probabilities(picture)
    return {
        "digit": int(np.argmax(probabilities)),
        "probabilities": [float(p) for p in probabilities],
        "accepted": True,
        "reason": None,
        "frame": encoded(picture),
    }


def read_picture(model: Model, content: bytes) -> dict[str, Any]:
    """What is read in the bytes of a picture file: digits with their boxes, and the ink that was found.

    Raises PictureError for what is no picture.
    """
    reading = Reader(model).read(content)
    height, width = reading.stages["grey"].shape
    answer = reading.as_dict() | {"width": width, "height": height, "lines": []}
    if "frame" in reading.stages:
        rows = np.flatnonzero(reading.stages["ink"].any(axis=1))
        columns = np.flatnonzero(reading.stages["ink"].any(axis=0))
        box = [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]
        digit = {"digit": reading.digit, "confidence": reading.confidence, "box": [int(each) for each in box]}
        answer |= {"frame": encoded(reading.stages["frame"]), "board": encoded(on_board(reading.stages["digit"]))}
        answer["lines"] = [{"text": str(reading.digit), "digits": [digit | {"frame": answer["frame"]}]}]
    return answer


def on_board(ink: Ink) -> NDArray[np.uint8]:
    """Ink that was found in a picture, laid on a board: (336, 336), 0 to 255, with an edge all round."""
    from PIL import Image

    side = BOARD - 2 * BOARD // 7
    scale = side / max(ink.shape)
    size = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
    fitted = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR), np.float32)
    board = np.zeros((BOARD, BOARD), np.uint8)
    top, left = (BOARD - size[1]) // 2, (BOARD - size[0]) // 2
    board[top : top + size[1], left : left + size[0]] = np.rint(fitted.clip(0, 1) * 255)
    return board


def encoded(array: NDArray[np.uint8]) -> str:
    """Bytes as JSON can carry them: base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
