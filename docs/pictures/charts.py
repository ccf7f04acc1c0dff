"""The charts of the chapters: `python docs/pictures/charts.py` draws them anew beside this file, in a few seconds."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

import numpen
from numpen.digits.batches import Batches
from numpen.nn import activations, losses
from numpen.nn.initializers import He, Zeros, initializer
from numpen.nn.layers import Dense
from numpen.nn.network import Network
from numpen.nn.optimizers import Adam, GradientDescent, Momentum
from numpen.training.trainer import Epoch, Trainer

FOLDER = Path(__file__).parent
ORANGE, BLUE, GREEN, PURPLE, GREY = "#e66101", "#2166ac", "#3a8f3a", "#8a5fb5", "#777777"
STYLE = {
    "svg.fonttype": "none",  # letters stay letters
    "svg.hashsalt": "numpen",  # the same bytes every time
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "lines.linewidth": 2,
    "legend.frameon": False,
}


def figure(name: str, draw: Callable[[Figure], None], width: float = 5.6, height: float = 3.2) -> None:
    """Draw a figure and save it as SVG."""
    with mpl.rc_context(STYLE):
        sheet = Figure(figsize=(width, height), layout="constrained")
        draw(sheet)
        sheet.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})


def draw_activations(sheet: Figure) -> None:
    """Chapter 3."""
    above, below = sheet.subplots(2, 1, sharex=True)
    z = np.linspace(-4, 4, 161)
    parts = activations.Sigmoid(), activations.Tanh(), activations.ReLU(), activations.LeakyReLU(0.1), activations.ELU()
    for layer, colour in zip(parts, (BLUE, GREEN, ORANGE, PURPLE, GREY), strict=True):
        layer.bind(1, z.shape, z.dtype, first=False)
        name = "leaky-relu, slope 0.1" if layer.name == "leaky-relu" else layer.name
        above.plot(z, layer.forward(z[np.newaxis].copy())[0].copy(), color=colour, label=name)
        below.plot(z, layer.backward(np.ones((1, z.size)))[0], color=colour)
    above.set(ylabel="a = f(z)", ylim=(-1.2, 2.2))
    below.set(ylabel="slope f′(z)", xlabel="z", ylim=(-0.05, 1.1))
    above.legend(loc="upper left", fontsize=8)


def draw_losses(sheet: Figure) -> None:
    """Chapter 4: one sigmoid whose truth is 1."""
    left, right = sheet.subplots(1, 2)
    z = np.linspace(-6, 4, 101)
    sigmoid, y = activations.Sigmoid(), np.ones((1, 1))
    sigmoid.bind(1, (1,), z.dtype, first=False)
    squares, entropy = losses.HalfSquares(), losses.SigmoidCrossEntropy()
    for loss in (squares, entropy):
        loss.bind(1, 1, z.dtype)
    quadratic = []
    for number in z:
        value, da = squares.gradient(sigmoid.forward(np.array([[number]])), y)
        quadratic.append((value, float(sigmoid.backward(da)[0, 0])))
    surprise = [(value, float(dz[0, 0])) for value, dz in (entropy.gradient(np.array([[n]]), y) for n in z)]
    for axes, i, what in ((left, 0, "loss"), (right, 1, "slope ∂L/∂z")):
        axes.plot(z, [pair[i] for pair in surprise], color=ORANGE, label="cross-entropy")
        axes.plot(z, [pair[i] for pair in quadratic], color=BLUE, label="quadratic")
        axes.set(xlabel="z of the right digit", title=what)
    left.legend()


def draw_descent(sheet: Figure) -> None:
    """Chapter 5."""
    axes = sheet.subplots()
    steep = np.array([1.0, 20.0])
    x, y = np.meshgrid(np.linspace(-10, 2.5, 120), np.linspace(-2.2, 2.2, 80))
    axes.contour(x, y, 0.5 * (x**2 + 20 * y**2), levels=[0.5, 2, 6, 14, 28, 50, 80], colors="#bbbbbb", linewidths=1)
    paths = ("gradient descent, η = 0.09", GradientDescent, 0.09, ORANGE), ("momentum, η = 0.03", Momentum, 0.03, BLUE)
    for words, kind, rate, colour in (*paths, ("Adam, η = 0.5", Adam, 0.5, GREEN)):
        theta, grad = np.array([-9.0, 1.5]), np.zeros(2)
        optimizer, path = kind(theta, grad), [theta.copy()]
        for _ in range(40):
            grad[:] = steep * theta
            optimizer.step(rate)
            path.append(theta.copy())
        axes.plot(*np.transpose(path), color=colour, marker=".", markersize=5, linewidth=1.2, label=words)
    axes.set(xlabel="θ₁", ylabel="θ₂")
    axes.grid(visible=False)
    axes.legend(loc="lower right", fontsize=9)


def draw_backpropagation(sheet: Figure) -> None:
    """Chapter 6."""
    axes = sheet.subplots()
    axes.set(xlim=(0, 13.4), ylim=(0, 3.2))
    axes.axis("off")
    names = "x", "Dense\nW¹, b¹", "σ", "Dense\nW², b²", "σ", "L"
    there, back = ("", "z¹", "a¹", "z²", "a²"), ("", "δ¹", "∂L/∂a¹", "δ²", "∂L/∂a²")
    for i, name in enumerate(names):
        x = 0.9 + 2.3 * i
        box = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": GREY}
        axes.text(x, 1.6, name, ha="center", va="center", bbox=box)
        if i < len(there):
            _arrow(axes, x + 0.35, x + 1.95, 2.35, BLUE, there[i])
        if 0 < i < len(back):
            _arrow(axes, x + 1.95, x + 0.35, 0.85, ORANGE, back[i])
    axes.text(0.5, 2.95, "forward: what comes out", color=BLUE)
    axes.text(0.5, 0.05, "backward: what the loss feels of it", color=ORANGE)


def _arrow(axes: Axes, start: float, end: float, y: float, colour: str, word: str) -> None:
    axes.annotate("", (end, y), (start, y), arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.8})
    axes.text((start + end) / 2, y + 0.12 if colour == BLUE else y - 0.42, word, ha="center", color=colour)


def draw_minibatches(sheet: Figure) -> None:
    """Chapter 7: 784-30-10 with gradient descent, η = 0.2."""
    axes = sheet.subplots()
    train = numpen.load_mnist("train")
    for size, colour in ((10, ORANGE), (100, BLUE), (1000, GREEN), (60_000, GREY)):
        rng = np.random.default_rng(0)
        layers = Dense(784, 30), activations.ReLU(), Dense(30, 10), activations.Softmax()
        network = Network(layers, size)
        network.initialize(He(), Zeros(), rng)
        loss, optimizer = losses.SoftmaxCrossEntropy(), GradientDescent(network.theta, network.grad)
        loss.bind(size, 10, network.theta.dtype)
        seen, values = [], []
        for epoch in range(2 if size < 60_000 else 3):
            for i, (x, y) in enumerate(Batches(train, size).deal(rng.permutation(60_000))):
                values.append(network.learn(x, y, loss))
                seen.append((epoch * 60_000 + i * size) / 60_000)
                optimizer.step(0.2)
        smooth = max(1, 2000 // size)  # a mean over 2,000 pictures
        marker = {"marker": "o"} if size == 60_000 else {}
        axes.plot(_means(seen, smooth), _means(values, smooth), color=colour, label=f"{size:,}", **marker)
    axes.set(xlabel="epochs", ylabel="loss", ylim=(0, 2.6), xlim=(0, 2))
    axes.legend(title="pictures in a batch")


def _means(values: list[float], together: int) -> NDArray[np.float64]:
    whole = np.array(values[: len(values) // together * together])
    return whole.reshape(-1, together).mean(axis=1)


def draw_initialisation(sheet: Figure) -> None:
    """Chapter 8."""
    axes = sheet.subplots()
    x = numpen.load_mnist("train").images[:256].reshape(256, 784).astype(np.float32) / 255
    for words, colour in (("normal(1)", PURPLE), ("he", ORANGE), ("glorot", BLUE), ("normal(0.01)", GREY)):
        layers = [layer for inputs in [784] + 9 * [256] for layer in (Dense(inputs, 256), activations.ReLU())]
        network, a, spreads = Network(layers, 256), x, []
        network.initialize(initializer(words), Zeros(), np.random.default_rng(0))
        for layer in layers:
            a = layer.forward(a)
            spreads.append(float(a.std()))
        axes.plot(range(1, 11), spreads[1::2], color=colour, marker="o", label=words)
    axes.set(yscale="log", xlabel="layer", ylabel="spread of the activations")
    axes.legend(fontsize=9)


def draw_overfitting(sheet: Figure) -> None:
    """Chapter 9."""
    few, others = numpen.load_mnist("train").split(59_000, "writers")
    unseen = others.take(slice(5_000))
    plain = numpen.Recipe(
        layers="784-100-10", optimizer="adam", learning_rate=0.003, schedule="constant", batch_size=50, epochs=40
    )
    distorted = plain.changed(distortions="shift(1) rotate(10) scale(0.1) elastic(24,4)", learning_rate=0.002)
    both = sheet.subplots(1, 2, sharey=True)
    for axes, recipe, title in zip(both, (plain, distorted), ("as it is", "with distortions"), strict=True):
        trainer, known, new = Trainer(recipe, few), [], []
        for record in trainer.run():
            if isinstance(record, Epoch):
                known.append(numpen.evaluate(trainer.model, few).mean_loss)
                new.append(numpen.evaluate(trainer.model, unseen).mean_loss)
        axes.plot(range(1, 41), new, color=ORANGE, label="unseen writers")
        axes.plot(range(1, 41), known, color=BLUE, label="learnt pictures")
        axes.set(title=title, xlabel="epoch", ylim=(0, 1))
    both[0].set_ylabel("loss")
    both[0].legend()


if __name__ == "__main__":
    figure("activations", draw_activations, height=4.6)
    figure("losses", draw_losses)
    figure("descent", draw_descent)
    figure("backpropagation", draw_backpropagation, height=1.8)
    figure("minibatches", draw_minibatches)
    figure("initialisation", draw_initialisation)
    figure("overfitting", draw_overfitting)
