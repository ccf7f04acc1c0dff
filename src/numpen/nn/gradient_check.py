"""Any gradient against the slope that a tiny step shows: the proof that a derivative is right."""

from collections.abc import Callable

import numpy as np

from numpen.nn.arrays import Array


def numerical_gradient(loss: Callable[[], float], theta: Array, step: float = 1e-5) -> Array:
    """The gradient (P,) of `loss` by central differences: two calls of `loss` for each number of theta (P,).

    `theta`, float64 and read by `loss`, is changed in place and put back.
    """
    slopes = np.empty_like(theta)  # (P,)
    for i, value in enumerate(theta.tolist()):
        # dL/dθᵢ ≈ (L(θᵢ + h) - L(θᵢ - h)) / 2h, with an error of order h²
        theta[i] = value + step
        above = loss()
        theta[i] = value - step
        slopes[i] = (above - loss()) / (2 * step)
        theta[i] = value
    return slopes


def directional_slope(loss: Callable[[], float], theta: Array, direction: Array, step: float = 1e-5) -> float:
    """The slope of `loss` where all of theta moves along `direction`, of its shape: all numbers in two calls.

    Along its own gradient g it is ‖g‖. `theta`, float64 and read by `loss`, is changed in place and put back.
    """
    kept, unit = theta.copy(), direction / (np.linalg.norm(direction) or 1.0)
    # dL/du ≈ (L(θ + hu) - L(θ - hu)) / 2h, with an error of order h²
    np.copyto(theta, kept + step * unit)
    above = loss()
    np.copyto(theta, kept - step * unit)
    slope = (above - loss()) / (2 * step)
    np.copyto(theta, kept)
    return slope


def relative_error(a: Array, b: Array) -> float:
    """‖a - b‖ / max(‖a‖, ‖b‖): 0 if equal, 1 or more if unrelated."""
    size = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)))
    return float(np.linalg.norm(a - b)) / size if size else 0.0
