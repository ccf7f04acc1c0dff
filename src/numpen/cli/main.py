"""`numpen`: one command for each thing to do; a mistake is one line and an exit code.

Commands import what they need when they run, so that `numpen --help` is there at once.
"""

import os
import sys

import click

from numpen.cli.browse import browse
from numpen.cli.cluster import cluster
from numpen.cli.convert import convert
from numpen.cli.correct import correct
from numpen.cli.cross_validate import cross_validate
from numpen.cli.evaluate import evaluate
from numpen.cli.explain import explain
from numpen.cli.export import export
from numpen.cli.find_lr import find_lr
from numpen.cli.import_ import import_
from numpen.cli.info import info
from numpen.cli.init import init
from numpen.cli.interruption import be_done, end_commands_at_once
from numpen.cli.lab import lab
from numpen.cli.predict import predict
from numpen.cli.read import read
from numpen.cli.recipes import recipes
from numpen.cli.search import search
from numpen.cli.show import show
from numpen.cli.train import train
from numpen.errors import NumpenError
from numpen.version import __version__


@click.group(epilog="Example: numpen predict photo.png", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="numpen %(version)s")
def cli() -> None:
    """Read handwritten digits with a neural network written in NumPy."""


COMMANDS = (
    train,
    recipes,
    evaluate,
    predict,
    read,
    correct,
    explain,
    show,
    browse,
    info,
    init,
    find_lr,
    cross_validate,
    search,
    convert,
    import_,
    export,
    lab,
    cluster,
)
for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command line; leave with 0, 2 for a mistake, 3 for a diverged training, 130 or 143 if interrupted."""
    end_commands_at_once()
    try:
        code = cli.main(standalone_mode=False, prog_name="numpen")
    except click.exceptions.NoArgsIsHelpError as error:
        code = _complain(error.format_message(), 2, prefix="")
    except click.ClickException as error:
        code = _complain(error.format_message(), 2)
    except NumpenError as error:
        code = _complain(str(error), error.exit_code)
    except MemoryError:
        code = _complain("expected memory enough, got none: take fewer units, a smaller batch or fewer pictures", 2)
    except (KeyboardInterrupt, click.Abort):
        code = _complain("interrupted, nothing more was saved", 130)
    except BrokenPipeError:  # the reader of our output (head, say) has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    be_done()
    sys.exit(code or 0)


def _complain(message: str, code: int, prefix: str = "numpen: ") -> int:
    click.echo(prefix + message, err=True)
    return code
