"""`numpen init`: the weights a training starts from, into a file."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.cli.output import json_option, print_json
from numpen.cli.train import recipe_options
from numpen.errors import OutputError
from numpen.training.recipe import Recipe, load_recipe

if TYPE_CHECKING:
    from numpen.models.model import Model

DECIDES = ("layers", "activation", "output", "weights", "biases", "seed")  # of a recipe: what fresh weights are

EXAMPLES = """\b
Examples:
  numpen init --layers 784-30-10 --weights "uniform(0.036)" fresh.npz
  numpen init --recipe nielsen-1 --seed 7 fresh.numpen
"""


@click.command(epilog=EXAMPLES)
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--recipe", "recipe_name", default="fast", metavar="NAME|FILE", show_default=True, help="Where to start.")
@json_option
@partial(recipe_options, only=DECIDES)
def init(out: Path, recipe_name: str, as_json: bool, **changes: Any) -> None:
    """Draw fresh weights and write them to OUT: a model (.numpen), or NumPy's arrays (.npz).

    The same recipe and seed draw what `numpen train` starts from.
    """
    if out.suffix not in (".numpen", ".npz"):
        raise OutputError(f"expected a file that ends in .numpen or .npz, got {out}")
    from numpen.models.exports.targets import export

    changes = {key: value for key, value in changes.items() if value is not None}
    model = _fresh(load_recipe(recipe_name).changed(**changes))
    size = model.save(out) if out.suffix == ".numpen" else export(model, out)
    result = {"path": str(out), "bytes": size, "parameters": model.network.theta.size}
    if as_json:
        print_json(result)
    else:
        click.echo(f"saved {out} ({result['parameters']:,} parameters, {size / 1000:.0f} kB)")


def _fresh(recipe: Recipe) -> "Model":
    """The network as a training by this recipe finds it."""
    import numpy as np

    from numpen.models.model import Model
    from numpen.training import build

    network = build.network(recipe, 1, np.random.default_rng(recipe.seed))
    return Model(network, recipe.pixel_divisor, {"recipe": recipe.as_dict()})
