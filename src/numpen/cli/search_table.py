"""A search as a terminal shows it: a table of trials that changes while it runs, or a line for each that has ended."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from numpen.cli.output import console, percent
from numpen.training.search.journal import Journal
from numpen.training.search.question import Question
from numpen.training.search.results import Results
from numpen.training.search.trial import BASE, Trial

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

BEST = 10  # trials in a table
FRONT = "the front: nothing is both more accurate and cheaper than one of these"


class SearchDisplay:
    """Shows trials as they come. The table is on standard error, and only on a terminal."""

    def __init__(self, question: Question, journal: Journal, trials: int, *, quiet: bool) -> None:
        """Print a line for each trial that has ended, unless `quiet` or on a terminal."""
        self._question, self._journal, self._quiet = question, journal, quiet
        self._trials = max(trials, len(journal.ended))  # an earlier search may have tried more
        self._running: dict[int, Trial] = {}
        self._live: Live | None = None

    def __enter__(self) -> "SearchDisplay":
        if not self._quiet:
            where, count = f"{self._question.held_out:,} held-out pictures", len(self._journal.ended)
            gone_on = f", {count} of them earlier" if count else ""
            click.echo(f"space {self._question.space.name}: {self._trials} trials{gone_on}, judged on {where}")
        if sys.stderr.isatty():
            from rich.live import Live

            self._live = Live(self._table(), console=console(stderr=True), transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, trial: Trial) -> None:
        """Tell how a trial now stands."""
        if trial.standing == "running":
            self._running[trial.number] = trial
        else:
            self._running.pop(trial.number, None)
            if not self._quiet and not self._live:
                click.echo(line(self._question, trial))
        if self._live:
            self._live.update(self._table())

    def _table(self) -> "Table":
        """Those that run, and the best so far."""
        ended = list(self._journal.ended.values())
        pruned, failed = (sum(trial.standing == name for trial in ended) for name in ("pruned", "failed"))
        title = f"{len(ended)} of {self._trials} trials, {pruned} pruned, {failed} failed"
        best = _with_base(Results(ended, self._question.objective))
        return _table(self._question, [*best, *self._running.values()], title)


def line(question: Question, trial: Trial) -> str:
    """A trial that has ended, in a line."""
    words = f"trial {trial.number:>2}  {_how(question, trial):<13}"
    if trial.standing == "failed":
        return f"{words}  {trial.climb.trouble}"
    return f"{words}  {percent(trial.accuracy)}  {_cost(question, trial)}  {_recipe(trial)}"


def print_results(question: Question, results: Results, out: Path, data: str) -> None:
    """The best trials, what they are beside the base, and what to do with the recipe that was written."""
    chosen, base = results.chosen, results.base
    if chosen is None:
        click.echo("no trial came to its end: nothing was written")
        return
    click.echo("\nthe best" if results.objective == "accuracy" else f"\n{FRONT}")
    for trial in _with_base(results):
        click.echo(line(question, trial))
    if base:
        click.echo("\n" + _beside(question, results, base))
    source = "" if data == "mnist" else f" --data {data}"
    click.echo(f"wrote trial {chosen.number} to {out}; to see its figure again, and to learn from all pictures:")
    click.echo(f"  OPENBLAS_NUM_THREADS=1 numpen train --recipe {out}{source} --no-save")
    click.echo(f"  numpen train --recipe {out}{source} --validation 0")


def _with_base(results: Results) -> list[Trial]:
    """The best trials, or those than which none is better and cheaper, the best first; and the base in any case."""
    best, base = results.complete if results.objective == "accuracy" else results.front()[::-1], results.base
    return best[:BEST] if base is None or base in best[:BEST] else [*best[:BEST], base]


def _beside(question: Question, results: Results, base: Trial) -> str:
    """Whether a trial is better than the base at its cost, by more than two standard errors of the difference."""
    name, better = question.space.base.name, results.best_at_cost
    if better is None:
        return f"no trial is more accurate than {name} (trial {BASE}) at its cost"
    gain = 100 * (better.accuracy - base.accuracy)
    cost = f"{_cost(question, better).strip()} for {_cost(question, base).strip()}"
    chance = 200 * math.sqrt(sum(each.accuracy * (1 - each.accuracy) for each in (better, base)) / question.held_out)
    doubt = f"; on so few pictures, less than {chance:.2f} may be chance" if gain < chance else ""
    said = f"trial {better.number} is {gain:.2f} points more accurate than {name} (trial {BASE}) and no dearer: {cost}"
    return said + doubt


def _table(question: Question, trials: Sequence[Trial], title: str) -> "Table":
    from rich.table import Table

    table = Table("trial", "", "accuracy", "cost", "recipe", box=None, title=title)
    for column in (0, 2, 3):
        table.columns[column].justify = "right"
    table.columns[4].no_wrap = True
    for trial in trials:
        accuracy = percent(trial.accuracy) if trial.rungs else ""
        table.add_row(str(trial.number), _how(question, trial), accuracy, _cost(question, trial), _recipe(trial))
    return table


def _how(question: Question, trial: Trial) -> str:
    """How it stands, with the share of its run that is done."""
    share = question.rungs[len(trial.rungs) - 1] if trial.rungs else 0
    if trial.standing == "complete":
        return "base" if trial.number == BASE else "complete"
    return trial.standing if trial.standing == "failed" else f"{trial.standing} {100 * share:.0f} %"


def _cost(question: Question, trial: Trial) -> str:
    """What is weighed against accuracy."""
    if question.objective == "accuracy,size":
        return f"{trial.climb.parameters:>9,} parameters"
    return f"{trial.climb.seconds:5.1f} s"


def _recipe(trial: Trial) -> str:
    """What was tried, in a line: the layers, the optimizer and its rate, and whatever else is turned and is not 0."""
    values = dict(trial.proposal.values)
    first = [values.pop(key) for key in ("layers", "activation") if key in values]
    rate = [values.pop("optimizer", ""), f"{values.pop('learning_rate'):g}" if "learning_rate" in values else ""]
    rest = [f"{key} {value}" for key, value in values.items() if value not in (0, "")]
    return ", ".join(filter(None, [" ".join(first), " ".join(filter(None, rate)), *rest]))
