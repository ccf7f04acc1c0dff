"""A search goes on where it was left, finds the same again, and counts no failure as a success."""

import contextlib
import os
import re
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import WorkerDied
from numpen.training.search.charts import settings_chart
from numpen.training.search.journal import Journal
from numpen.training.search.question import Question
from numpen.training.search.results import Results
from numpen.training.search.search import Search, Stopped
from numpen.training.search.trial import Trial
from numpen.training.trainer import Epoch, Record, train
from numpen.workers.crew import Task, open_crew
from tests.training.search.spaces import question, tiny
from tests.workers.crews import dask_cluster


class Here:
    """A crew of so many workers who are all here, and do a task when they are asked for it, the last one first."""

    def __init__(self, size: int = 1, deaths: int = 0) -> None:
        self.size, self.deaths = size, deaths

    def scatter(self, value: Any) -> Any:
        return value

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        task: Future[Any] = Future()
        if self.deaths:
            self.deaths -= 1
            task.set_exception(WorkerDied("expected a worker to end its task, got 2 that died of it"))
        else:
            task.set_result(function(*arguments))
        return task

    def as_completed(self, tasks: Iterable[Task]) -> Iterator[Task]:
        return iter(list(tasks)[::-1])


def searched(path: Path, asked: Question, trials: int, crew: Here | None = None) -> Results:
    """The results when so many trials have ended."""
    with Journal(path, asked) as journal:
        list(Search(asked, journal).run(crew or Here(), trials))
        return Results([trial for _, trial in sorted(journal.ended.items())], asked.objective)


def facts(results: Results) -> list[Any]:
    """Everything but what a clock says."""
    return [{key: value for key, value in each.as_dict().items() if key != "seconds"} for each in results.trials]


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_the_same_is_found_again_and_after_any_interruption(tmp_path: Path, few: Dataset, sampler: str) -> None:
    asked = question(few, sampler=sampler)
    whole = facts(searched(tmp_path / "a", asked, 14))  # of which the first ten are not chosen by those before
    for steps in (1, 2, 9, 16):
        with Journal(tmp_path / "b", asked) as journal:
            for _ in islice(Search(asked, journal).run(Here(), 14), steps):
                pass  # the generator is closed wherever it then is
    assert facts(searched(tmp_path / "b", asked, 14)) == whole
    assert facts(searched(tmp_path / "c", question(few, sampler=sampler, seed=1), 3)) != whole[:3]


def test_a_search_that_has_ended_can_be_given_more_trials(tmp_path: Path, few: Dataset) -> None:
    asked = question(few)
    some = facts(searched(tmp_path / "a", asked, 5))
    more = facts(searched(tmp_path / "a", asked, 9))
    assert more[:5] == some and more == facts(searched(tmp_path / "b", asked, 9))
    assert facts(searched(tmp_path / "a", asked, 5)) == more


def test_hopeless_trials_are_sent_home_and_the_base_never_is(tmp_path: Path, few: Dataset) -> None:
    results = searched(tmp_path / "a", question(few), 16)
    assert {trial.standing for trial in results.trials} >= {"complete", "pruned"}
    for trial in results.trials:
        assert (
            len(trial.rungs) == {"complete": 3, "pruned": len(trial.rungs), "failed": len(trial.rungs)}[trial.standing]
        )
    pruned = [trial for trial in results.trials if trial.standing == "pruned"]
    assert all(len(trial.rungs) < 3 for trial in pruned) and len(pruned) >= 5
    for rung in (0, 1):  # whoever is sent home was not the best of those who had been there
        there = [trial for trial in results.trials if len(trial.rungs) > rung]
        best = max(there, key=lambda trial: trial.rungs[rung])
        assert best.standing == "complete" or len(best.rungs) > rung + 1
    assert results.base is not None


@pytest.mark.parametrize("objective", ["accuracy,seconds", "accuracy,size"])
def test_with_two_objectives_all_come_to_their_end_and_the_front_is_what_none_beats(
    tmp_path: Path, few: Dataset, objective: str
) -> None:
    results = searched(tmp_path / "a", question(few, objective=objective), 8)
    assert all(trial.standing == "complete" and len(trial.rungs) == 1 for trial in results.trials)

    def beaten(trial: Trial) -> bool:
        return any(
            other.accuracy >= trial.accuracy
            and results.cost(other) <= results.cost(trial)
            and (other.accuracy, results.cost(other)) != (trial.accuracy, results.cost(trial))
            for other in results.trials
        )

    assert results.front() == sorted(
        (trial for trial in results.trials if not beaten(trial)), key=lambda each: (results.cost(each), each.number)
    )
    base, chosen = results.base, results.chosen
    assert base and chosen and chosen.accuracy >= base.accuracy and results.cost(chosen) <= results.cost(base)


def test_what_fails_is_told_and_never_the_best(tmp_path: Path, few: Dataset) -> None:
    layers = {"784-{units}-10": {"units": {"from": 4, "to": 1_000_000, "log": True}}}
    wild = tiny(learning_rate=[1e30], l2=[1.0], optimizer=["gradient-descent"], schedule=["constant"], layers=layers)
    results = searched(tmp_path / "a", question(few, space=wild, sampler="random"), 12)
    troubles = [trial.climb.trouble for trial in results.trials if trial.standing == "failed"]
    assert len(troubles) == 11
    assert any("finite loss" in trouble for trouble in troubles)
    assert any("16,000,000 parameters" in trouble for trouble in troubles)
    assert results.best == results.base and results.best and results.best.number == 0
    assert facts(searched(tmp_path / "a", question(few, space=wild, sampler="random"), 12)) == facts(results)


