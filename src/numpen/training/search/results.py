"""Results: what the trials of a search come to, beside the space's own recipe."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpen.training.search.question import Objective
from numpen.training.search.trial import BASE, Trial
from numpen.training.search.tuner import quiet_optuna

FEWEST = 10  # trials of which the importance of a dial can be told


@dataclass(frozen=True)
class Results:
    """The trials that have ended."""

    trials: Sequence[Trial]
    objective: Objective = "accuracy"

    @property
    def complete(self) -> list[Trial]:
        """The trials that were trained to their end, the best first."""
        found = [trial for trial in self.trials if trial.standing == "complete"]
        return sorted(found, key=lambda trial: (-trial.accuracy, self.cost(trial), trial.number))

    @property
    def base(self) -> Trial | None:
        """The trial of the space's own recipe, once it has ended well."""
        return next((trial for trial in self.complete if trial.number == BASE), None)

    @property
    def best(self) -> Trial | None:
        """The most accurate."""
        return next(iter(self.complete), None)

    @property
    def best_at_cost(self) -> Trial | None:
        """The most accurate of those that are better than the base and cost no more; None if none is."""
        base = self.base
        if base is None:
            return None
        better = (
            each for each in self.complete if each.accuracy > base.accuracy and self.cost(each) <= self.cost(base)
        )
        return next(better, None)

    @property
    def chosen(self) -> Trial | None:
        """The one to keep: the best; with two objectives, the best that costs no more than the base, or the base."""
        return self.best if self.objective == "accuracy" else self.best_at_cost or self.base

    def cost(self, trial: Trial) -> float:
        """What is weighed against accuracy: parameters if size is an objective, or else seconds."""
        return trial.climb.parameters if self.objective == "accuracy,size" else trial.climb.seconds

    def front(self) -> list[Trial]:
        """The trials than which none is both more accurate and cheaper, the cheapest first."""
        optuna = quiet_optuna()
        study = optuna.create_study(directions=["maximize", "minimize"])
        complete = {trial.number: trial for trial in self.complete}
        for number, trial in complete.items():
            attributes, values = {"number": number}, [trial.accuracy, float(self.cost(trial))]
            study.add_trial(optuna.trial.create_trial(values=values, user_attrs=attributes))
        front = [complete[each.user_attrs["number"]] for each in study.best_trials]
        return sorted(front, key=lambda trial: (self.cost(trial), trial.number))

    def importance(self) -> dict[str, float]:
        """How much each dial has to do with being among the best, shares of 1, the most important first.

        By PED-ANOVA (Watanabe et al. 2023), over all trials that have not failed; those that were pruned count with
        the accuracy they had reached. Empty for fewer than ten trials: there is nothing to tell.
        """
        optuna = quiet_optuna()
        some = [trial for trial in self.trials if trial.standing != "failed" and trial.proposal.params]
        if len(some) < FEWEST:
            return {}
        study = optuna.create_study(direction="maximize")
        for trial in some:
            told = dict(trial.proposal.params), dict(trial.proposal.distributions)
            study.add_trial(optuna.trial.create_trial(value=trial.accuracy, params=told[0], distributions=told[1]))
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=max(0.1, 5 / len(some)))
        with warnings.catch_warnings(action="ignore"):  # of dials that few trials have turned
            found = optuna.importance.get_param_importances(study, evaluator=evaluator)
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain values, as `numpen search --json` prints it."""
        named = {"base": self.base, "best": self.best, "best_at_cost": self.best_at_cost, "chosen": self.chosen}
        return {
            "objective": self.objective,
            "trials": [trial.as_dict() for trial in self.trials],
            **{name: None if trial is None else trial.number for name, trial in named.items()},
            "front": [trial.number for trial in self.front()],
            "importance": self.importance(),
        }
