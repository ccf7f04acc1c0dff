"""`numpen evaluate`: how good a model is on labelled pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from numpen.cli.output import console, json_option, percent, print_json
from numpen.cli.source import open_source

if TYPE_CHECKING:
    from numpen.evaluation.metrics import Evaluation

EXAMPLES = """\b
Examples:
  numpen evaluate model.numpen
  numpen evaluate model.numpen --first 1000 --json
"""


@click.command(epilog=EXAMPLES)
@click.argument("model_file", metavar="MODEL", type=click.Path(path_type=Path))
@click.option("--data", default="mnist", metavar="SOURCE", show_default=True, help="Pictures; of mnist, the test part.")
@click.option("--first", type=click.IntRange(min=1), metavar="N", help="Only the first N pictures.")
@json_option
def evaluate(model_file: Path, data: str, first: int | None, as_json: bool) -> None:
    """Measure a model: accuracy, errors of each digit, what it takes for what."""
    from numpen.digits.sources import has_test_part
    from numpen.evaluation.metrics import evaluate as measure
    from numpen.models.model import Model

    model = Model.load(model_file)
    dataset = open_source(data, "test" if has_test_part(data) else "train")
    evaluation = measure(model, dataset.take(slice(first)) if first else dataset)
    if as_json:
        print_json(evaluation.as_dict())
    else:
        _print(evaluation)


def _print(evaluation: "Evaluation") -> None:
    from rich.table import Table

    facts = evaluation.as_dict()
    errors = sum(each["errors"] for each in facts["per_digit"])
    click.echo(f"accuracy {percent(evaluation.accuracy)} ({errors} of {evaluation.count:,} wrong)")
    click.echo(f"mean loss {evaluation.mean_loss:.4f}\n")
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
