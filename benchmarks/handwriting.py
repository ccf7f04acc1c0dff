"""Digits as other hands write them: MNIST's, bent, turned and thickened, with flags, bars, curls; or drawn.

Everything comes out in MNIST's frame by `numpen.pictures.framing`, as the reader brings a photo into it.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.forms import DIGITS, OFTEN
from numpen.pictures.framing import Ink, centre, crop, shrink
from numpen.reading.cleaning import stroke_width, thicken

Frame: TypeAlias = NDArray[np.uint8]  # (28, 28)
Points: TypeAlias = NDArray[np.float64]  # (n, 2): x, y

LARGE, CANVAS = 112, 128  # pixels: an enlarged digit of MNIST, and what it is distorted on
FAINTEST = 0.12  # ink below is the blur of the enlargement
ADORNED, DRAWN = 0.4, 0.25  # of the 1s, 7s and 9s; of all


def digit(image: Frame, label: int, rng: Generator) -> tuple[Frame, int]:
    """A digit of MNIST distorted, or now and then one drawn by strokes, in the frame; and which it is."""
    while True:
        if rng.random() < DRAWN:
            frame, label = drawn(rng)
        else:
            frame = framed(written(image, label, rng))
        if frame is not None:
            return frame, label


def written(image: Frame, label: int, rng: Generator) -> Ink:
    """A digit of MNIST as another hand and pen might have written it, on its canvas (128, 128)."""
    adorn = label in (1, 7, 9) and rng.random() < ADORNED
    return worn(distorted(adorned(image, label, rng) if adorn else enlarged(image), rng), rng)


def framed(ink: Ink) -> Frame | None:
    """The ink in MNIST's frame; None if there is none."""
    inside = crop(np.where(ink > FAINTEST, ink, 0).astype(np.float32))
    return centre(shrink(inside)) if min(inside.shape) > 1 else None


def as_read(ink: Ink, rng: Generator) -> Frame | None:
    """The same with strokes as thick as the reader makes them; now and then without."""
    inside = crop(np.where(ink > FAINTEST, ink, 0).astype(np.float32))
    if min(inside.shape) < 2:
        return None
    return framed(thicken(inside, max(inside.shape) / 10) if rng.random() < 0.75 else inside)


def enlarged(image: Frame) -> Ink:
    """The picture (28, 28) four times as large."""
    large = Image.fromarray(image).resize((LARGE, LARGE), Image.Resampling.BICUBIC)
    return np.asarray(large, np.float32) / np.float32(255)


def distorted(ink: Ink, rng: Generator) -> Image.Image:
    """Turned, sheared, stretched, bent, and thicker or thinner."""
    angle, shear, stretch = math.radians(rng.normal(0, 6)), rng.normal(0, 0.15), math.exp(rng.normal(0, 0.125))
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]]) @ np.array([[1, shear], [0, 1]])
    back = np.linalg.inv(turn @ np.diag([stretch, 1 / stretch])) * 1.15
    shift = np.full(2, LARGE / 2) - back @ np.full(2, CANVAS / 2)
    image = Image.fromarray((ink.clip(0, 1) * 255).astype(np.uint8))
    places = (*back[0], shift[0], *back[1], shift[1])
    image = image.transform((CANVAS, CANVAS), Image.Transform.AFFINE, places, Image.Resampling.BILINEAR)
    return thicker_or_thinner(_bent(image, rng), rng)


def _bent(image: Image.Image, rng: Generator) -> Image.Image:
    """Each of sixteen squares of the picture pulled at its corners, neighbours alike."""
    coarse = rng.normal(0, 3, (2, 4, 4)).astype(np.float32)
    pull = [np.asarray(Image.fromarray(each).resize((5, 5), Image.Resampling.BICUBIC)) for each in coarse]
    ends = np.linspace(0, CANVAS, 5)
    corners = np.stack(np.meshgrid(ends, ends), axis=-1) + np.stack(pull, axis=-1)
    mesh = []
    for i, j in np.ndindex(4, 4):
        square = tuple(int(each) for each in (ends[j], ends[i], ends[j + 1], ends[i + 1]))
        from_ = (*corners[i, j], *corners[i + 1, j], *corners[i + 1, j + 1], *corners[i, j + 1])
        mesh.append((square, from_))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def thicker_or_thinner(image: Image.Image, rng: Generator) -> Image.Image:
    """Strokes up to three pixels thicker, or two thinner where enough is left of them; a third stays as it is."""
    by = int(rng.integers(-2, 4)) if rng.random() < 0.7 else 0
    if by > 0:
        return image.filter(ImageFilter.MaxFilter(2 * by + 1)).filter(ImageFilter.GaussianBlur(1))
    if by < 0:
        thin = image.filter(ImageFilter.MinFilter(1 - 2 * by))
        if np.asarray(thin).sum() > 0.35 * np.asarray(image).sum():
            return thin
    return image


def worn(image: Image.Image, rng: Generator) -> Ink:
    """Out of focus or crisp."""
    if rng.random() < 0.2:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 3)))
    ink = np.asarray(image, np.float32) / np.float32(255)
    return ((ink - 0.5) * 4 + 0.5).clip(0, 1) if rng.random() < 0.3 else ink


