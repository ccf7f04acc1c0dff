"""Makes src/numpen/reading/digitness.numpen, the network that says what is no digit: `python -m benchmarks.digitness`.

Digits (MNIST's training pictures, distorted and drawn) and non-digits are made by a seed on all cores, and a
small convolutional network of eleven answers learns them. About twenty minutes on two cores.
"""

from concurrent.futures import ProcessPoolExecutor

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.cutting import cut_digits
from benchmarks.handwriting import Frame, as_read, drawn, written
from benchmarks.nondigits import NonDigits
from numpen.digits.mnist import load_mnist
from numpen.models import modelfile
from numpen.nn import losses, optimizers, schedules
from numpen.nn.activations import ReLU, Softmax
from numpen.nn.convolution import Convolution, Flatten, Unflatten
from numpen.nn.initializers import initializer
from numpen.nn.layers import Dense
from numpen.nn.network import Network
from numpen.reading.digitness import NO_DIGIT, SHIPPED
from numpen.version import __version__

Pictures = NDArray[np.uint8]

HANDFUL = 2500  # pictures made by one seed
CUT, DRAWN = 0.1, 0.35  # of the digits are cut out of rows, and are drawn by strokes
BATCH, RATE, DECAY = 256, 0.003, 0.0001


def made(task: tuple[bool, int]) -> tuple[Pictures, Pictures]:
    """A handful of digits, or of what is none, with their labels."""
    digits, seed = task
    rng, mnist = np.random.default_rng(seed), load_mnist("train")
    if not digits:
        draws = NonDigits(mnist)
        return np.stack([draws.draw(rng) for _ in range(HANDFUL)]), np.full(HANDFUL, NO_DIGIT, np.uint8)
    shown: list[tuple[Frame | None, int]] = []
    while len(shown) < CUT * HANDFUL:
        shown += cut_digits(mnist, rng)[0]
    while len(shown) < (CUT + DRAWN) * HANDFUL:
        shown.append(drawn(rng))
    while len(shown) < HANDFUL:
        row = rng.integers(0, len(mnist))
        label = int(mnist.labels[row])
        shown.append((as_read(written(mnist.images[row], label, rng), rng), label))
    frames, labels = zip(*((frame, label) for frame, label in shown if frame is not None), strict=True)
    return np.stack(frames), np.array(labels, np.uint8)


def pictures(count: int, seed: int) -> tuple[Pictures, Pictures]:
    """So many digits and as many non-digits, with half of MNIST as it is."""
    handfuls = range(-(-count // HANDFUL))
    tasks = [(kind, 2 * number + kind + 1_000_000 * seed) for number in handfuls for kind in (True, False)]
    with ProcessPoolExecutor() as pool:
        parts = list(pool.map(made, tasks))
    mnist = load_mnist("train")
    parts.append((mnist.images[::2], mnist.labels[::2]))
    images, labels = zip(*parts, strict=True)
    return np.concatenate(images), np.concatenate(labels)


def network(rng: np.random.Generator) -> Network:
    """94,555 parameters: two convolutions, a hidden layer, eleven answers."""
    whole = Network(
        [
            Unflatten(28, 28),
            Convolution(1, 16, kernel=5, stride=2),
            ReLU(),
            Convolution(16, 48, kernel=5, stride=2),
            ReLU(),
            Flatten(),
            Dense(16 * 48, 96),
            ReLU(),
            Dense(96, NO_DIGIT + 1),
            Softmax(),
        ],
        BATCH,
    )
    whole.initialize(initializer("he"), initializer("zeros"), rng)
    return whole


def learnt(images: Pictures, labels: Pictures, epochs: int, seed: int) -> Network:
    """The network after so many epochs of AdamW with one cycle of the learning rate."""
    rng = np.random.default_rng(seed)
    whole, loss = network(rng), losses.SoftmaxCrossEntropy()
    loss.bind(BATCH, NO_DIGIT + 1, np.dtype(np.float32))
    optimizer = optimizers.AdamW(whole.theta, whole.grad, DECAY, whole.n_weights)
    batches = len(images) // BATCH
    rate = schedules.one_cycle(RATE, batches * epochs, 0.25)
    truth = np.eye(NO_DIGIT + 1, dtype=np.float32)
    for epoch in range(epochs):
        total = 0.0
        for number, rows in enumerate(rng.permutation(len(images))[: batches * BATCH].reshape(-1, BATCH)):
            x = images[rows].reshape(BATCH, -1).astype(np.float32) / np.float32(255)
            total += whole.learn(x, truth[labels[rows]], loss)
            optimizer.step(rate(epoch * batches + number))
        click.echo(f"epoch {epoch + 1}/{epochs}  loss {total / batches:.4f}")
    return whole


@click.command(help=__doc__)
@click.option("--count", default=150_000, help="Digits, and as many non-digits.")
@click.option("--epochs", default=14)
@click.option("--seed", default=0)
def main(count: int, epochs: int, seed: int) -> None:
    """Make the pictures, learn, and write the file."""
    whole = learnt(*pictures(count, seed), epochs, seed)
    whole.bind(64)  # fewer are asked about at a time
    card = {
        "made by": f"python -m benchmarks.digitness --count {count} --epochs {epochs} --seed {seed}",
        "data": {"source": "mnist:train", "sha256": load_mnist("train").checksum},
        "versions": {"numpen": __version__, "numpy": np.__version__},
    }
    click.echo(f"{SHIPPED}: {modelfile.save(whole, 255.0, card, SHIPPED):,} bytes")


if __name__ == "__main__":
    main()
