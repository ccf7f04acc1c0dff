"""What is no digit, in MNIST's frame: letters and signs drawn by strokes, scribbles, blots, clothes, and digits cut,
turned, struck out, mixed or set side by side. All by a program: no real picture of any is taken."""

import math

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.cutting import cut_digits
from benchmarks.forms import NARROW, SIGNS
from benchmarks.garments import garment
from benchmarks.handwriting import (
    CANVAS,
    FAINTEST,
    Frame,
    as_read,
    distorted,
    enlarged,
    penned,
    placed,
)
from numpen.digits.dataset import Dataset
from numpen.pictures.framing import Ink, crop
from numpen.reading.reader import prepare

ANGULAR = "zxwWANMKEFHTLVkv"  # letters that are hardly ever drawn round: a round z is a 2
ROUND = ("y2", "y3", "y5", "y6", "y8", "alpha", "amp", "at", "om", "mu")
ALIKE = (  # digits one half of which may be that of another: by digit
    (6, 8, 9),
    (4, 7, 9),
    (3, 7),
    (2, 5, 8, 9),
    (1, 9),
    (3, 6, 9),
    (0, 5, 8),
    (1, 2, 9),
    (0, 3, 6, 9),
    (0, 1, 3, 4, 5, 7, 8),
)
WRONGLY_CUT = 0.16  # of all is what the reader cut in the wrong places
AT_A_TIME = 8  # parts taken of each row that was cut


