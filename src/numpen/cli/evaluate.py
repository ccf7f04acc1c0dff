"""`numpen evaluate`: how good a model is on labelled pictures."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import console, json_option, percent, print_json
from numpen.cli.robustness import Further, robustness_option
from numpen.cli.source import open_source
from numpen.files import check_place, write_atomically

if TYPE_CHECKING:
    from numpen.digits.dataset import Dataset
    from numpen.evaluation.metrics import Evaluation, Mistake
    from numpen.models.committee import Committee
    from numpen.nn.arrays import Array

EXAMPLES = """\b
Examples:
  numpen evaluate model.numpen
  numpen evaluate model.numpen --first 1000 --json
  numpen evaluate model.numpen --mistakes 10 --report model.html
  numpen evaluate model.numpen --robustness
  numpen evaluate model.numpen --verbose
  numpen evaluate one.numpen two.numpen three.numpen --looks 32
"""


@click.command(epilog=EXAMPLES)
@click.argument("model_files", metavar="MODEL...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--data", default="mnist", metavar="SOURCE", show_default=True, help="Pictures; of mnist, the test part.")
@click.option("--first", type=click.IntRange(min=1), metavar="N", help="Only the first N pictures.")
@click.option(
    "--shifts",
    type=click.IntRange(0, 3),
    default=0,
    metavar="PIXELS",
    help="Look at every picture shifted by up to so many pixels, too, and take the mean.",
)
@click.option(
    "--looks",
    type=click.IntRange(min=1),
    metavar="N",
    help="Look at every picture N times, each time moved, turned and stretched a little, and take the mean.",
)
@click.option("--mistakes", type=click.IntRange(min=1), metavar="N", help="Show the N most confident mistakes.")
@robustness_option
@click.option("--verbose", is_flag=True, help="Print a line for every 100 pictures on the way.")
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE", help="Write everything as a page of HTML.")
@json_option
def evaluate(
    model_files: tuple[Path, ...],
    data: str,
    first: int | None,
    shifts: int,
    looks: int | None,
    mistakes: int | None,
    robustness: bool,
    verbose: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Measure a model: accuracy, errors of each digit, what it takes for what.

    Several models are a committee, whose answer is the mean of theirs.
    """
    from numpen.digits.sources import has_test_part
    from numpen.evaluation import metrics
    from numpen.models.committee import Committee
    from numpen.models.model import Model

    if shifts and looks:
        raise click.UsageError("expected --shifts or --looks, got both: leave one out")
    if report:
        check_place(report)
    committee = Committee([Model.load(path) for path in model_files], shifts, looks or 0)
    name = " and ".join(path.name for path in model_files)
    dataset = open_source(data, "test" if has_test_part(data) else "train")
    dataset = dataset.take(slice(first)) if first else dataset
    probabilities = _watched(committee, dataset, err=as_json) if verbose else committee.probabilities(dataset.images)
    evaluation = metrics.judge(probabilities, dataset.labels)
    worst = metrics.mistakes(probabilities, dataset.labels)[:mistakes] if mistakes else []
    further = Further.measure(committee, dataset, probabilities.argmax(axis=1), robustness=robustness)
    if report:
        from numpen.evaluation.report import report as page

        write_atomically(report, page(committee.members[0], dataset, probabilities, name))
    low, high = metrics.wilson_interval(evaluation.right, evaluation.count)
    error = metrics.reliability(probabilities, dataset.labels).expected_calibration_error
    if as_json:
        facts = {"accuracy_interval": [low, high], "expected_calibration_error": error} | further.as_dict()
        print_json(evaluation.as_dict() | facts | ({"mistakes": _told(worst, dataset)} if mistakes else {}))
        return
    _print(evaluation, f"95 % between {percent(low)} and {percent(high)}", error)
    further.print()
    if mistakes:
        _print_mistakes(worst, dataset)
    if report:
        click.echo(f"\nsaved {report}")


def _watched(committee: "Committee", dataset: "Dataset", *, err: bool) -> "Array":
    """The probabilities (N, 10), with a line for every hundred pictures as they are there."""
    import numpy as np

    probabilities, right = [], 0
    for start in range(0, len(dataset), 100):
        some = slice(start, start + 100)
        probabilities.append(committee.probabilities(dataset.images[some]))
        right += int((probabilities[-1].argmax(axis=1) == dataset.labels[some]).sum())
        seen = min(some.stop, len(dataset))
        click.echo(f"{seen:,} pictures  {percent(right / seen)} right", err=err)
    return np.concatenate(probabilities)


def _told(worst: "Sequence[Mistake]", dataset: "Dataset") -> list[dict[str, Any]]:
    """The mistakes in plain values, each with whether people confirmed its label; null: they were not asked."""
    from numpen.digits.label_review import review_of

    told = []
    for mistake in worst:
        review = review_of(dataset.images[mistake.index])
        told.append(vars(mistake) | {"doubtful": review and review.doubtful})
    return told


def _print_mistakes(worst: "Sequence[Mistake]", dataset: "Dataset") -> None:
    """The pictures in rows, with what each was read as below it."""
    from numpen.cli import draw
    from numpen.digits.label_review import review_of

    across = draw.fitting(shutil.get_terminal_size().columns)
    click.echo("\nthe most confident mistakes" if worst else "\nno mistakes")
    for start in range(0, len(worst), across):
        row = worst[start : start + across]
        captions = []
        for mistake in row:
            review = review_of(dataset.images[mistake.index])
            doubt = "label doubtful" if review and review.doubtful else ""
            said = f"{mistake.truth} read as {mistake.answer}"
            captions.append((said, f"{mistake.index}: {percent(mistake.confidence)}", doubt))
        click.echo()
        click.echo(
            draw.captioned(dataset.images[[mistake.index for mistake in row]], captions, colour=sys.stdout.isatty())
        )


def _print(evaluation: "Evaluation", spread: str, calibration_error: float) -> None:
    from rich.table import Table

    facts = evaluation.as_dict()
    wrong = evaluation.count - evaluation.right
    click.echo(f"accuracy {percent(evaluation.accuracy)} ({wrong} of {evaluation.count:,} wrong), {spread}")
    click.echo(f"mean loss {evaluation.mean_loss:.4f}, calibration error {calibration_error:.4f}\n")
    table = Table("digit", "pictures", "errors", "error rate", "share of errors", box=None)
    for column in table.columns:
        column.justify = "right"
    for each in facts["per_digit"]:
        shares = percent(each["error_rate"]), percent(each["share_of_errors"])
        table.add_row(str(each["digit"]), str(each["count"]), str(each["errors"]), *shares)
    console().print(table)
    click.echo("\nwhat it is (rows) and what was read (columns)\n")
    confusion = Table("", *[str(digit) for digit in range(10)], box=None)
    for column in confusion.columns:
        column.justify = "right"
    for digit, row in enumerate(facts["confusion"]):
        confusion.add_row(str(digit), *[str(n) if n else "·" for n in row])
    console().print(confusion)
