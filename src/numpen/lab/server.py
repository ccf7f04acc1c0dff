"""The lab's server: one address of this machine unless it is shared, and an end within seconds of Ctrl-C."""

import asyncio
import logging
import secrets
import signal
import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from numpen.errors import LabError
from numpen.lab.app import Lab
from numpen.lab.connections import Connection
from numpen.lab.gate import LARGEST_HEAD, Gate, Pass
from numpen.models.model import Model

HOME = "127.0.0.1"


class Server(uvicorn.Server):
    """Uvicorn's server, which tells the lab first that the end has come: open streams end, runs are saved."""

    def __init__(self, config: uvicorn.Config, lab: Lab) -> None:
        super().__init__(config)
        self.lab = lab

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See uvicorn.Server. An answer that is cut off from now on is no error."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.lab.end()
        super().handle_exit(sig, frame)


def serve(
    model: Model,
    title: str,
    command: str,
    port: int,
    *,
    corrections: Path | None,
    share: bool,
    browse: bool,
    say: Callable[[str], None],
) -> int:
    """Serve the lab until it is interrupted, and return by which signal.

    `say` prints a line, `corrections` is a folder for corrected digits.
    Raises LabError if the port is not free, OutputError for a folder that holds something else.
    """
    token = secrets.token_urlsafe(24)
    lab = Lab(token, corrections)
    addresses = [HOME, *([_own_address()] if share else [])]
    sockets = [_listen(address, port) for address in addresses]
    port = sockets[0].getsockname()[1]
    hosts = frozenset(f"{name}{_ending(port)}" for name in [*addresses, "localhost"])
    lab.shelf.put("model", title, model, command)
    config = uvicorn.Config(
        Gate(lab.application(), Pass(hosts, token, share)),
        http=Connection,
        ws="none",
        proxy_headers=False,
        server_header=False,
        log_config=None,
        access_log=False,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )
    query = f"?token={token}" if share else ""
    for line in _welcome([f"http://{address}{_ending(port)}/{query}" for address in addresses], share=share):
        say(line)
    if browse:
        webbrowser.open(f"http://{HOME}{_ending(port)}/{query}")
    came = list[int]()

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        came.append(number)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn sends it once more when it has ended in good order
        signal.signal(number, interrupt)
    try:
        asyncio.run(Server(config, lab).serve(sockets))
    except KeyboardInterrupt:
        pass
    finally:
        for line in lab.close():
            say(line)
    return came[0] if came else 0


def _welcome(addresses: list[str], *, share: bool) -> list[str]:
    lines = [f"the lab is at {addresses[0]}"]
    if share:
        lines += [
            f"for other machines on this network: {addresses[1]}",
            "whoever has this address can draw, train on this machine and see what is drawn; it is not encrypted,",
            "so share it only on a network that you trust. The token in it is new every time.",
        ]
    return [*lines, "Ctrl-C ends it"]


def _listen(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise LabError(
            f"expected port {port} to be free, got: {error.strerror}; try --port {port + 1}, or 0 for any free one"
        ) from error
    return listener


def _own_address() -> str:
    """The address of this machine on its network; nothing is sent, a datagram socket only picks its way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address: str = probe.getsockname()[0]
        except OSError as error:
            raise LabError(f"expected a network to share the lab on, got none: {error.strerror}") from error
    return address


def _ending(port: int) -> str:
    return "" if port == 80 else f":{port}"
