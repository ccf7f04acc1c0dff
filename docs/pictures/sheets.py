"""The pictures of the chapters: `python docs/pictures/sheets.py` draws them anew beside this file, in a few seconds."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

import numpen
from numpen.evaluation.painting import signed
from numpen.nn.convolution import Convolution

FOLDER = Path(__file__).parent


def show(axes: Axes, picture: NDArray[np.generic], title: str = "", **options: object) -> None:
    """One picture without its scales; numbers of both signs have to be painted first."""
    axes.imshow(picture, interpolation="nearest", **options)
    axes.set_title(title, fontsize=10)
    axes.set(xticks=[], yticks=[])


def save(sheet: Figure, name: str) -> None:
    """Write a PNG of 256 colours, which is a third as large."""
    path = FOLDER / f"{name}.png"
    sheet.savefig(path, dpi=160)
    Image.open(path).convert("RGB").quantize(256).save(path, optimize=True)


def one_neuron() -> None:
    """Chapter 1."""
    train = numpen.load_mnist("train")
    zero, one = (train.images[train.labels == digit].mean(axis=0) / 255 for digit in (0, 1))
    sheet = Figure(figsize=(6.4, 2.4), layout="constrained")
    parts = (one, "the mean one"), (zero, "the mean zero"), (signed(one - zero), "w, the difference")
    for axes, (picture, title) in zip(sheet.subplots(1, 3), parts, strict=True):
        show(axes, picture, title, cmap="gray")
    save(sheet, "one-neuron")


def matrices() -> None:
    """Chapter 2, with the 64 pixels in the middle of each picture."""
    rng = np.random.default_rng(0)
    x = numpen.load_mnist("test").images[:10].reshape(10, 784) / 255
    W, b = rng.normal(0, 784**-0.5, (784, 16)), rng.normal(0, 0.3, (1, 16))
    rows = slice(300, 364)
    sheet = Figure(figsize=(7.2, 3.4), layout="constrained")
    parts = (
        (1 - x[:, rows, np.newaxis].repeat(3, axis=2), "x (10, 784)"),
        (signed(W[rows]), "W (784, 16)"),
        (signed(b), "b (16,)"),
        (signed(x @ W + b), "z (10, 16)"),
    )
    widths = [picture.shape[1] + 6 for picture, _ in parts]
    for axes, (picture, title), sign in zip(
        sheet.subplots(1, 4, width_ratios=widths), parts, ("·", "+", "=", ""), strict=True
    ):
        show(axes, picture, title)
        axes.annotate(sign, (1, 0.5), (10, 0), "axes fraction", "offset points", fontsize=18, ha="center", va="center")
    save(sheet, "matrices")


def convolution() -> None:
    """Chapter 10: what eight kernels find in a four, after two epochs with twelve thousand pictures."""
    train = numpen.load_mnist("train")
    layers = "784-8c5-m2-16c5s2-32-10"
    recipe = numpen.Recipe(layers=layers, optimizer="adam", learning_rate=0.005, epochs=2, batch_size=64)
    network = numpen.train(recipe, train.take(slice(12_000))).network
    four = numpen.load_mnist("test").images[4]
    made, first, bend, *_ = network.layers
    assert isinstance(first, Convolution)
    maps = bend.forward(first.forward(made.forward(four.reshape(1, 784).astype(np.float32) / 255)))[0]
    sheet = Figure(figsize=(7.6, 2.3), layout="constrained")
    grid = sheet.add_gridspec(2, 10)
    show(sheet.add_subplot(grid[:, :2]), four, "x", cmap="gray")
    for i in range(8):
        show(sheet.add_subplot(grid[0, 2 + i]), signed(first.tensors()["W"][:, :, 0, i]), f"W, map {i + 1}")
        show(sheet.add_subplot(grid[1, 2 + i]), maps[:, :, i], "a", cmap="gray")
    save(sheet, "convolution")


if __name__ == "__main__":
    with mpl.rc_context({"font.size": 10}):
        one_neuron()
        matrices()
        convolution()
