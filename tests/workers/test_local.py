"""One function for many jobs: the answers are those of a plain loop, whoever has worked."""

import os
from collections.abc import Callable

import pytest

from numpen.errors import DivergenceError
from numpen.workers.hand import THREADS
from numpen.workers.local import cores, on_all_cores


def product(shared: int, job: int) -> int:
    return shared * job


def whereabouts(shared: None, job: int) -> tuple[int, str | None]:
    return os.getpid(), os.environ.get("OPENBLAS_NUM_THREADS")


def picky(shared: int, job: int) -> int:
    if job == shared:
        raise DivergenceError(f"expected another job, got {job}")
    return job


@pytest.mark.parametrize("processes", [1, 2])
def test_answers_come_in_the_order_of_the_jobs(processes: int) -> None:
    jobs = [5, 0, 3, 3, 9]
    assert list(on_all_cores(product, 2, jobs, processes)) == [2 * job for job in jobs]


def test_no_job_is_no_answer() -> None:
    assert list(on_all_cores(product, 2, [])) == []


def test_a_single_job_is_done_right_here() -> None:
    ((pid, _),) = on_all_cores(whereabouts, None, [0], 2)
    assert pid == os.getpid()


def test_workers_are_other_processes_with_one_thread_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    said = list(on_all_cores(whereabouts, None, range(4), 2))
    assert os.getpid() not in {pid for pid, _ in said}
    assert {threads for _, threads in said} == {"1"}
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2" and "MKL_NUM_THREADS" not in os.environ
    assert "OPENBLAS_NUM_THREADS" in THREADS


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_job_raises_is_raised_here_after_the_answers_before_it(processes: int) -> None:
    answers = on_all_cores(picky, 2, range(6), processes)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(DivergenceError, match="got 2"):
        next(answers)


def test_it_may_be_left_early() -> None:
    answers = on_all_cores(product, 2, range(50), 2)
    assert next(answers) == 0
    answers.close()  # type: ignore[attr-defined]


def test_there_is_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cores() >= 1
    asked: Callable[[], int] = cores
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on macOS
    assert asked() == os.cpu_count()
