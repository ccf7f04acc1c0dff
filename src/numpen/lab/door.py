"""The one door to `reading`: what the lab asks of a reader, for ink that was drawn and for pictures that were dropped.

What is drawn on a clean board is ink already, so it goes straight into the frame; a picture takes the whole way.
`static/framing.js` and `static/network.js` do to a board in the browser what `answer_board` does here.
"""

import base64
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.errors import PictureError
from numpen.models import modelfile
from numpen.nn.network import Network
from numpen.pictures.framing import Ink
from numpen.reading.answers import DIGITNESS, EMPTY, LOOK_AGAIN, THRESHOLD, Digit, answer
from numpen.reading.digitness import BEST, NO_DIGIT, SHIPPED
from numpen.reading.reader import Reader, frame

BOARD = 336  # pixels along each side of the board
LIMITS = {
    "digitness": DIGITNESS,
    "threshold": THRESHOLD,
    "look_again": LOOK_AGAIN,
    "no_digit": NO_DIGIT,
    "best": BEST,
    "empty": EMPTY,
}


@cache
def doubt() -> tuple[Network, float]:
    """The network that says what is no digit, and its pixel divisor; see numpen.reading.digitness."""
    network, divisor, _ = modelfile.load(SHIPPED)
    return network, divisor


def answer_board(reader: Reader, content: bytes) -> dict[str, Any]:
    """What is read on a board of 336x336 bytes of ink, 0 to 255; raises PictureError for another size."""
    if len(content) != BOARD * BOARD:
        raise PictureError(f"expected a board of {BOARD}x{BOARD} bytes, got {len(content)} bytes")
    ink = np.frombuffer(content, np.uint8).reshape(BOARD, BOARD).astype(np.float32) / np.float32(255)
    if not ink.any():
        return {"digit": None, "probabilities": [0.0] * 10, "accepted": False, "reason": EMPTY}
    return answer_frame(reader, frame(ink))


def answer_frame(reader: Reader, picture: NDArray[np.uint8]) -> dict[str, Any]:
    """What is read in a frame (28, 28)."""
    (probabilities,), (digitness,) = reader.judge(picture[np.newaxis])
    digit, reason = answer(probabilities, float(digitness), reader.threshold)
    return {
        "digit": digit,
        "probabilities": [float(p) for p in probabilities],
        "accepted": digit is not None,
        "reason": reason,
        "digitness": float(digitness),
        "frame": encoded(picture),
    }


def read_picture(reader: Reader, content: bytes) -> dict[str, Any]:
    """The digit in the bytes of a picture file, and its ink as a board; raises PictureError for what is no picture."""
    reading = reader.read(content)
    found = reading.as_dict()
    if "frame" in reading.stages:
        found |= {"frame": encoded(reading.stages["frame"]), "board": encoded(on_board(reading.stages["digit"]))}
    return found


def read_page(reader: Reader, content: bytes) -> dict[str, Any]:
    """Every line of digits in the bytes of a picture file, with boxes; raises PictureError for what is no picture."""
    page = reader.read_page(content)
    return {"lines": [[_found(digit) for digit in line.digits] for line in page.lines]}


def _found(digit: Digit) -> dict[str, Any]:
    return digit.as_dict() | {
        "frame": encoded(digit.frame),
        "probabilities": [float(p) for p in digit.probabilities],
    }


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
