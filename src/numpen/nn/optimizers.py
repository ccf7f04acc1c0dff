"""How the weights take a step down the slope: each optimizer is one formula over two vectors.

θ holds all parameters of a network and g all gradients, both (P,); η is the learning rate. The slots of
an optimizer (its memory of earlier steps) have the same shape. Constants are named as in the papers.
"""

import math
from typing import ClassVar

import numpy as np

from numpen.nn.arrays import Array, vectors

# Numbers worked on at a time: six blocks of this size stay in a processor's second cache from the first
# line of a formula to the last, where whole vectors would be fetched from memory for every line.
BLOCK = 65_536


# What a weight remembers of a gradient that stays away shrinks for ever, and numbers below 1e-38 are up to a
# hundred times slower to compute with. Forgetting what is below TINY every so many steps keeps clear of them.
TINY, FORGET_EVERY = 1e-30, 128


def _forget_the_tiny(slots: Array, s: Array) -> None:
    for slot in slots:
        np.abs(slot, out=s)
        slot *= np.greater(s, TINY, out=s)


def clip(g: Array, longest: float) -> None:
    """Shorten the gradient g (P,) in place to the norm `longest` where it is longer (Pascanu et al. 2013)."""
    norm = math.sqrt(float(np.vdot(g, g)))
    if norm > longest:
        g *= longest / norm


class Optimizer:
    """What every optimizer is: bound to θ and g once, then `step(η)`."""

    n_slots: ClassVar[int] = 0

    def __init__(self, theta: Array, grad: Array) -> None:
        self.steps = 0
        self.slots = vectors(self.n_slots, theta.size, theta.dtype)  # (n_slots, P)
        (scratch,) = vectors(1, min(BLOCK, theta.size), theta.dtype)  # (BLOCK,)
        starts = range(0, theta.size, BLOCK)
        self.blocks = [
            (theta[i : i + BLOCK], grad[i : i + BLOCK], self.slots[:, i : i + BLOCK], scratch[: theta.size - i])
            for i in starts
        ]

    def step(self, rate: float) -> None:
        """Change θ in place by one step of learning rate η."""
        self.steps += 1
        for theta, g, slots, scratch in self.blocks:
            self.update(rate, theta, g, slots, scratch)
            if self.steps % FORGET_EVERY == 0:
                _forget_the_tiny(slots, scratch)

    def update(self, rate: float, theta: Array, g: Array, slots: Array, s: Array) -> None:
        """The formula, in place, on a block of θ, g and the slots; s is scratch of the same size."""
        raise NotImplementedError


class GradientDescent(Optimizer):
    """θ ← θ - ηg."""

    def __init__(self, theta: Array, grad: Array) -> None:
        super().__init__(theta, grad)
        self.rate = np.zeros((), theta.dtype)  # η as the array that NumPy would else make of it in every step

    def update(self, rate: float, theta: Array, g: Array, slots: Array, s: Array) -> None:
        self.rate.fill(rate)
        theta -= np.multiply(g, self.rate, out=s)


class Momentum(Optimizer):
    """v ← μv - ηg, θ ← θ + v (Sutskever et al. 2013, equations 1 and 2)."""

    n_slots = 1

    def __init__(self, theta: Array, grad: Array, mu: float = 0.9) -> None:
        super().__init__(theta, grad)
        self.mu = mu

    def update(self, rate: float, theta: Array, g: Array, slots: Array, s: Array) -> None:
        (v,) = slots
        # v ← μv - ηg
        v *= self.mu
        v -= np.multiply(g, rate, out=s)
        # θ ← θ + v
        theta += v


class Nesterov(Momentum):
    """v ← μv - ηg, θ ← θ + μv - ηg: looks ahead (Bengio et al. 2013, equation 7)."""

    def update(self, rate: float, theta: Array, g: Array, slots: Array, s: Array) -> None:
        (v,) = slots
        # v ← μv - ηg
        v *= self.mu
        v -= np.multiply(g, rate, out=s)
        # θ ← θ + μv - ηg
        theta -= s
        theta += np.multiply(v, self.mu, out=s)


class RMSprop(Optimizer):
    """v ← ρv + (1 - ρ)g², θ ← θ - ηg / (√v + ε) (Tieleman & Hinton 2012, lecture 6.5)."""

    n_slots = 1

    def __init__(self, theta: Array, grad: Array, rho: float = 0.9, epsilon: float = 1e-8) -> None:
        super().__init__(theta, grad)
        self.rho, self.epsilon = rho, epsilon

    def update(self, rate: float, theta: Array, g: Array, slots: Array, s: Array) -> None:
        (v,) = slots
        # v ← ρv + (1 - ρ)g²
        v *= self.rho
        np.square(g, out=s)
        s *= 1 - self.rho
        v += s
        # θ ← θ - ηg / (√v + ε)
        np.sqrt(v, out=s)
        s += self.epsilon
        np.divide(g, s, out=s)
        s *= rate
        theta -= s


class Adam(Optimizer):
    """m ← β₁m + (1 - β₁)g, v ← β₂v + (1 - β₂)g², θ ← θ - η m̂ / (√v̂ + ε) (Kingma & Ba 2015, algorithm 1).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) make up for slots that start at zero. The slots hold
    M = m / (1 - β₁) and V = v / (1 - β₂), which spares three walks over the vectors in every step:
    the factors move into two plain numbers.
    """

    n_slots = 2

    def __init__(
        self, theta: Array, grad: Array, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(theta, grad)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def update(self, rate: float, theta: Array, g: Array, slots: Array, s: Array) -> None:
        M, V = slots
        # M ← β₁M + g
        M *= self.beta1
        M += g
        # V ← β₂V + g²
        V *= self.beta2
        V += np.square(g, out=s)
        # m̂ = c₁M and √v̂ = c₂√V, so that θ ← θ - (ηc₁/c₂) M / (√V + ε/c₂)
        c1 = (1 - self.beta1) / (1 - self.beta1**self.steps)
        c2 = math.sqrt((1 - self.beta2) / (1 - self.beta2**self.steps))
        np.sqrt(V, out=s)
        s += self.epsilon / c2
        np.divide(M, s, out=s)
        s *= rate * c1 / c2
        theta -= s


class AdamW(Adam):
    """Adam whose weights also shrink by ηλ in every step (Loshchilov & Hutter 2019, algorithm 2)."""

    def __init__(self, theta: Array, grad: Array, decay: float = 0.01, n_weights: int | None = None) -> None:
        """Let the first `n_weights` numbers of θ, the weights without the biases, shrink; None: all of them."""
        super().__init__(theta, grad)
        self.decay, self.weights = decay, theta[:n_weights]

    def step(self, rate: float) -> None:
        # w ← w - ηλw
        self.weights *= 1 - rate * self.decay
        super().step(rate)
