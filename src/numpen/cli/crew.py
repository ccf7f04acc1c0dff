"""The options by which a command has its work done by a cluster."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numpen.errors import WorkersError

if TYPE_CHECKING:
    from numpen.training.parallel import Team
    from numpen.workers.crew import Tls

FILE = click.Path(path_type=Path)
TLS = (
    click.option("--tls-ca", type=FILE, metavar="FILE", help="Certificate of who signed those of the cluster."),
    click.option("--tls-cert", type=FILE, metavar="FILE", help="Certificate of this machine."),
    click.option("--tls-key", type=FILE, metavar="FILE", help="The key of that certificate."),
)


def tls_options(command: Callable[..., None]) -> Callable[..., None]:
    """Three options for a command, which gets them as one: `tls`, a Tls or None."""

    @functools.wraps(command)
    def with_tls(tls_ca: Path | None, tls_cert: Path | None, tls_key: Path | None, **others: Any) -> None:
        command(tls=_tls(tls_ca, tls_cert, tls_key), **others)

    wrapped: Callable[..., None] = with_tls
    for option in reversed(TLS):
        wrapped = option(wrapped)
    return wrapped


def cluster_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--cluster ADDRESS` and those of TLS, for a command that takes `cluster` and `tls`."""
    option = click.option(
        "--cluster", metavar="ADDRESS", help="Let a Dask cluster do it; tcp://HOST:PORT as numpen cluster prints it."
    )
    return option(tls_options(command))


def check_workers(workers: int | None, cluster: str | None) -> None:
    """Raise click.UsageError for a number of workers where a cluster has those that it has."""
    if cluster and workers:
        raise click.UsageError("expected --workers of this machine or --cluster, got both: leave one out")


@contextmanager
def team(
    workers: int | None, cluster: str | None, tls: "Tls | None", sync_every: int | None
) -> "Iterator[Team | None]":
    """Who trains together, if anybody: so many workers of this machine, or those of a cluster, or a part of these."""
    from numpen.training.parallel import Team
    from numpen.workers.crew import open_crew

    if not (workers or cluster):
        if sync_every:
            raise WorkersError("expected --workers or --cluster with --sync-every, got neither: add one")
        yield None
        return
    with open_crew(workers, cluster, tls) as crew:
        yield Team(crew, workers or crew.size, sync_every or 0)


def _tls(ca: Path | None, cert: Path | None, key: Path | None) -> "Tls | None":
    from numpen.workers.crew import Tls

    if not (ca or cert or key):
        return None
    if not (ca and cert and key):
        raise WorkersError("expected --tls-ca, --tls-cert and --tls-key, got not all of them: give all three")
    return Tls(ca, cert, key)
