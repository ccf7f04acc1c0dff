"""`numpen`: one command for each thing to do; a mistake is one line and an exit code.

Commands import what they need when they run, so that `numpen --help` is there at once.
"""

import os
import sys
from contextlib import suppress

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
from numpen.errors import NumpenError, on_one_line
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
        code = _complain(on_one_line(str(error)), error.exit_code)  # it may quote a stranger's file
    except MemoryError:
        code = _complain("expected memory enough, got none: take fewer units, a smaller batch or fewer pictures", 2)
    except (KeyboardInterrupt, click.Abort):
        code = _complain("interrupted, nothing more was saved", 130)
    except BrokenPipeError:  # the reader of our output (head, say) has had enough
        _can_print()
        code = 0
    except OSError as error:  # a name that is too long, a folder nobody may look into, a full disk that is printed to
        _can_print()
        wanted = f"to get at {error.filename}" if error.filename else "a place to print"
        code = _complain(f"expected {wanted}, got: {error.strerror or error}", 2)
    be_done()
    sys.exit(code or 0)


def _can_print() -> bool:
    """Whether what was printed has gone out; if not, Python, which tries again at its end, does so into nothing."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _complain(message: str, code: int, prefix: str = "numpen: ") -> int:
    with suppress(OSError):  # who cannot be told has the exit code
        click.echo(prefix + message, err=True)
    return code
