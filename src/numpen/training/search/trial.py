"""Trial: a recipe that was tried, how far it came, and what was found out about it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from numpen.training.search.climb import Climb

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Standing = Literal["running", "complete", "pruned", "failed"]
BASE = 0  # the number of the trial that is the space's own recipe


@dataclass(frozen=True)
class Proposal:
    """What to try: fields of a recipe, and what they are to Optuna (nothing, for a recipe that is not in the space)."""

    values: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    distributions: "Mapping[str, BaseDistribution]" = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """A trial as it now stands."""

    number: int
    proposal: Proposal
    standing: Standing = "running"
    rungs: tuple[float, ...] = ()  # the accuracy at each rung it has reached
    climb: Climb = field(default_factory=Climb)

    @property
    def accuracy(self) -> float:
        """On held-out pictures, from 0 to 1, as far as it has come."""
        return self.climb.accuracy

    def result(self) -> dict[str, Any]:
        """What there is to know when it has ended, for the journal."""
        return {
            "state": self.standing,
            "rungs": list(self.rungs),
            "seconds": self.climb.seconds,
            "curve": [list(point) for point in self.climb.curve],
            "parameters": self.climb.parameters,
            "trouble": self.climb.trouble,
        }

    def as_dict(self) -> dict[str, Any]:
        """Everything, in plain values, as `numpen search --json` prints it."""
        facts = {"number": self.number, "base": self.number == BASE, "accuracy": self.accuracy}
        return facts | self.result() | {"recipe": dict(self.proposal.values)}


def ended(number: int, proposal: Proposal, result: Mapping[str, Any]) -> Trial:
    """The trial that `result` tells of. Raises KeyError, TypeError or ValueError for anything else."""
    standing = result["state"]
    if standing not in ("complete", "pruned", "failed"):
        raise ValueError(f"{standing!r:.20} in place of how a trial ended")
    rungs = tuple(_number(each) for each in result["rungs"])
    curve = [(_number(epochs), _number(accuracy)) for epochs, accuracy in result["curve"]]
    seconds, parameters, trouble = _number(result["seconds"]), int(result["parameters"]), str(result["trouble"])
    return Trial(number, proposal, standing, rungs, Climb(None, seconds, curve, parameters, trouble))


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{value!r:.20} in place of a number")
    return float(value)
