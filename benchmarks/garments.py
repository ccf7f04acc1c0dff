"""Pictures of clothes, small and grey as shops show them: shaded shapes with seams, prints, straps and openings."""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Grey = NDArray[np.uint8]
Points = list[tuple[float, float]]

SIDE = 128  # pixels it is drawn on


def garment(rng: Generator, side: int = 28) -> Grey:
    """A picture (side, side) of a shirt, trousers, a dress, a shoe, a sandal or a bag, light on black."""
    kind = [_top, _trousers, _dress, _shoe, _sandal, _bag][rng.integers(6)]
    image = Image.new("L", (SIDE, SIDE), 0)
    cloth = kind(ImageDraw.Draw(image), rng)
    shape = np.asarray(image.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.5))), np.float32) / np.float32(255)
    grey = shape * _shading(rng) * np.float32(cloth)
    if rng.random() < 0.5:
        grey = grey[:, ::-1]
    small = Image.fromarray(grey.clip(0, 255).astype(np.uint8)).resize((side, side), Image.Resampling.BOX)
    return np.asarray(small)


def _cloth(rng: Generator) -> int:
    return int(rng.integers(50, 256))


def _mirrored(draw: ImageDraw.ImageDraw, half: Points) -> None:
    draw.polygon([(64 + x, y) for x, y in half] + [(64 - x, y) for x, y in reversed(half)], fill=255)


def _top(draw: ImageDraw.ImageDraw, rng: Generator) -> int:
    """A shirt, pullover or coat: sleeves of any length beside a body, perhaps an opening."""
    body, low, sleeve, out = rng.uniform(18, 34), rng.uniform(95, 126), rng.uniform(30, 122), rng.uniform(8, 28)
    neck = rng.uniform(6, 16)
    half: Points = [
        (neck, 6),
        (body, 12),
        (body + out, sleeve),
        (body + out * 0.5, sleeve + 4),
        (body, 45),
        (body, low),
    ]
    _mirrored(draw, half)
    draw.ellipse((64 - neck, -4, 64 + neck, rng.uniform(8, 26)), fill=int(rng.choice((0, 120, 255))))
    if rng.random() < 0.4:  # an opening, or a gap between body and sleeves
        draw.line(
            [(64, 10), (64 + rng.normal(0, 3), low)], fill=int(rng.integers(0, 140)), width=int(rng.integers(1, 5))
        )
    if rng.random() < 0.5:
        for sign in (-1, 1):
            draw.line([(64 + sign * body, 40), (64 + sign * body, sleeve)], fill=0, width=int(rng.integers(1, 5)))
    return _cloth(rng)


def _trousers(draw: ImageDraw.ImageDraw, rng: Generator) -> int:
    hip, hem, crotch = rng.uniform(14, 28), rng.uniform(6, 16), rng.uniform(25, 60)
    gap = rng.uniform(0, 10)
    _mirrored(draw, [(hip * 0.8, 3), (hip, crotch), (gap + 2 * hem, 124), (gap, 124), (0, crotch)])
    return _cloth(rng)


def _dress(draw: ImageDraw.ImageDraw, rng: Generator) -> int:
    bust, waist, hem = rng.uniform(8, 24), rng.uniform(6, 20), rng.uniform(8, 42)
    _mirrored(draw, [(bust * 0.6, 3), (bust, 20), (waist, rng.uniform(35, 60)), (hem, rng.uniform(100, 125))])
    if rng.random() < 0.4:  # sleeves
        reach, low = rng.uniform(4, 16), rng.uniform(30, 110)
        for sign in (-1, 1):
            line = [(64 + sign * bust, 12), (64 + sign * (bust + reach), low)]
            draw.line(line, fill=255, width=int(rng.integers(4, 14)))
    return _cloth(rng)


