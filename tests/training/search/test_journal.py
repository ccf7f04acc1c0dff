"""The journal: half a line at its end is taken away, nothing else is touched, and one process at a time writes it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from numpen.digits.dataset import Dataset
from numpen.errors import SearchError
from numpen.training.search.climb import Climb
from numpen.training.search.journal import Journal
from numpen.training.search.question import Question
from numpen.training.search.trial import Trial
from numpen.training.search.tuner import Tuner
from tests.training.search.spaces import question, tiny


@pytest.fixture
def asked(few: Dataset) -> Question:
    return question(few)


def kept(journal: Path, asked: Question, ends: int, begins: int = 0) -> list[Trial]:
    """Have so many trials end, and some more begin."""
    tuner, trials = Tuner(asked), []
    with Journal(journal, asked) as open_journal:
        for number in range(ends + begins):
            trial = Trial(number, tuner.propose(number))
            open_journal.begin(number, trial.proposal)
            if number < ends:
                open_journal.reach(number, 0, 0.5)
                trials.append(Trial(number, trial.proposal, "complete", (0.5,), Climb(None, 1.5, [(1.0, 0.5)], 99)))
                open_journal.end(trials[-1])
    return trials


def states(journal: Path) -> list[str]:
    """How the trials stand for Optuna, whose dashboard can show the file."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    storage = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))
    (study,) = optuna.get_all_study_summaries(storage)
    trials = optuna.load_study(study_name=study.study_name, storage=storage).trials
    return [trial.state.name for trial in trials]


def test_no_trial_of_a_dead_search_is_running(tmp_path: Path, asked: Question) -> None:
    path = tmp_path / "a.journal"
    kept(path, asked, 2, 2)
    assert states(path) == ["COMPLETE", "COMPLETE", "RUNNING", "RUNNING"]
    with Journal(path, asked):
        pass
    assert states(path) == ["COMPLETE", "COMPLETE", "FAIL", "FAIL"]
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\n", content.index(b'"result"')) + 1])
    assert states(path) == ["RUNNING"]  # what came of it is noted, and Optuna was not told
    with Journal(path, asked):
        pass
    assert states(path) == ["COMPLETE"]


def test_what_was_ended_is_there_again(tmp_path: Path, asked: Question) -> None:
    trials = kept(tmp_path / "a.journal", asked, 3, 2)
    with Journal(tmp_path / "a.journal", asked) as journal:
        assert list(journal.ended.values()) == trials
        assert sorted(journal.to_do) == [3, 4]
    with Journal(tmp_path / "a.journal", asked) as journal:  # they were told to have failed, and are still to do
        assert list(journal.ended.values()) == trials
        assert sorted(journal.to_do) == [3, 4]
        for number, proposal in list(journal.to_do.items()):
            journal.begin(number, proposal)
        assert not journal.to_do


def test_a_journal_torn_anywhere_opens_and_goes_on(tmp_path: Path, asked: Question) -> None:
    path = tmp_path / "a.journal"
    trials = kept(path, asked, 2)
    content = path.read_bytes()
    begins = content.index(b"\n", content.index(b'"result"')) + 1  # behind what came of trial 0
    result = content.index(b"\n", content.rindex(b'"result"')) + 1  # behind what came of trial 1
    for end in sorted({*range(begins, len(content), 53), result - 1, result, len(content) - 1}):
        path.write_bytes(content[:end])
        with Journal(path, asked) as journal:
            assert list(journal.ended.values()) == trials[: 2 if end >= result else 1]
            if end < result:
                journal.begin(1, journal.to_do.get(1, trials[1].proposal))
                journal.end(trials[1])
        with Journal(path, asked) as journal:
            assert list(journal.ended.values()) == trials and not journal.to_do


def test_a_journal_torn_while_it_was_made_is_made(tmp_path: Path, asked: Question) -> None:
    path = tmp_path / "a.journal"
    kept(path, asked, 0)
    content = path.read_bytes()
    for end in (0, 1, 9, 15, content.find(b"\n"), content.find(b"\n") + 1, len(content) - 1):
        path.write_bytes(content[:end])
        assert kept(path, asked, 1)[0].number == 0


