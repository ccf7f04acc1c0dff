"""What the reader saw: a picture with its answers drawn on it, and the stages it went through side by side."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from numpen.pictures.decode import Picture, decode_colours, image_of
from numpen.reading.answers import Digit, Page

SURE, UNSURE = (33, 102, 172), (230, 97, 1)  # blue and orange, told apart by the colour-blind, too
STAGE = 240  # pixels of the longer side of a stage in the strip
FRAME = 56  # pixels of a frame, as the network saw it, below the stages
MARGIN = 8
ACROSS = 16  # frames in a row


def overlay(picture: Picture, page: Page) -> Image.Image:
    """The picture with a box around each digit, the answer and its confidence in per cent above it."""
    colours = decode_colours(picture)
    image = image_of(colours).convert("RGB")
    draw = ImageDraw.Draw(image)
    for digit in (each for line in page.lines for each in line.digits):
        _mark(draw, digit)
    return image


def _mark(draw: ImageDraw.ImageDraw, digit: Digit) -> None:
    left, top, width, height = digit.box
    colour = UNSURE if digit.digit is None or digit.confidence < 0.9 else SURE
    thick = max(1, round(height / 40))
    draw.rectangle((left - thick, top - thick, left + width + thick, top + height + thick), outline=colour, width=thick)
    size = max(10.0, height / 3)
    said = "?" if digit.digit is None else str(digit.digit)
    text = f"{said} {100 * digit.confidence:.0f}"
    draw.text((left, max(0.0, top - 1.25 * size - thick)), text, fill=colour, font=ImageFont.load_default(size))


def strip(page: Page) -> Image.Image:
    """The stages from left to right, and below them each digit as the network saw it, with its answer."""
    stages = [_thumbnail(stage) for stage in page.stages.values()]
    frames = [each for line in page.lines for each in line.digits]
    width = max(sum(each.width + MARGIN for each in stages), min(len(frames), ACROSS) * (FRAME + MARGIN)) + MARGIN
    height = max(each.height for each in stages) + 2 * MARGIN
    rows = -(-len(frames) // ACROSS)
    sheet = Image.new("L", (width, height + rows * (FRAME + 2 * MARGIN + 8)), 128)
    left = MARGIN
    for each in stages:
        sheet.paste(each, (left, MARGIN))
        left += each.width + MARGIN
    draw = ImageDraw.Draw(sheet)
    for number, digit in enumerate(frames):
        place = MARGIN + number % ACROSS * (FRAME + MARGIN), height + number // ACROSS * (FRAME + 2 * MARGIN + 8)
        sheet.paste(Image.fromarray(digit.frame).resize((FRAME, FRAME), Image.Resampling.NEAREST), place)
        said = "?" if digit.digit is None else str(digit.digit)
        draw.text((place[0], place[1] + FRAME + 1), f"{said} {100 * digit.confidence:.0f}", fill=255)
    return sheet


def _thumbnail(stage: NDArray[Any]) -> Image.Image:
    values = stage if stage.dtype == np.uint8 else np.rint(stage * 255).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(values)
    scale = STAGE / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
