"""`numpen cross-validate`: how well a recipe does on what it has not seen, and how much that varies."""

from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import json_option, percent, print_json
from numpen.cli.train import recipe_options
from numpen.errors import RecipeError
from numpen.training.recipe import load_recipe

if TYPE_CHECKING:
    from numpen.training.cross_validation import Fold

EXAMPLES = """\b
Examples:
  numpen cross-validate --folds 5
  numpen cross-validate --recipe nielsen-1 --epochs 3 --folds 10 --by stratified
  numpen cross-validate --hold-out 1000 --by random
"""


@click.command("cross-validate", epilog=EXAMPLES)
@click.option("--recipe", "recipe_name", default="fast", metavar="NAME|FILE", show_default=True, help="Where to start.")
@click.option(
    "--data", default="mnist", metavar="SOURCE", show_default=True, help="Pictures; of mnist, the train part."
)
@click.option("--folds", type=int, metavar="K", help="Into how many parts the pictures are dealt.  [default: 5]")
@click.option("--hold-out", type=int, metavar="N", help="Instead: a single part, of N pictures.")
@click.option(
    "--by",
    type=click.Choice(("random", "stratified", "writers")),
    default="writers",
    show_default=True,
    help="How they are dealt; writers: nobody's hand is on both sides.",
)
@click.option("--processes", type=click.IntRange(min=1), metavar="N", help="Trainings at a time; else one a core.")
@json_option
@recipe_options
def cross_validate(
    recipe_name: str,
    data: str,
    folds: int | None,
    hold_out: int | None,
    by: str,
    processes: int | None,
    as_json: bool,
    **changes: Any,
) -> None:
    """Train and test on parts of the training pictures that take turns; the mean and how far they lie apart."""
    from numpen.digits.sources import load_source
    from numpen.training import cross_validation

    if folds is not None and hold_out is not None:
        raise RecipeError("expected --folds or --hold-out, got both: leave one out")
    recipe = load_recipe(recipe_name).changed(**{key: value for key, value in changes.items() if value is not None})
    dataset = load_source(data, "train")
    if hold_out is not None:
        parts = cross_validation.held_out(dataset, hold_out, by, recipe.seed)
    else:
        parts = cross_validation.folds(dataset, 5 if folds is None else folds, by, recipe.seed)
    done: list[Fold] = []
    for fold in cross_validation.cross_validate(recipe, dataset, parts, processes):
        done.append(fold)
        if not as_json:
            click.echo(f"fold {len(done)}/{len(parts)}  accuracy {percent(fold.accuracy)} of {fold.count:,}")
    result = cross_validation.CrossValidation(done)
    if as_json:
        print_json(result.as_dict())
    elif len(done) > 1:
        click.echo(f"mean {percent(result.mean)}, standard deviation {percent(result.standard_deviation)}")
