"""`numpen recipes`: what ships to be trained."""

import click

from numpen.cli.output import json_option, print_json
from numpen.errors import RecipeError
from numpen.training.recipe import FOLDER, load_recipe, recipe_names

EXAMPLES = """\b
Examples:
  numpen recipes
  numpen recipes nielsen-1
  numpen recipes nielsen-1 > mine.toml && numpen train --recipe mine.toml
"""


@click.command(epilog=EXAMPLES)
@click.argument("name", required=False)
@json_option
def recipes(name: str | None, as_json: bool) -> None:
    """List the recipes that ship, a line each; with a NAME, print the whole of it."""
    names = recipe_names()
    if name is not None and name not in names:
        raise RecipeError(f"expected a recipe that ships ({', '.join(names)}), got {name}")
    if as_json:
        print_json(load_recipe(name).as_dict() if name else [load_recipe(each).as_dict() for each in names])
    elif name:
        click.echo((FOLDER / f"{name}.toml").read_text("utf-8"), nl=False)
    else:
        width = max(map(len, names)) + 2
        for each in names:
            click.echo(f"{each:{width}}{load_recipe(each).summary}")
