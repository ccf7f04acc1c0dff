"""The cards of an explanation in the terminal."""

import sys
from collections.abc import Iterable, Sequence

import click
import numpy as np

from numpen.cli.draw import half_blocks
from numpen.evaluation.cards import Card, Check, Numbers, Sum, figures
from numpen.evaluation.explanation import Explanation
from numpen.evaluation.painting import grey, painted

WIDEST = 120  # pixels of a sheet that still fit into a terminal at half their size


def print_explanation(explanation: Explanation, name: str) -> None:
    """Print the picture, the answer, and every card."""
    colour = sys.stdout.isatty()
    truth = f"the truth is {explanation.truth}" if explanation.truth_is_known else "taken for the truth (--label D)"
    click.echo(f"{name}: {explanation.answer}, {truth}")
    click.echo(half_blocks(grey(explanation.picture).repeat(2, axis=0).repeat(2, axis=1), colour=colour))
    for card in explanation.cards:
        _print_card(card, colour=colour)


def _print_card(card: Card, *, colour: bool) -> None:
    way = {"backward": " (back)"}.get(card.part, "")
    click.secho(f"\n{card.title}{way}", bold=True)
    for formula in card.formulas:
        click.secho(f"  {formula}", fg="cyan")
    if card.meaning:
        click.echo(f"  {card.meaning}")
    for numbers in card.numbers:
        _print_numbers(numbers, colour=colour)
    for taken_apart in card.sums:
        _print_sum(taken_apart)
    if card.checks:
        _print_checks(card.checks)


def _print_numbers(numbers: Numbers, *, colour: bool) -> None:
    shape = " × ".join(map(str, numbers.array.shape))
    which, shown = "the strongest", numbers.strongest()
    if numbers.whole:
        which, shown = "all", [(index, float(value)) for index, value in np.ndenumerate(numbers.array)]
    click.echo(f"\n  {numbers.symbol}, {numbers.words} ({shape}), {which}:")
    cells = [f"{list(index)} {figures(value)}".replace(", ", ",") for index, value in shown] or ["nothing but 0"]
    for start in range(0, len(cells), 5):
        click.echo("    " + "".join(f"{each:22}" for each in cells[start : start + 5]).rstrip())
    sheet = painted(numbers.array, most=8)
    if colour and numbers.array.size >= 784 and sheet.shape[1] <= WIDEST:
        click.echo(half_blocks(sheet, colour=True))


def _print_sum(taken_apart: Sum) -> None:
    _print_table((f"{taken_apart.symbol}, taken apart", "", ""), taken_apart.rows())


def _print_checks(checks: Iterable[Check]) -> None:
    rows = [check.row() for check in checks]
    _print_table(("gradient", "product of", "by the rule", "by differences"), rows)


def _print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as they must be, all but the first flush right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    click.echo()
    for i, row in enumerate((head, *rows)):
        cells = [
            f"{row[0]:{widths[0]}}",
            *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        click.secho("  " + "  ".join(cells).rstrip(), bold=i == 0)