def _shoe(draw: ImageDraw.ImageDraw, rng: Generator) -> int:
    high, heel = rng.uniform(25, 95), rng.uniform(0, 30)
    shaft = rng.uniform(25, 60)
    outline = [(8, 105 - high), (8 + shaft * 0.8, 105 - high), (shaft + 10, 95 - high * 0.3), (118, 92), (122, 108)]
    outline += [(60, 108), (40, 108 - heel), (30, 108 + heel * 0.3), (8, 108 + heel * 0.3)]
    draw.polygon(outline, fill=255)
    if rng.random() < 0.5:
        draw.line([(8, 110), (122, 110)], fill=int(rng.integers(120, 255)), width=int(rng.integers(3, 12)))
    if rng.random() < 0.4:
        x = rng.uniform(30, 80)
        draw.line(
            [(x, 108 - high * 0.5), (x + 20, 106)], fill=int(rng.integers(0, 140)), width=int(rng.integers(2, 10))
        )
    return _cloth(rng)


def _sandal(draw: ImageDraw.ImageDraw, rng: Generator) -> int:
    """A sole with straps, often on a heel."""
    heel = rng.uniform(0, 60)
    sole = [(8.0, 105 - heel), (50.0, 105 - heel * 0.4), (85.0, 108.0), (122.0, 106.0)]
    draw.line(sole, fill=255, width=int(rng.integers(5, 14)), joint="curve")
    draw.line([(10, 105 - heel), (12, 110)], fill=255, width=int(rng.integers(3, 12)))
    for _ in range(rng.integers(1, 5)):
        x = rng.uniform(8, 110)
        end = x + rng.uniform(-25, 35), 105 - heel * max(0.0, 1 - x / 80) - rng.uniform(10, 55)
        draw.line([(x, 105 - heel * max(0.0, 1 - x / 80)), end], fill=255, width=int(rng.integers(3, 12)))
        if rng.random() < 0.6:
            draw.line([end, (x + rng.uniform(10, 40), 106)], fill=255, width=int(rng.integers(3, 12)))
    return _cloth(rng)


def _bag(draw: ImageDraw.ImageDraw, rng: Generator) -> int:
    top, wide = rng.uniform(30, 70), rng.uniform(30, 60)
    _mirrored(draw, [(wide * rng.uniform(0.8, 1), top), (wide, rng.uniform(100, 122))])
    reach, rise = wide * rng.uniform(0.3, 1), rng.uniform(10, 60)
    draw.arc((64 - reach, top - rise, 64 + reach, top + rise), 180, 360, fill=255, width=int(rng.integers(3, 10)))
    if rng.random() < 0.5:
        draw.line([(64 - wide, top + 25), (64 + wide, top + 25)], fill=int(rng.integers(0, 160)), width=5)
    return _cloth(rng)


def _shading(rng: Generator) -> NDArray[np.float32]:
    """Folds and a print: light that changes over the cloth, stripes or checks, a patch."""
    rows, columns = rng.integers(2, 20, 2)
    coarse = rng.uniform(rng.uniform(0.2, 0.9), 1, (rows, columns)).astype(np.float32)
    shading = np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)).clip(0, 1)
    x = np.linspace(-1, 1, SIDE, dtype=np.float32)
    across = 1 - np.float32(rng.uniform(-0.4, 0.5)) * x * x  # the edges darker or lighter than the middle
    shading = shading * (across if rng.random() < 0.7 else 1)
    if rng.random() < 0.3:
        period, dark = rng.uniform(6, 30), rng.uniform(0.1, 0.8)
        stripes = np.where(np.sin(np.arange(SIDE) * 2 * math.pi / period + rng.uniform(0, 6)) > 0, 1, dark)
        shading = shading * (stripes[:, None] if rng.random() < 0.6 else stripes[None, :])
    if rng.random() < 0.3:
        left, top = rng.integers(30, 70, 2)
        wide, tall = rng.integers(10, 40, 2)
        shading = shading.copy()
        shading[top : top + tall, left : left + wide] *= np.float32(rng.uniform(0, 0.8))
    return shading.astype(np.float32)
