"""How large a step to take when: the learning rate as a pure function of the step.

Each function makes a schedule: a function from the step (0, 1, 2, ... `steps` - 1) to the learning rate.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

Schedule: TypeAlias = Callable[[int], float]


def constant(rate: float) -> Schedule:
    """Always `rate`."""
    return lambda step: rate


def step_decay(rate: float, every: int, factor: float) -> Schedule:
    """Starts at `rate` and is multiplied by `factor` every `every` steps."""
    return lambda step: rate * factor ** (step // every)


def cosine(rate: float, steps: int) -> Schedule:
    """Falls from `rate` to zero along half a cosine (Loshchilov & Hutter 2017, equation 5)."""
    return lambda step: rate * 0.5 * (1 + math.cos(math.pi * step / steps))


def one_cycle(rate: float, steps: int, warm_up: float = 0.3, start: float = 0.04) -> Schedule:
    """Climbs from `start` · `rate` to `rate` in the first part, `warm_up`, of all steps, then falls to zero.

    Both ways along half a cosine; a high rate in the middle trains fast and still ends well
    (Smith & Topin 2018, "Super-Convergence").
    """
    peak = warm_up * steps

    def schedule(step: int) -> float:
        if step < peak:
            return rate * (start + (1 - start) * 0.5 * (1 - math.cos(math.pi * step / peak)))
        return rate * 0.5 * (1 + math.cos(math.pi * (step - peak) / (steps - peak)))

    return schedule