def adorned(image: Frame, label: int, rng: Generator) -> Ink:
    """A 1 with a flag and perhaps a foot, a 7 with a bar, a 9 with a curl, by the digit's own pen."""
    ink = enlarged(image)
    mask = ink > 0.4
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return ink
    top, bottom = rows.min(), rows.max()
    height, pen = bottom - top, max(4.0, stroke_width(ink))
    head, foot = columns[rows <= top + 2].mean(), columns[rows >= bottom - 2].mean()
    strokes: list[Points] = []
    if label == 1:
        angle, length = math.radians(rng.uniform(20, 65)), height * rng.uniform(0.25, 0.85)
        end = head - length * math.sin(angle), top + length * math.cos(angle)
        strokes.append(np.array([(head, top + pen / 3), end]))
        if rng.random() < 0.4:
            reach = height * rng.uniform(0.12, 0.4)
            right = foot + reach * rng.uniform(0.6, 1.2), bottom + rng.normal(0, 3)
            strokes.append(np.array([(foot - reach, bottom + rng.normal(0, 2)), right]))
    elif label == 7:
        row = int(top + height * rng.uniform(0.4, 0.62))
        if mask[row].any():
            middle, reach = np.flatnonzero(mask[row]).mean(), height * rng.uniform(0.15, 0.4)
            rise = reach * math.tan(math.radians(rng.normal(0, 8)))
            strokes.append(
                np.array([(middle - reach, row + rise), (middle + reach * rng.uniform(0.7, 1.2), row - rise)])
            )
    else:
        reach = height * rng.uniform(0.2, 0.7)
        bend = foot - reach * 0.4, bottom + reach * rng.uniform(-0.1, 0.15)
        end = foot - reach, bottom - reach * rng.uniform(0.1, 0.5)
        strokes.append(smooth(np.array([(foot, bottom - pen / 2), bend, end])))
    wide = Image.fromarray((np.pad(ink, 16).clip(0, 1) * 255).astype(np.uint8))
    for points in strokes:
        stroke(wide, points + 16, max(2.0, pen))
    return np.asarray(wide.resize((LARGE, LARGE), Image.Resampling.BOX), np.float32) / np.float32(255)


def drawn(rng: Generator) -> tuple[Frame | None, int]:
    """A digit drawn by strokes, those more often that MNIST lacks forms of; and which it is."""
    labels = list(DIGITS)
    often = np.array([OFTEN.get(label, 1) for label in labels], float)
    label = labels[rng.choice(len(labels), p=often / often.sum())]
    form = DIGITS[label][rng.integers(len(DIGITS[label]))]
    round_ = {1: 0.15, 7: 0.2, 4: 0.25}.get(label, 0.9)
    width = rng.uniform(0.3, 0.75) if label == 1 else rng.uniform(0.45, 1.05)
    return as_read(penned(placed(form, width, 0.045, 8, rng), rng.random() < round_, rng), rng), label


def placed(
    form: Sequence[Sequence[tuple[float, float]]], width: float, shake: float, turn: float, rng: Generator
) -> list[Points]:
    """The strokes of a form on the canvas of `penned`, by a hand that shakes and slants; `width` of its height."""
    height = rng.uniform(130, 180)
    angle, slant = math.radians(rng.normal(0, turn)), rng.normal(0, 0.15)
    cosine, sine = math.cos(angle), math.sin(angle)
    lines = []
    for points in form:
        line = (np.array(points) - 0.5 + rng.normal(0, shake, (len(points), 2))) * [width * height, height]
        line = line @ np.array([[cosine, sine], [-sine, cosine]])
        line[:, 0] -= slant * line[:, 1]
        lines.append(line.clip(-118, 118) + CANVAS)
    return lines


def penned(lines: Sequence[Points], curved: bool, rng: Generator, width: float | None = None) -> Ink:
    """The lines drawn by a round pen on a canvas twice as large, and shrunk to (128, 128)."""
    image = Image.new("L", (2 * CANVAS, 2 * CANVAS), 0)
    width = width or rng.uniform(8, 24)
    for line in lines:
        stroke(image, smooth(line) if curved and len(line) > 2 else line, width)
    return np.asarray(image.resize((CANVAS, CANVAS), Image.Resampling.BOX), np.float32) / np.float32(255)


def stroke(image: Image.Image, line: Points, width: float) -> None:
    """Draw a line with round ends."""
    draw = ImageDraw.Draw(image)
    draw.line([(float(x), float(y)) for x, y in line], fill=255, width=round(width), joint="curve")
    for x, y in (line[0], line[-1]):
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def smooth(line: Points) -> Points:
    """A curve through the points, six places to each stretch (Catmull & Rom 1974)."""
    p = np.vstack([2 * line[0] - line[1], line, 2 * line[-1] - line[-2]])
    t = np.linspace(0, 1, 6, endpoint=False)[:, None]
    parts = []
    for i in range(1, len(p) - 2):
        a, b, c, d = p[i - 1 : i + 3]
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*parts, p[-2:-1]])
