"""`numpen search`: tries recipes of a space, keeps a journal of them, and writes down the best."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.crew import check_workers, cluster_options
from numpen.cli.interruption import Request
from numpen.cli.output import json_option, print_json
from numpen.cli.source import open_source
from numpen.errors import InterruptionError
from numpen.files import check_place

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from numpen.training.search.journal import Journal
    from numpen.training.search.question import Question
    from numpen.training.search.results import Results
    from numpen.workers.crew import Crew, Tls

EXAMPLES = """\b
Examples:
  numpen search
  numpen search --space conv --trials 30 --report conv.html
  numpen search --objective accuracy,seconds --study front.journal --out front.toml
  numpen search --space mine.toml --sampler grid --workers 1
  numpen search --cluster tcp://10.0.0.5:8786
"""


@click.command(epilog=EXAMPLES)
@click.option("--space", "space_name", default="small", metavar="NAME|FILE", show_default=True,
              help="What is tried: small, mlp, conv, or a TOML file.")  # fmt: skip
@click.option("--trials", type=click.IntRange(min=1), default=60, show_default=True, help="Recipes, in all.")
@click.option("--sampler", type=click.Choice(("tpe", "random", "grid")), default="tpe", show_default=True,
              help="How the next one is chosen; tpe learns from those before.")  # fmt: skip
@click.option("--objective", type=click.Choice(("accuracy", "accuracy,seconds", "accuracy,size")), default="accuracy",
              show_default=True, help="What is best; of two, neither can be had without the other.")  # fmt: skip
@click.option("--data", default="mnist", metavar="SOURCE", show_default=True, help="Pictures; their train part alone.")
@click.option("--hold-out", type=click.IntRange(min=1), metavar="N",
              help="Of these, so many to judge recipes by.  [default: a sixth]")  # fmt: skip
@click.option("--by", type=click.Choice(("random", "stratified", "writers")), default="writers", show_default=True,
              help="How they are chosen; writers: nobody's hand is on both sides.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of everything random.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N",
              help="Trials at a time; with 1 the seed decides everything.  [default: one a core]")  # fmt: skip
@click.option("--study", type=click.Path(path_type=Path), default="search.journal", show_default=True,
              help="The journal; a search that it has begun goes on.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default="best.toml", show_default=True, help="The recipe.")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE.html", help="All of it as a page.")
@cluster_options
@json_option
def search(
    space_name: str,
    trials: int,
    sampler: Any,
    objective: Any,
    data: str,
    hold_out: int | None,
    by: str,
    seed: int,
    workers: int | None,
    cluster: str | None,
    tls: "Tls | None",
    study: Path,
    out: Path,
    report: Path | None,
    as_json: bool,
) -> None:
    """Search for a recipe that reads the hands of strangers better.

    Recipes are trained on some of the training pictures and judged on the others; the test pictures are not looked
    at. Whoever does badly is given up early. Every trial is in the journal: Ctrl-C or a kill loses none that has ended,
    and the same command goes on.
    """
    from numpen.training.search.journal import Journal
    from numpen.training.search.question import Question
    from numpen.training.search.results import Results
    from numpen.training.search.spacefile import load_space
    from numpen.workers.crew import open_crew

    check_workers(workers, cluster)
    for path in filter(None, (out, report)):
        check_place(path)
    space, dataset = load_space(space_name), open_source(data, "train")
    question = Question(space, dataset, hold_out or len(dataset) // 6, by, sampler, objective, seed)
    with Journal(study, question) as journal:
        _run(question, journal, trials, open_crew(workers, cluster, tls), quiet=as_json)
        results = Results([trial for _, trial in sorted(journal.ended.items())], objective)
    if results.chosen:
        _keep(question, results, out)
    if report:
        from numpen.files import write_atomically
        from numpen.training.search.report import report as page

        write_atomically(report, page(question, results))
    if as_json:
        print_json({"study": str(study), "space": space.name, "out": str(out)} | results.as_dict())
    else:
        from numpen.cli.search_table import print_results

        print_results(question, results, out, data)


def _run(
    question: "Question", journal: "Journal", trials: int, workers: "AbstractContextManager[Crew]", *, quiet: bool
) -> None:
    """Try what is left to try; raises InterruptionError when somebody has asked to stop."""
    from numpen.cli.search_table import SearchDisplay
    from numpen.training.search.search import Search, Stopped

    going_on = Search(question, journal)
    with Request(going_on.stop) as request:
        try:
            with workers as crew, SearchDisplay(question, journal, trials, quiet=quiet) as display:
                for trial in going_on.run(crew, trials):
                    display.show(trial)
        except Stopped as stopped:
            done = f"{len(journal.ended)} of {trials} trials are in {journal.path}"
            raise InterruptionError(f"interrupted; {done}: the same command goes on", request.number) from stopped


def _keep(question: "Question", results: "Results", out: Path) -> None:
    """Write the recipe that was chosen."""
    from dataclasses import replace

    from numpen.cli.output import percent
    from numpen.files import write_atomically

    trial = results.chosen
    assert trial is not None
    said = f"trial {trial.number} of a search of {question.space.name}: {percent(trial.accuracy)} on held-out pictures"
    recipe = replace(question.recipe(trial.proposal.values), summary=said)
    write_atomically(out, recipe.as_toml().encode())
