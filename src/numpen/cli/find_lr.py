"""`numpen find-lr`: which learning rate to take."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import json_option, percent, print_json
from numpen.cli.train import recipe_options
from numpen.errors import RecipeError
from numpen.files import check_place, write_atomically
from numpen.training.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from numpen.training.learning_rate_finder import Point

EXAMPLES = """\b
Examples:
  numpen find-lr --plot rates.png
  numpen find-lr --recipe sixteen-sixteen --from 0.05 --to 0.5 --step 0.05
"""


@click.command("find-lr", epilog=EXAMPLES)
@click.option("--recipe", "recipe_name", default="fast", metavar="NAME|FILE", show_default=True, help="Where to start.")
@click.option("--data", default="mnist", metavar="SOURCE", show_default=True, help="Pictures to learn from.")
@click.option("--from", "lowest", type=float, metavar="A", help="The lowest rate.  [default: 0.0001]")
@click.option("--to", "highest", type=float, metavar="B", help="The highest rate.  [default: 10]")
@click.option("--step", type=float, metavar="C", help="Train once for every rate from A to B by C.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="FILE.png", help="Draw the losses by the rates.")
@click.option("--processes", type=click.IntRange(min=1), metavar="N", help="Trainings at a time; else one a core.")
@json_option
@recipe_options
def find_lr(
    recipe_name: str,
    data: str,
    lowest: float | None,
    highest: float | None,
    step: float | None,
    plot: Path | None,
    processes: int | None,
    as_json: bool,
    **changes: Any,
) -> None:
    """Find a learning rate: by raising it in a single pass until the loss explodes, or by a sweep.

    With --step every rate is trained by itself and judged by pictures that are held out from training.
    """
    from numpen.training.learning_rate_finder import best_point, suggestion

    if changes["learning_rate"] is not None:
        raise RecipeError("expected the rates as --from and --to, got --learning-rate: leave it out")
    recipe = load_recipe(recipe_name).changed(**{key: value for key, value in changes.items() if value is not None})
    figure = _figure(plot) if plot else None
    points = []
    for point in _points(recipe, data, (lowest, highest, step), processes):
        points.append(point)
        if not as_json:
            click.echo(_line(point))
    best = suggestion(points)
    if best is not None and best_point(points) is points[-1]:
        click.echo("numpen: the best rate is the highest that was tried: there may be a better one above", err=True)
    if plot and figure:
        from numpen.cli import plots

        write_atomically(plot, plots.learning_rates(figure, points, best))
    if as_json:
        print_json({"points": [vars(point) for point in points], "suggestion": best})
    else:
        click.echo("every training diverged: try lower rates" if best is None else f"suggestion: {best:.4g}")


def _figure(plot: Path) -> "Figure":
    """What will be drawn on; raises OutputError, before anything is trained, if nothing can be drawn."""
    from numpen.cli import plots

    check_place(plot)
    return plots.figure()


def _points(
    recipe: Recipe, data: str, rates: tuple[float | None, float | None, float | None], processes: int | None
) -> "Iterable[Point]":
    """The points of a sweep as they come, or those of a range test."""
    from numpen.digits.sources import load_source
    from numpen.training import learning_rate_finder as finder

    lowest, highest, step = rates
    if step is None:
        lowest, highest = (1e-4 if lowest is None else lowest), (10.0 if highest is None else highest)
        return finder.range_test(recipe, load_source(data, "train"), lowest, highest)
    if lowest is None or highest is None:
        raise RecipeError("expected --from and --to with --step, got one of them or none")
    return finder.sweep(recipe, load_source(data, "train"), finder.evenly(lowest, highest, step), processes)


def _line(point: "Point") -> str:
    if point.loss is None:
        return f"learning rate {point.learning_rate:<10.4g}  diverged"
    line = f"learning rate {point.learning_rate:<10.4g}  loss {point.loss:.4f}"
    return line if point.accuracy is None else f"{line}  held out {percent(point.accuracy)}"
