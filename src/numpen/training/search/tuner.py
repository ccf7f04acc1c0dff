"""Tuner: Optuna's judgement, in memory. It proposes what to try next and says who goes on at a rung.

Whatever it knows it was told, trial by trial, so it is the same after an interruption: the journal tells it of the
trials that have ended, and of no others. Each proposal has a seed of its own, made of the search's seed and the
trial's number; one after the other, the same trials are proposed again, wherever a search was interrupted.
"""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from numpen.errors import SearchError
from numpen.training.search.question import HALVING, Question
from numpen.training.search.trial import BASE, Proposal, Trial

if TYPE_CHECKING:
    import optuna


def quiet_optuna() -> Any:
    """The module Optuna, which says nothing; raises SearchError if it is not there."""
    try:
        import optuna
    except ImportError as error:
        raise SearchError("expected Optuna to search with, got none: pip install 'numpen[search]'") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


class Tuner:
    """What Optuna makes of the trials so far."""

    def __init__(self, question: Question) -> None:
        """Know nothing yet. Raises SearchError without Optuna."""
        self.question, self.optuna = question, quiet_optuna()
        directions = ["maximize", "minimize"] if "," in question.objective else ["maximize"]
        pruner = self.optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=HALVING)
        self.study = self.optuna.create_study(directions=directions, pruner=pruner)
        self.asked: dict[int, optuna.Trial] = {}  # by the trial's number; the base may not be in the space

    def recall(self, trial: Trial) -> None:
        """Learn of a trial that has ended earlier."""
        self.take_up(trial.number, trial.proposal)
        for rung, accuracy in enumerate(trial.rungs[: len(self.question.rungs) - 1]):
            self.goes_on(trial.number, rung, accuracy)
        self.end(trial)

    def propose(self, number: int) -> Proposal:
        """What to try as the trial of this number."""
        space, is_grid = self.question.space, self.question.sampler == "grid"
        if number == BASE:
            positions = None if is_grid else space.positions(self.question.recipe(self.question.base_values()))
            if positions is None:
                return Proposal(self.question.base_values())
            self.study.enqueue_trial(positions)
        self.study.sampler = self._sampler(number)
        asked = self.asked[number] = self.study.ask()
        values = space.turn(asked, grid=is_grid)
        return Proposal(values, dict(asked.params), dict(asked.distributions))

    def take_up(self, number: int, proposal: Proposal) -> None:
        """Have that trial again, as if it had just been proposed."""
        if proposal.params:
            self.study.sampler = self.optuna.samplers.RandomSampler(seed=0)  # everything is decided
            self.study.enqueue_trial(proposal.params)
            self.asked[number] = self.study.ask(dict(proposal.distributions))

    def goes_on(self, number: int, rung: int, accuracy: float) -> bool:
        """Whether the trial has done well enough, at the rung, to be trained on; the base always is."""
        asked = self.asked.get(number)
        if asked is None:
            return True
        asked.report(accuracy, step=HALVING**rung)
        return not asked.should_prune() or number == BASE

    def end(self, trial: Trial) -> None:
        """Learn what came of a trial that was proposed or taken up."""
        asked, states = self.asked.pop(trial.number, None), self.optuna.trial.TrialState
        if asked is None:
            return
        if trial.standing == "complete":
            self.study.tell(asked, objectives(self.question, trial))
        else:
            self.study.tell(asked, state=states.PRUNED if trial.standing == "pruned" else states.FAIL)

    def _sampler(self, number: int) -> Any:
        """Optuna's sampler for the trial of this number."""
        samplers = self.optuna.samplers
        seed = int(np.random.SeedSequence((self.question.seed, number)).generate_state(1)[0])
        if self.question.sampler == "tpe":
            return samplers.TPESampler(seed=seed)
        if self.question.sampler == "random":
            return samplers.RandomSampler(seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", self.optuna.exceptions.ExperimentalWarning)
            sampler = samplers.BruteForceSampler(seed=seed)
        # it would end a loop of Optuna's own when it has been everywhere; `Search` counts
        sampler.after_trial = lambda *arguments: None
        return sampler


def objectives(question: Question, trial: Trial) -> list[float]:
    """What Optuna is told of a trial that is complete."""
    climb = trial.climb
    second = {"accuracy": (), "accuracy,seconds": (climb.seconds,), "accuracy,size": (float(climb.parameters),)}
    return [trial.accuracy, *second[question.objective]]
