"""A running average of the weights: steadier than the weights themselves, which the last batches have pulled about."""

import numpy as np

from numpen.nn.arrays import Array, vectors


class Average:
    """θ̄ ← βₜθ̄ + (1 - βₜ)θ with βₜ = min(β, t / (9 + t)), so that the first steps are soon forgotten.

    (Polyak & Juditsky 1992, in the exponential form of Kingma & Ba 2015, section 7.2.)
    """

    def __init__(self, theta: Array, beta: float) -> None:
        """Bind to θ (P,), whose average starts at what it is now."""
        self.theta, self.beta, self.steps = theta, beta, 0
        self.mean, self.scratch = vectors(2, theta.size, theta.dtype)  # (P,), (P,)
        np.copyto(self.mean, theta)

    def step(self) -> None:
        """Take the present θ in."""
        self.steps += 1
        beta = min(self.beta, self.steps / (9 + self.steps))
        # θ̄ ← θ̄ + (1 - βₜ)(θ - θ̄)
        np.subtract(self.theta, self.mean, out=self.scratch)
        self.scratch *= 1 - beta
        self.mean += self.scratch

    def swap(self) -> None:
        """Let θ and its average change places; twice is back."""
        np.copyto(self.scratch, self.theta)
        np.copyto(self.theta, self.mean)
        np.copyto(self.mean, self.scratch)
