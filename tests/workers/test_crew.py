"""A crew of processes and one of a Dask cluster keep the same promises."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest

from numpen.errors import DivergenceError, WorkerDied, WorkersError
from numpen.workers import cluster as cluster_crew
from numpen.workers.crew import Crew, Tls, open_crew
from tests.cli.process import START
from tests.workers.crews import (
    Counted,
    add,
    all_end,
    dask_cluster,
    die,
    die_once,
    parent,
    raise_it,
    session_of,
    threads,
    wait,
    where,
)


@pytest.fixture(params=["local", "dask"])
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    cluster = request.getfixturevalue("cluster") if request.param == "dask" else None
    with open_crew(2, cluster) as crew:
        yield crew


def test_tasks_are_done_by_other_processes(crew: Crew) -> None:
    assert crew.size == 2
    tasks = [crew.submit(add, number, 1) for number in range(20)]
    assert [task.result() for task in tasks] == list(range(1, 21))
    assert os.getpid() not in {crew.submit(where, None).result() for _ in range(4)}


def test_each_task_comes_once_as_soon_as_it_is_done(crew: Crew) -> None:
    slow, fast = crew.submit(wait, 1.0), crew.submit(wait, 0.0)
    first, second = crew.as_completed([slow, fast])
    assert (first.result(), second.result()) == (0.0, 1.0)


def test_what_is_scattered_is_sent_to_each_worker_once(crew: Crew, tmp_path: Path) -> None:
    handle = crew.scatter(Counted(tmp_path))
    pids = {task.result() for task in [crew.submit(where, handle) for _ in range(20)]}
    assert len(list(tmp_path.iterdir())) <= 3 and pids  # Dask's second worker gets it from the first


def test_an_array_comes_back_with_the_same_bits(crew: Crew) -> None:
    array = np.random.default_rng(0).standard_normal((300, 784)).astype(np.float32)
    handle = crew.scatter(array)
    assert np.array_equal(crew.submit(add, handle, array).result(), array + array)


@pytest.mark.parametrize("error", [DivergenceError("expected a, got b"), ValueError(3), MemoryError()])
def test_what_a_task_raises_keeps_its_type(crew: Crew, error: Exception) -> None:
    task = crew.submit(raise_it, error)
    with pytest.raises(type(error)) as raised:
        task.result()
    assert str(raised.value) == str(error)
    assert crew.submit(add, 1, 1).result() == 2


def test_a_task_whose_worker_dies_is_done_by_another(crew: Crew, tmp_path: Path) -> None:
    assert crew.submit(die_once, tmp_path / "mark").result() == "alive"


def test_a_task_that_kills_two_workers_fails_and_the_others_go_on(crew: Crew) -> None:
    handle = crew.scatter(40)
    tasks = [crew.submit(add, handle, 1), crew.submit(die), *(crew.submit(add, handle, 2) for _ in range(5))]
    with pytest.raises(WorkerDied, match=r"^expected a worker to end its task, got 2 that died of it"):
        tasks[1].result()
    assert [task.result() for task in tasks if task is not tasks[1]] == [41, 42, 42, 42, 42, 42]


def test_workers_that_are_killed_lose_nothing(crew: Crew) -> None:
    handle = crew.scatter(1000)
    tasks = [crew.submit(add, handle, number) for number in range(200)]
    for _ in range(3):
        os.kill(crew.submit(where, None).result(), signal.SIGKILL)
    assert sorted(task.result() for task in crew.as_completed(tasks)) == list(range(1000, 1200))


def test_a_machine_that_leaves_loses_nothing(cluster: str) -> None:
    with open_crew(cluster=cluster) as crew:
        handle = crew.scatter(1000)
        os.kill(crew.submit(parent, handle).result(), signal.SIGKILL)
        tasks = [crew.submit(add, handle, number) for number in range(50)]
        os.kill(crew.submit(parent, None).result(), signal.SIGKILL)
        assert [task.result() for task in tasks] == list(range(1000, 1050))


def test_no_process_is_left_when_who_has_started_them_is_killed() -> None:
    program = (
        "from tests.workers.crews import wait; from numpen.workers.crew import open_crew\n"
        "with open_crew(2) as crew:\n"
        "    tasks = [crew.submit(wait, 0), crew.submit(wait, 100), crew.submit(wait, 100)]\n"
        "    print(tasks[0].result(), flush=True); tasks[1].result()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None and process.stdout.readline() == b"0\n"
        assert len(session_of(process.pid)) == 3
        process.kill()
        process.wait()
        assert all_end(process.pid)


def test_what_has_not_begun_can_be_cancelled(crew: Crew) -> None:
    busy = [crew.submit(wait, 0.5) for _ in range(4)]
    late = crew.submit(wait, 0.0)
    late.cancel()
    with pytest.raises(CancelledError):
        late.result()
    assert [task.result() for task in busy] == [0.5] * 4
    assert len(list(crew.as_completed([late, *busy]))) == 5


def test_what_cannot_be_sent_is_said_and_nothing_hangs(crew: Crew) -> None:
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        crew.submit(add, threading.Lock(), 1).result()
    with pytest.raises(Exception, match=r"pickle|send"):
        crew.submit(threading.Lock).result()
    assert crew.submit(add, 1, 1).result() == 2


def test_workers_multiply_with_one_thread(crew: Crew) -> None:
    assert crew.submit(threads, None).result()["OPENBLAS_NUM_THREADS"] == "1"


def test_leaving_ends_what_is_being_done() -> None:
    began = time.monotonic()
    with open_crew(2) as crew:
        task = crew.submit(wait, 60.0)
        crew.submit(add, 1, 1).result()
    assert time.monotonic() - began < 40
    with pytest.raises(CancelledError):
        task.result()


@pytest.mark.parametrize(
    ("address", "tls", "words"),
    [
        ("nonsense", None, "expected an address"),
        ("gopher://127.0.0.1:1", None, "expected an address"),
        ("tls://127.0.0.1:1", None, "add --tls-ca"),
        ("tls://127.0.0.1:1", Tls(Path("no"), Path("such"), Path("file")), "expected a file of a certificate"),
    ],
)
def test_an_address_that_is_none_is_one_line(address: str, tls: Tls | None, words: str) -> None:
    with pytest.raises(WorkersError, match=words) as raised, open_crew(cluster=address, tls=tls):
        pass
    assert "\n" not in str(raised.value) and raised.value.exit_code == 2


def test_nobody_at_an_address_and_another_version_are_one_line(tmp_path: Path) -> None:
    facts = tmp_path / "numpen-0.0.9.dist-info" / "METADATA"  # what pip would have written beside another numpen
    facts.parent.mkdir()
    facts.write_text("Metadata-Version: 2.1\nName: numpen\nVersion: 0.0.9\n")
    with dask_cluster(1, path=tmp_path) as address:
        with pytest.raises(WorkersError, match=r"got 0\.0\.9 at tcp://.*: install the same") as raised:
            open_crew(cluster=address).__enter__()
        assert "\n" not in str(raised.value)
    with pytest.raises(WorkersError, match="expected a Dask cluster to answer"), open_crew(cluster=address):
        pass


def test_a_worker_of_another_version_that_joins_late_refuses_its_tasks() -> None:
    with pytest.raises(WorkersError, match=r"expected numpen 0\.0\.9 on every worker"):
        cluster_crew._done("0.0.9", b"")


def test_a_missing_extra_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "distributed.py").write_text("raise ImportError")
    command = [sys.executable, "-c", START, "predict", "a.png", "--cluster", "tcp://127.0.0.1:1"]
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False)
    words = "numpen: expected Dask distributed for a cluster, got none: pip install 'numpen[cluster]'\n"
    assert (done.returncode, done.stderr) == (2, words)
