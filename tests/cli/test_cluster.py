"""`numpen cluster` says where it is, ends when it is told to, and leaves no process behind."""

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from numpen.workers.crew import open_crew
from tests.cli.process import START, run
from tests.workers.crews import add, all_end, session_of, wait

COMMAND = [sys.executable, "-W", "error", "-c", START, "cluster", "--workers", "1", "--port", "0"]


@pytest.fixture
def cluster() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*COMMAND, "--dashboard-port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_works_and_ends_without_a_process_left(cluster: "subprocess.Popen[str]", number: signal.Signals) -> None:
    assert cluster.stdout is not None
    address, dashboard, hint = (cluster.stdout.readline() for _ in range(3))
    assert address.startswith("scheduler tcp://127.0.0.1:") and hint == "Ctrl-C ends it\n"
    with urllib.request.urlopen(dashboard.split()[1]) as page:
        assert b"Dask" in page.read()
    with open_crew(cluster=address.split()[1]) as crew:
        assert crew.submit(add, 1, 1).result() == 2
        crew.submit(wait, 100)
    assert len(session_of(cluster.pid)) >= 3
    cluster.send_signal(number)
    _, said = cluster.communicate(timeout=60)
    expected = (-9, "") if number == signal.SIGKILL else (128 + number, "numpen: the cluster has ended\n")
    assert (cluster.returncode, said) == expected
    assert all_end(cluster.pid)


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("cluster", "--workers", "0", "--no-dashboard", "--port", taken.getsockname()[1])
    assert done.returncode == 2 and done.stderr.startswith("numpen: expected to listen at 127.0.0.1, port")
    assert done.stderr.count("\n") == 1