@pytest.mark.parametrize(
    "content",
    [b"a letter to a friend", b"\x00" * 100, b"{}\n", b"[1]\n", b'{"op_code":99}\n', b'{"op_code":0}\n', b"3\n" * 9],
    ids=lambda content: str(content[:12]),
)
def test_what_is_no_journal_is_refused_and_left_alone(tmp_path: Path, asked: Question, content: bytes) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(content)
    with pytest.raises(SearchError, match="expected the journal of a search, got"), Journal(path, asked):
        pass
    assert path.read_bytes() == content


def test_a_damaged_journal_is_refused_and_left_alone(tmp_path: Path, asked: Question) -> None:
    path = tmp_path / "a.journal"
    kept(path, asked, 2)
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    result = next(number for number, line in enumerate(lines) if b'"result"' in line)
    told = json.loads(lines[result])
    told["user_attr"]["result"]["curve"] = [[1.0, float("nan")]]
    for number, line in ((3, lines[3][:-9] + b"\n"), (2, lines[2] * 2), (result, json.dumps(told).encode() + b"\n")):
        damaged = b"".join([*lines[:number], line, *lines[number + 1 :]])
        path.write_bytes(damaged)
        with (
            pytest.raises(SearchError, match=r"expected the journal of a search, got .*") as caught,
            Journal(path, asked),
        ):
            pass
        assert "\n" not in str(caught.value)
        assert path.read_bytes() == damaged


def test_another_search_is_refused(tmp_path: Path, few: Dataset, asked: Question) -> None:
    path = tmp_path / "a.journal"
    kept(path, asked, 1)
    for other, words in (
        (question(few, seed=1), "base, seed"),
        (question(few, sampler="random"), "sampler"),
        (question(few, objective="accuracy,size"), "objective"),
        (question(few, held_out=100), "base, held_out"),
        (question(few, space=tiny(epochs=[1])), "space"),
        (question(few.take(slice(1, None))), "data"),
    ):
        with pytest.raises(SearchError, match=f"with another {words}: name another --study"), Journal(path, other):
            pass
    with Journal(path, asked) as journal:
        assert len(journal.ended) == 1


def test_a_study_of_somebody_elses_is_refused(tmp_path: Path, asked: Question) -> None:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    path = tmp_path / "a.journal"
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(path)))
    optuna.create_study(storage=storage, study_name="theirs")
    content = path.read_bytes()
    with pytest.raises(SearchError, match="of a search of numpen's"), Journal(path, asked):
        pass
    assert path.read_bytes() == content


def test_one_process_at_a_time(tmp_path: Path, asked: Question) -> None:
    path = tmp_path / "a.journal"
    other = pytest.raises(SearchError, match="to be free, got one that another search writes")
    with Journal(path, asked), other, Journal(path, asked):
        pass
    program = f"""
import os, pathlib, sys
from numpen.training.search.journal import _claimed
file = _claimed(pathlib.Path({str(path)!r}))
print("mine", flush=True)
sys.stdin.read()
"""
    holder = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline() == b"mine\n"
    with pytest.raises(SearchError, match="to be free"), Journal(path, asked):
        pass
    holder.kill()
    holder.wait()
    with Journal(path, asked):  # the lock has died with its holder
        pass
    for pipe in (holder.stdin, holder.stdout):
        assert pipe
        pipe.close()


def test_optuna_alone_breaks_on_half_a_line(tmp_path: Path, asked: Question) -> None:
    """What `_mend` is for; if this fails, Optuna has mended it, and `_mend` may go."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    path = tmp_path / "a.journal"
    kept(path, asked, 1)
    path.write_bytes(path.read_bytes()[:-9])

    def opened() -> JournalStorage:
        return JournalStorage(JournalFileBackend(str(path)))

    opened().set_trial_user_attr(0, "any", 1)
    with pytest.raises(ValueError):
        opened().set_trial_user_attr(0, "any", 2)
