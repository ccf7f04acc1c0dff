"""`numpen lab`: the page in the browser, on one's own machine."""

from pathlib import Path

import click

from numpen.errors import LabError

EXAMPLES = """\b
Examples:
  numpen lab
  numpen lab --model mine.numpen --port 9000
  numpen lab --corrections my-digits
  numpen lab --share
"""


@click.command(epilog=EXAMPLES)
@click.option("--model", "model_file", type=click.Path(path_type=Path), help="Model file; else the model that ships.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8642, show_default=True, help="0 takes any free one.")
@click.option(
    "--corrections",
    type=click.Path(path_type=Path),
    help="Keep the digits that you correct in this folder; without it nothing is kept.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--share", is_flag=True, help="Let other machines on this network in, with the token in the address.")
def lab(model_file: Path | None, port: int, corrections: Path | None, no_browser: bool, share: bool) -> None:
    """Open a page that shows a network at work: draw, watch it learn, look inside, take it home.

    Nothing leaves this machine, and no other machine is let in without --share.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise LabError("expected Starlette and uvicorn, got neither: pip install 'numpen[lab]'") from error
    from numpen.lab.server import serve
    from numpen.models.model import Model
    from numpen.reading.reader import SHIPPED

    model = Model.load(model_file or SHIPPED)
    title = model_file.name if model_file else "the model that ships"
    command = f"--model {model_file}" if model_file else ""
    number = serve(
        model, title, command, port, corrections=corrections, share=share, browse=not no_browser, say=click.echo
    )
    raise click.exceptions.Exit(128 + number if number else 0)
