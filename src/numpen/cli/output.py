"""What the commands share of printing: JSON on standard output, everything for people kept apart from it."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")


def print_json(value: Any) -> None:
    """Print a value as a JSON document on standard output."""
    click.echo(json.dumps(value, indent=2))


def console(*, stderr: bool = False) -> "Console":
    """A Rich console: colours and boxes on a terminal, plain text elsewhere; numbers stay as they are."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=not stderr)


def percent(share: float) -> str:
    """A share of 1 as a percentage with two digits."""
    return f"{100 * share:.2f} %"
