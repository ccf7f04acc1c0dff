"""`numpen cluster`: a Dask cluster on this machine, that other commands and other machines can join."""

import threading
from typing import TYPE_CHECKING

import click

from numpen.cli.crew import tls_options
from numpen.cli.interruption import Request, be_done
from numpen.errors import InterruptionError

if TYPE_CHECKING:
    from numpen.workers.crew import Tls

HOME = "127.0.0.1"
LOOK_EVERY = 2.0  # seconds after which the workers are looked after

EXAMPLES = """\b
Examples:
  numpen cluster
  numpen cluster --workers 4 --port 8786
  numpen cluster --host 192.168.1.10 --port 8786 --tls-ca ca.pem --tls-cert one.pem --tls-key one.key
"""


@click.command(epilog=EXAMPLES)
@click.option("--workers", type=click.IntRange(0, 256), help="Processes that work.  [default: all cores]")
@click.option("--host", default=HOME, show_default=True, help="Address of this machine to be reached at.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8786, show_default=True, help="Of the scheduler; 0: any."
)
@click.option(
    "--dashboard-port", type=click.IntRange(0, 65_535), default=8787, show_default=True, help="Of the page; 0: any."
)
@click.option("--no-dashboard", is_flag=True, help="Show no page.")
@tls_options
def cluster(
    workers: int | None, host: str, port: int, dashboard_port: int, no_dashboard: bool, tls: "Tls | None"
) -> None:
    """Start a scheduler and workers, until Ctrl-C.

    Other commands have their work done there by --cluster ADDRESS, and other machines join by "dask worker ADDRESS".
    """
    from numpen.workers.host import hosted
    from numpen.workers.local import cores

    asked = threading.Event()
    with hosted(
        cores() if workers is None else workers, host, port, None if no_dashboard else dashboard_port, tls
    ) as running:
        with Request(asked.set) as request:
            click.echo(f"scheduler {running.address}")
            if running.dashboard:
                click.echo(f"dashboard {running.dashboard}")
            for line in _warning(host, tls):
                click.echo(line)
            click.echo("Ctrl-C ends it")
            while not asked.wait(LOOK_EVERY):
                running.look_after()
        be_done()  # and wait for those that end with it
    raise InterruptionError("the cluster has ended", request.number)


def _warning(host: str, tls: "Tls | None") -> list[str]:
    """What it means to listen to other machines."""
    if host in (HOME, "localhost", "::1"):
        return []
    if tls:
        return ["whoever has a certificate that this one's signer signed can run any program on this machine"]
    return [
        "whoever reaches this address can run any program on this machine, and read what it reads: use a network",
        "that you trust, or certificates (--tls-ca, --tls-cert, --tls-key)",
    ]