def test_a_trial_that_kills_its_workers_has_failed_and_the_others_go_on(tmp_path: Path, few: Dataset) -> None:
    results = searched(tmp_path / "a", question(few), 4, Here(deaths=1))
    assert [trial.standing == "failed" for trial in results.trials] == [True, False, False, False]
    assert "died of it" in results.trials[0].climb.trouble
    assert results.base is None and results.best_at_cost is None and results.best


def test_the_grid_is_walked_once(tmp_path: Path, few: Dataset) -> None:
    space = tiny(
        layers={"784-{units}-10": {"units": {"from": 4, "to": 8, "points": 2}}},
        optimizer={"adam": {"learning_rate": {"from": 0.001, "to": 0.01, "points": 2}}, "nesterov": {}},
        epochs=[1],
        batch_size=[50, 100],
    )
    assert space.grid_size() == 12
    results = searched(tmp_path / "a", question(few, space=space, sampler="grid"), 99)
    tried = [str(sorted(trial.proposal.values.items())) for trial in results.trials]
    assert len(tried) == len(set(tried)) == 13


def test_it_stops_when_it_is_asked_to_and_goes_on(tmp_path: Path, few: Dataset) -> None:
    asked = question(few)
    with Journal(tmp_path / "a", asked) as journal:
        search = Search(asked, journal)
        with pytest.raises(Stopped):
            for number, _ in enumerate(search.run(Here(2), 12)):
                if number == 9:
                    search.stop()
        ended, to_do = dict(journal.ended), dict(journal.to_do)
        assert len(to_do) == 2 and not search.running
    with Journal(tmp_path / "a", asked) as journal:
        assert (journal.ended, journal.to_do) == (ended, to_do)
        # what was tried is tried again, whatever would be proposed now
        journal.to_do = {number: replace(each, values={**each.values, "l1": 0.5}) for number, each in to_do.items()}
        list(Search(asked, journal).run(Here(2), 12))
        assert sorted(journal.ended) == list(range(12))
        assert {number for number, each in journal.ended.items() if "l1" in each.proposal.values} == to_do.keys()


@pytest.mark.parametrize("where", ["processes", "cluster"])
def test_workers_find_what_one_finds_when_nothing_is_learnt_from_trials(
    tmp_path: Path, few: Dataset, where: str
) -> None:
    asked = question(few, sampler="random", objective="accuracy,size")
    here = facts(searched(tmp_path / "a", asked, 6))
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(dask_cluster(2)) if where == "cluster" else None
        crew = stack.enter_context(open_crew(2, address))
        journal = stack.enter_context(Journal(tmp_path / "b", asked))
        for count, _ in enumerate(Search(asked, journal).run(crew, 6)):
            if count == 3 and where == "processes":  # a worker dies, and another does its trial
                os.kill(crew.submit(os.getpid).result(), signal.SIGKILL)
        there = Results([trial for _, trial in sorted(journal.ended.items())], asked.objective)
    assert facts(there) == here


def test_the_recipe_that_is_chosen_trains_to_its_figure(tmp_path: Path, few: Dataset) -> None:
    asked = question(few, by="writers")
    chosen = searched(tmp_path / "a", asked, 8).chosen
    assert chosen
    records: list[Record] = []
    train(asked.recipe(chosen.proposal.values), few, records.append)
    last = records[-1]
    assert isinstance(last, Epoch) and last.validation_accuracy == chosen.accuracy


def test_the_importance_is_told_of_ten_trials_and_adds_up(tmp_path: Path, few: Dataset) -> None:
    trials = searched(tmp_path / "a", question(few), 12).trials
    assert Results(trials[:9]).importance() == {}
    importance = Results(trials).importance()
    assert sum(importance.values()) == pytest.approx(1)
    assert {"epochs", "optimizer", "optimizer=adam/learning_rate"} <= importance.keys()
    assert list(importance.values()) == sorted(importance.values(), reverse=True)


def test_a_trial_without_a_setting_can_be_followed_past_it(tmp_path: Path, few: Dataset) -> None:
    optimizers = {"adam": {"learning_rate": [0.001, 0.01]}, "nesterov": {"learning_rate": [0.1], "momentum": [0.8]}}
    trials = searched(tmp_path / "a", question(few, space=tiny(optimizer=optimizers)), 8).trials
    without = next(each for each in trials if "momentum" not in each.proposal.values)
    chart = settings_chart(Results([trials[0], without]), ["epochs", "momentum", "layers", "optimizer"])
    dotted = re.findall(r'<path d="([^"]*)"[^>]*stroke-dasharray', chart)
    reach = [(path.count("M"), float(path.split()[-2])) for path in dotted]
    assert len(reach) == 2 and reach[0] == reach[1] and reach[0][0] == 1, "a line that is broken, or ends early"


def test_millions_of_parameters_are_told_in_few_letters(tmp_path: Path, few: Dataset) -> None:
    (base,) = searched(tmp_path / "a", question(few), 1).trials
    large = replace(base, number=1, climb=replace(base.climb, parameters=1_322_100))
    chart = settings_chart(Results([base, large]), ["layers"])
    assert "1.32 M" in chart and "e+06" not in chart
