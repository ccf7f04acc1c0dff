"""`numpen cluster` says where it is, ends when it is told to, and leaves no process behind."""

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from numpen.errors import WorkersError
from numpen.workers import host
from numpen.workers.crew import Tls, open_crew
from numpen.workers.host import hosted
from tests.cli.process import START, run
from tests.long.three_hosts import CERTIFICATES
from tests.workers.crews import add, all_end, dask_cluster, session_of, wait

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


def test_one_that_has_no_time_to_end_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "CLOSE", 1e-9)
    with hosted(1) as running:
        assert running.address.startswith("tcp://")


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("cluster", "--workers", "0", "--no-dashboard", "--port", taken.getsockname()[1])
    assert done.returncode == 2 and done.stderr.startswith("numpen: expected to listen at 127.0.0.1, port")
    assert done.stderr.count("\n") == 1


def test_certificates_that_are_none_are_one_line(tmp_path: Path) -> None:
    words = [word for name in ("ca", "cert", "key") for word in (f"--tls-{name}", tmp_path / "none.pem")]
    (tmp_path / "none.pem").write_text("no certificate")
    done = run("cluster", "--workers", "0", "--no-dashboard", "--port", "0", *words)
    assert done.returncode == 2 and done.stderr.startswith("numpen: expected a cluster to start, got: ")


def test_only_who_has_a_certificate_is_let_in(tmp_path: Path) -> None:
    subprocess.run(["sh", "-ec", CERTIFICATES], cwd=tmp_path, check=True, capture_output=True)
    tls = {
        name: Tls(*(tmp_path / f for f in ("ca.pem", f"{name}.pem", f"{name}.key"))) for name in ("laptop", "scheduler")
    }
    own = tls["scheduler"]
    files = ["--tls-ca", str(own.ca), "--tls-cert", str(own.cert), "--tls-key", str(own.key)]
    with dask_cluster(1, *files) as address:
        assert address.startswith("tls://127.0.0.1:")
        with open_crew(cluster=address, tls=tls["laptop"]) as crew:
            assert crew.submit(add, 1, 1).result() == 2
        stranger = tmp_path / "stranger"
        stranger.mkdir()
        subprocess.run(["sh", "-ec", CERTIFICATES], cwd=stranger, check=True, capture_output=True)
        other = Tls(own.ca, stranger / "laptop.pem", stranger / "laptop.key")
        with pytest.raises(WorkersError, match="to answer at tls://"), open_crew(cluster=address, tls=other):
            pass
