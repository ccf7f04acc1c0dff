"""`numpen export`: a model for other programs."""

from pathlib import Path

import click

from numpen.cli.output import json_option, print_json

EXAMPLES = """\b
Examples:
  numpen export model.numpen model.onnx
  numpen export model.numpen model.safetensors
  numpen export model.numpen folder-of-csv/
  numpen export model.numpen to-draw-on.html
"""


@click.command(epilog=EXAMPLES)
@click.argument("model_file", metavar="MODEL", type=click.Path(path_type=Path))
@click.argument("target", metavar="TARGET", type=click.Path(path_type=Path))
@json_option
def export(model_file: Path, target: Path, as_json: bool) -> None:
    """Write a model for other programs: .onnx, .npz, .safetensors, or a folder of CSV; or as a page, .html.

    The page has a board to draw on and the network in it, and works off-line, on a phone, too.

    The ending of TARGET says which; without an ending it is a new folder.
    """
    from numpen.models.model import Model

    if target.suffix.lower() == ".html":
        from numpen.lab.take_home import write_page as write
    else:
        from numpen.models.exports.targets import export as write

    model = Model.load(model_file)
    size = write(model, target)
    if as_json:
        print_json({"path": str(target), "bytes": size, "parameters": model.network.theta.size})
    else:
        click.echo(f"saved {target} ({size / 1000:.0f} kB)")