class NonDigits:
    """Draws what is no digit; the digits that some of it is made of come from a dataset."""

    def __init__(self, digits: Dataset) -> None:
        self.digits = digits
        self.pieces: list[Frame] = []  # of rows that were cut, to be drawn from
        self.kinds = {
            self.side_by_side: 0.08,
            self.fragment: 0.06,
            self.with_a_neighbour: 0.04,
            self.turned: 0.12,
            self.mixed: 0.08,
            self.struck_out: 0.03,
            sign: 0.28,
            minus: 0.02,
            slash: 0.02,
            scribble: 0.05,
            spiral: 0.01,
            blot: 0.04,
            clothes: 0.18,
            noise: 0.03,
        }

    def draw(self, rng: Generator) -> Frame:
        """One of any kind."""
        kinds, shares = list(self.kinds), np.array(list(self.kinds.values()))
        while True:
            if rng.random() < WRONGLY_CUT:
                return self.cut_wrongly(rng)
            frame = as_read(kinds[rng.choice(len(kinds), p=shares / shares.sum())](rng), rng)
            if frame is not None:
                return frame

    def one(self, rng: Generator, but: tuple[int, ...] = ()) -> tuple[Ink, int]:
        """The ink of a distorted digit on its canvas, and which it is."""
        while True:
            row = int(rng.integers(len(self.digits)))
            label = int(self.digits.labels[row])
            if label not in but:
                image = distorted(enlarged(self.digits.images[row]), rng)
                return np.asarray(image, np.float32) / np.float32(255), label

    def cut_wrongly(self, rng: Generator) -> Frame:
        """A part of a row of digits that the reader's seams cut, with too little of one or too much of another."""
        while len(self.pieces) < AT_A_TIME:
            wrong = cut_digits(self.digits, rng)[1]
            self.pieces += [wrong[each] for each in rng.permutation(len(wrong))[:AT_A_TIME]]
        return self.pieces.pop(int(rng.integers(len(self.pieces))))

    def side_by_side(self, rng: Generator) -> Ink:
        """Two digits or three, apart or overlapping."""
        parts = [_tight(self.one(rng)[0], 0.3) for _ in range(2 if rng.random() < 0.85 else 3)]
        height = max(part.shape[0] for part in parts) + 30
        row = np.zeros((height, sum(part.shape[1] for part in parts) + 90), np.float32)
        right = 0
        for number, part in enumerate(parts):
            left = max(0, right + (int(rng.uniform(-12, 25)) if number else 0))
            top = int(rng.uniform(0, height - part.shape[0]))
            place = row[top : top + part.shape[0], left : left + part.shape[1]]
            np.maximum(place, part, out=place)
            right = left + part.shape[1]
        return row

    def fragment(self, rng: Generator) -> Ink:
        """A digit with up to three quarters of it cut off by a straight line."""
        ink = _tight(self.one(rng, but=(1,))[0])
        (height, width), angle = ink.shape, rng.uniform(0, 2 * math.pi)
        rows, columns = np.indices(ink.shape)
        beyond = (columns - width / 2) * math.cos(angle) + (rows - height / 2) * math.sin(angle)
        return np.where(beyond > rng.uniform(-0.15, 0.25) * max(height, width), ink, 0).astype(np.float32)

    def with_a_neighbour(self, rng: Generator) -> Ink:
        """A digit and a part of the next or the one before."""
        pair = [_tight(self.one(rng)[0]), _tight(self.fragment(rng))]
        if rng.random() < 0.5:
            pair.reverse()
        height = max(each.shape[0] for each in pair)
        row = np.zeros((height, sum(each.shape[1] for each in pair) + 20), np.float32)
        left = 0
        for each in pair:
            top = int(rng.integers(height - each.shape[0] + 1))
            place = row[top : top + each.shape[0], left : left + each.shape[1]]
            np.maximum(place, each, out=place)
            left = max(0, each.shape[1] + int(rng.uniform(-6, 12)))
        return row

    def turned(self, rng: Generator) -> Ink:
        """A digit lying on its side, in a mirror or on its head, where that makes no digit of it.

        In a mirror, a 2 is a 5 of sorts, a 5 a 2, and a 7 a 1 with a flag.
        """
        ink, label = self.one(rng, but=(0, 8))
        kind = rng.integers(4)
        if label == 1 or kind == 0:
            return np.rot90(ink)
        if kind == 1 or label in (2, 5):
            return np.rot90(ink, 3)
        if kind == 2 and label != 7:
            return ink[:, ::-1]
        return ink[::-1] if label in (6, 9) else ink[::-1, ::-1]

    def mixed(self, rng: Generator) -> Ink:
        """One half of one digit and the other of another that has no half like it, or one over the other."""
        one, label = self.one(rng)
        other, _ = self.one(rng, but=(label, *ALIKE[label]))
        half = np.zeros_like(one)
        if rng.random() < 0.5:
            half[: CANVAS // 2] = 1
        else:
            half[:, : CANVAS // 2] = 1
        return np.maximum(one, other) if rng.random() < 0.3 else one * half + other * (1 - half)

    def struck_out(self, rng: Generator) -> Ink:
        """A digit that was crossed out or scribbled over."""
        across = np.array([[40, rng.uniform(40, 216)], [128, rng.uniform(60, 200)], [216, rng.uniform(40, 216)]])
        line = penned([across], rng.random() < 0.5, rng)
        if rng.random() < 0.5:
            line = np.maximum(line, scribble(rng))
        return np.maximum(self.one(rng)[0], line)


def _tight(ink: Ink, faintest: float = FAINTEST) -> Ink:
    return crop(np.where(ink > faintest, ink, 0).astype(np.float32))


def sign(rng: Generator) -> Ink:
    """A letter or a sign."""
    name = list(SIGNS)[rng.integers(len(SIGNS))]
    round_ = 0.08 if name[0] in ANGULAR else 1 if name in ROUND else 0.5
    width = NARROW[name] * rng.uniform(0.7, 1.3) if name in NARROW else rng.uniform(0.5, 1.1)
    return penned(placed(SIGNS[name], width, 0.06, 10, rng), rng.random() < round_, rng)


def minus(rng: Generator) -> Ink:
    """A level stroke."""
    return penned(placed([[(0, 0.5), (0.5, 0.5), (1, 0.5)]], 1, 0.02, 10, rng), True, rng, rng.uniform(8, 40))


def slash(rng: Generator) -> Ink:
    """A stroke that leans too much to be a 1, either way."""
    angle = rng.uniform(0.7, 1.4) * rng.choice((-1, 1))
    end = np.array([math.sin(angle), -math.cos(angle)]) * 80
    return penned([np.array([-end, 0 * end, end]) + rng.normal(0, 3, (3, 2)) + CANVAS], True, rng)


def scribble(rng: Generator) -> Ink:
    """To and fro."""
    count = int(rng.integers(4, 14))
    line = rng.uniform(40, 216, (count, 2))
    if rng.random() < 0.4:
        line[:, 0] = np.linspace(40, 216, count)
    return penned([line], rng.random() < 0.7, rng)


def spiral(rng: Generator) -> Ink:
    """Round and round."""
    turn = np.linspace(0, rng.uniform(3, 7) * math.pi, 40)
    reach = 90 * turn / turn[-1]
    line = np.stack([reach * np.cos(turn), reach * np.sin(turn) * rng.uniform(0.6, 1)], axis=1) + CANVAS
    return penned([line], False, rng)


def blot(rng: Generator) -> Ink:
    """A filled shape, even or not; now and then on a picture so small that the reader cannot tell it from paper."""
    image = Image.new("L", (CANVAS, CANVAS), 0)
    draw, kind = ImageDraw.Draw(image), rng.integers(4)
    if kind < 2:
        x, y = rng.uniform(5, 50, 2)
        (draw.ellipse if kind else draw.rectangle)((x, y, CANVAS - x * rng.uniform(0.3, 1), CANVAS - y), fill=255)
    else:
        count = int(rng.integers(3, 10))
        angles, reach = np.sort(rng.uniform(0, 2 * math.pi, count)), rng.uniform(15, 60, count)
        ends = np.stack([64 + reach * np.cos(angles), 64 + reach * np.sin(angles)], axis=1)
        draw.polygon([(float(x), float(y)) for x, y in ends], fill=255)
    ink = np.asarray(image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 4))), np.float32) / np.float32(255)
    ink = ink * _texture(rng, 0.2) if rng.random() < 0.6 else ink
    if rng.random() < 0.3:
        around = crop(ink)
        small = Image.fromarray(np.pad(around, int(rng.integers(0, 20)))).resize((28, 28), Image.Resampling.BOX)
        return _photographed((255 - 255 * np.asarray(small).clip(0, 1)).astype(np.uint8))
    return ink


def _photographed(grey: Frame) -> Ink:
    """What the reader takes for ink in a small picture; nothing where it finds none."""
    stages = prepare(grey)
    return stages["ink"] if "frame" in stages else np.zeros((CANVAS, CANVAS), np.float32)


def clothes(rng: Generator) -> Ink:
    """A picture of clothes, as the reader cleans it."""
    return _photographed(garment(rng))


def noise(rng: Generator) -> Ink:
    """Squares at random."""
    side = int(rng.integers(4, 40))
    values = rng.uniform(0, 1, (side, side))
    values = np.where(values > rng.uniform(0.3, 0.95), values, 0)
    return _resized(values).clip(0, 1)


def _texture(rng: Generator, darkest: float) -> Ink:
    rows, columns = rng.integers(2, 24, 2)
    return _resized(rng.uniform(darkest, 1, (rows, columns))).clip(0, 1)


def _resized(values: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> Ink:
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize((CANVAS, CANVAS), Image.Resampling.BICUBIC))
