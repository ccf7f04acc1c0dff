"""Search: trials on as many workers as there are, rung by rung.

The driver alone holds the journal. A worker is given a recipe, the state in which the run stands and how far to train,
and hands back the state in which it then stands; so workers share no disk, and any of them goes on with any trial.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from numpen.errors import RecipeError, WorkerDied
from numpen.training.search.climb import Climb, Pictures, climb
from numpen.training.search.journal import Journal
from numpen.training.search.question import Question
from numpen.training.search.trial import Trial
from numpen.training.search.tuner import Tuner
from numpen.workers.crew import Crew, Task


class Stopped(Exception):  # noqa: N818 - nothing has gone wrong
    """Somebody has asked the search to stop."""


class Search:
    """A search that goes on where its journal ends."""

    def __init__(self, question: Question, journal: Journal) -> None:
        """Learn of the trials in the journal, which must have been entered. Raises SearchError without Optuna."""
        self.question, self.journal, self.tuner = question, journal, Tuner(question)
        for _, trial in sorted(journal.ended.items()):
            self.tuner.recall(trial)
        self.running: dict[Task, Trial] = {}
        self.is_stopped = self.is_waiting = False

    def run(self, crew: Crew, trials: int) -> Iterator[Trial]:
        """Try so many recipes, those of earlier runs included, and yield each trial whenever it stands otherwise.

        The first is the space's own recipe. Raises WorkersError if there are no workers any more, and `Stopped` after
        `stop`. Whatever ends it, the trials that run will be done again.
        """
        recipe = self.question.recipe(self.question.base_values())
        pictures = crew.scatter(Pictures.of(self.question.dataset, recipe))
        try:
            while True:
                while len(self.running) < max(crew.size, 1) and (number := self._next(trials)) is not None:
                    yield self._begin(number, crew, pictures)
                if not self.running:
                    return
                yield self._hear(self._wait(crew), crew, pictures)
        finally:
            for task, trial in self.running.items():
                task.cancel()
                self.journal.give_up(trial)
            self.running.clear()

    def stop(self) -> None:
        """Let `run` end, at once if it waits for workers; may be called by a signal, between any two instructions."""
        self.is_stopped = True
        if self.is_waiting:
            raise Stopped

    def _next(self, trials: int) -> int | None:
        """The number of the trial to begin next: one that was interrupted, or a new one; None if there is none."""
        space, is_grid = self.question.space, self.question.sampler == "grid"
        most = min(trials, space.grid_size() + 1) if is_grid else trials  # and the base, which is not of the grid
        taken = self.journal.ended.keys() | {trial.number for trial in self.running.values()}
        return next((number for number in range(most) if number not in taken), None)

    def _begin(self, number: int, crew: Crew, pictures: Any) -> Trial:
        proposal = self.journal.to_do.get(number)
        if proposal:
            self.tuner.take_up(number, proposal)
        else:
            proposal = self.tuner.propose(number)
        self.journal.begin(number, proposal)
        return self._send(Trial(number, proposal), crew, pictures)

    def _send(self, trial: Trial, crew: Crew, pictures: Any) -> Trial:
        """Have a trial trained up to its next rung; one whose recipe cannot be has failed."""
        try:
            recipe = self.question.recipe(trial.proposal.values)
        except RecipeError as error:
            return self._end(replace(trial, standing="failed", climb=Climb(trouble=str(error))))
        share = self.question.rungs[len(trial.rungs)]
        self.running[crew.submit(climb, pictures, recipe, trial.climb, share)] = trial
        return trial

    def _wait(self, crew: Crew) -> Task:
        """The next task that is done."""
        try:
            self.is_waiting = True
            if self.is_stopped:
                raise Stopped
            return next(iter(crew.as_completed(list(self.running))))
        finally:
            self.is_waiting = False

    def _hear(self, task: Task, crew: Crew, pictures: Any) -> Trial:
        """Take what a worker hands back, and decide what comes of the trial."""
        trial = self.running.pop(task)
        try:
            reached: Climb = task.result()
        except WorkerDied as error:  # of it
            reached = replace(trial.climb, state=None, trouble=str(error))
        trial, rung = replace(trial, climb=reached), len(trial.rungs)
        if reached.trouble:
            return self._end(replace(trial, standing="failed"))
        trial = replace(trial, rungs=(*trial.rungs, reached.accuracy))
        self.journal.reach(trial.number, rung, reached.accuracy)
        if len(trial.rungs) == len(self.question.rungs):
            return self._end(replace(trial, standing="complete"))
        if not self.tuner.goes_on(trial.number, rung, reached.accuracy):
            return self._end(replace(trial, standing="pruned"))
        return self._send(trial, crew, pictures)

    def _end(self, trial: Trial) -> Trial:
        trial = replace(trial, climb=replace(trial.climb, state=None))
        self.journal.end(trial)
        self.tuner.end(trial)
        return trial
