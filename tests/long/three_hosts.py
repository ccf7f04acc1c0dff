"""Three hosts, one for the scheduler, one for the workers, one for who asks: all is as by one process.

Pictures are read, a network is trained, and recipes are searched for (at random: who learns from trials depends on
which ends first).

    python -m tests.long.three_hosts --pictures 2000

The hosts are network namespaces with a bridge between them, which only root may make, or else three addresses of
the loop-back. All is done twice, the second time with TLS, by certificates as docs/how-to/cloud.md makes them.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numpen.models.model import Model
from tests.cli.process import START
from tests.long.cluster_kills import fill
from tests.long.search_kills import prepare

NUMPEN = [sys.executable, "-W", "error", "-c", START]
DASK = [sys.executable, "-m", "dask", "worker", "--nthreads", "1", "--nworkers", "2", "--no-dashboard"]
SEARCH = ("search", "--space", "tiny.toml", "--data", "few.npz", "--by", "random", "--sampler", "random")
TRAIN = ("train", "--layers", "784-32-10", "--epochs", "1", "--workers", "2", "--json")
CERTIFICATES = """
openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=our-cluster -keyout ca.key -out ca.pem
for name in scheduler worker laptop; do
  openssl req -newkey rsa:3072 -nodes -subj /CN=$name -keyout $name.key -out $name.csr
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -out $name.pem
done
"""


@dataclass(frozen=True)
class Host:
    """Where a program runs."""

    address: str
    prefix: tuple[str, ...] = ()

    def begin(self, *command: object, cwd: Path) -> "subprocess.Popen[str]":
        """Start a program here."""
        words = [*self.prefix, *map(str, command)]
        return subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, text=True, start_new_session=True)


@contextlib.contextmanager
def hosts() -> Iterator[list[Host]]:
    """Three of them."""
    if os.geteuid() or not shutil.which("ip"):
        yield [Host(f"127.0.0.{number}") for number in (2, 3, 4)]
        return
    names = [f"numpen{number}" for number in (1, 2, 3)]
    commands = ["ip link add numpen-bridge type bridge", "ip link set numpen-bridge up"]
    for number, name in enumerate(names, 1):
        inside = f"ip netns exec {name}"
        commands += [
            f"ip netns add {name}",
            f"ip link add {name}a type veth peer name {name}b",
            f"ip link set {name}a master numpen-bridge up",
            f"ip link set {name}b netns {name}",
            f"{inside} ip addr add 10.77.0.{number}/24 dev {name}b",
            f"{inside} ip link set {name}b up",
            f"{inside} ip link set lo up",
        ]
    try:
        for command in commands:
            subprocess.run(command.split(), check=True)
        yield [Host(f"10.77.0.{number}", ("ip", "netns", "exec", name)) for number, name in enumerate(names, 1)]
    finally:
        for command in (*(f"ip netns del {name}" for name in names), "ip link del numpen-bridge"):
            subprocess.run(command.split(), check=False)


@contextlib.contextmanager
def cluster(one: Host, two: Host, folder: Path, tls: bool) -> Iterator[str]:
    """The address of a scheduler on one host, with two workers on another."""
    words = ["--workers", 0, "--host", one.address, "--port", 0, "--no-dashboard", *(_tls("scheduler") if tls else [])]
    scheduler = one.begin(*NUMPEN, "cluster", *words, cwd=folder)
    assert scheduler.stdout is not None
    address = scheduler.stdout.readline().split()[1]
    assert address.startswith(f"{'tls' if tls else 'tcp'}://{one.address}:"), address
    options = [word.replace("--tls-ca", "--tls-ca-file") for word in (_tls("worker") if tls else [])]
    worker = two.begin(*DASK, "--host", two.address, *options, address, cwd=folder)
    try:
        yield address
    finally:
        for process in (worker, scheduler):
            process.terminate()
            process.wait(timeout=60)


def _tls(name: str) -> list[str]:
    return ["--tls-ca", "ca.pem", "--tls-cert", f"{name}.pem", "--tls-key", f"{name}.key"]


def ask(host: Host, folder: Path, *words: object) -> str:
    """What a command prints on a host."""
    process = host.begin(*NUMPEN, *words, cwd=folder)
    printed, _ = process.communicate()
    assert process.returncode == 0, words
    return printed


def searched(host: Host, folder: Path, study: str, *words: object) -> list[dict[str, Any]]:
    """The trials of a search, but for the seconds they took."""
    told = json.loads(ask(host, folder, *SEARCH, "--trials", 12, "--study", study, "--json", *words))
    return [{key: value for key, value in trial.items() if key != "seconds"} for trial in told["trials"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as there, hosts() as (one, two, three):
        folder = Path(there)
        (folder / "pictures").mkdir()
        fill(folder / "pictures", arguments.pictures // 16)
        subprocess.run(["sh", "-ec", CERTIFICATES], cwd=folder, check=True, capture_output=True)
        ask(three, folder, "predict", "pictures", "--csv", "alone.csv", "--workers", 1)
        alone = json.loads(ask(three, folder, *TRAIN, "--out", "alone.numpen"))
        prepare(folder)
        trials = searched(three, folder, "alone.journal", "--workers", 1)
        for tls in (False, True):
            with cluster(one, two, folder, tls) as address:
                join = ["--cluster", address, *(_tls("laptop") if tls else [])]
                began = time.monotonic()
                ask(three, folder, "predict", "pictures", "--csv", "many.csv", *join)
                seconds = time.monotonic() - began
                many = json.loads(ask(three, folder, *TRAIN, "--out", "many.numpen", *join))
                same_trials = searched(three, folder, f"{address.partition(':')[0]}.journal", *join) == trials
            same_rows = (folder / "many.csv").read_bytes() == (folder / "alone.csv").read_bytes()
            thetas = [Model.load(folder / f"{name}.numpen").network.theta for name in ("alone", "many")]
            print(
                f"{address.partition(':')[0]} {one.address} {two.address} {three.address}: read in {seconds:.0f} s, "
                f"same bytes: {same_rows}; trained in {many['seconds']:.1f} s (alone {alone['seconds']:.1f} s), "
                f"same bits: {np.array_equal(*thetas)}; the same {len(trials)} trials: {same_trials}",
                flush=True,
            )
            assert same_rows and same_trials and np.array_equal(*thetas)


if __name__ == "__main__":
    main()
