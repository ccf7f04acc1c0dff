"""Journal: every trial on disk, in Optuna's format, so that a search can be stopped at any moment and gone on with.

One process at a time writes it: it holds a lock of the operating system on the file for as long as it lives, and no
longer, however it ends. A trial begins with one line that says all about it, and has ended with one that says what
came of it; a third tells Optuna, and is made up for if it is missing.
Trials that were begun and have not ended when a journal is opened belong to nobody: Optuna is told that they failed,
and `to_do` has what they were to try. A kill in the middle of a line leaves half of one at the end, onto which
Optuna would write the next, so it is taken away first (see its issues 5138 and, for the lock, 5921).
"""

import json
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

from numpen.errors import SearchError
from numpen.files import claim
from numpen.training.search.question import Question
from numpen.training.search.trial import Proposal, Trial, ended
from numpen.training.search.tuner import objectives, quiet_optuna

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

NAME = "numpen search"  # of the one study in the file


class Journal:
    """The journal of one search, within a `with`."""

    def __init__(self, path: Path, question: Question) -> None:
        """Raises SearchError on entering if the file is of another search, damaged, or in use; OutputError never."""
        self.path, self.question = path, question
        self.ended: dict[int, Trial] = {}
        self.to_do: dict[int, Proposal] = {}  # begun by somebody who has not ended them
        self._of_optuna: dict[int, int] = {}  # what Optuna calls the trials that run

    def __enter__(self) -> "Journal":
        self._file = _claimed(self.path)
        try:
            _mend(self._file, self.path)
            self._open()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()  # and so the lock

    def begin(self, number: int, proposal: Proposal) -> None:
        """Note that a trial begins."""
        optuna, attributes = self._optuna, {"number": number, "values": dict(proposal.values)}
        running = optuna.trial.create_trial(
            state=optuna.trial.TrialState.RUNNING,
            params=dict(proposal.params),
            distributions=dict(proposal.distributions),
            user_attrs=attributes,
        )
        self._study.add_trial(running)
        self._of_optuna[number] = len(self._study.get_trials(deepcopy=False)) - 1
        self.to_do.pop(number, None)

    def reach(self, number: int, rung: int, accuracy: float) -> None:
        """Note how well a trial does at a rung; Optuna has no place for that where there are two objectives."""
        if "," not in self.question.objective:
            self._storage.set_trial_intermediate_value(self._id(number), rung, accuracy)

    def end(self, trial: Trial) -> None:
        """Note what came of a trial. When this returns it will never be lost."""
        self._storage.set_trial_user_attr(self._id(trial.number), "result", trial.result())
        self._tell(self._of_optuna.pop(trial.number), trial)
        self.ended[trial.number] = trial

    def give_up(self, trial: Trial) -> None:
        """Note that nobody trains a trial any more: it will be done again."""
        self._tell(self._of_optuna.pop(trial.number), None)
        self.to_do[trial.number] = trial.proposal

    def _tell(self, of_optuna: int, trial: Trial | None) -> None:
        """Tell Optuna what came of a trial; None: nothing, and nobody trains it any more."""
        standing, states = trial.standing if trial else "failed", self._optuna.trial.TrialState
        if trial and standing == "complete":
            self._study.tell(of_optuna, objectives(self.question, trial))
        else:
            self._study.tell(of_optuna, state=states.PRUNED if standing == "pruned" else states.FAIL)

    def _id(self, number: int) -> int:
        study = self._storage.get_study_id_from_name(NAME)
        return int(self._storage.get_trial_id_from_study_id_trial_number(study, self._of_optuna[number]))

    def _open(self) -> None:
        """Read all trials; those that run belong to a process that is no more, and are failed."""
        self._optuna = optuna = quiet_optuna()
        journals = optuna.storages.journal
        lock = _claims(journals.JournalFileOpenLock)(str(self.path))
        try:
            self._storage = optuna.storages.JournalStorage(journals.JournalFileBackend(str(self.path), lock_obj=lock))
            self._study = self._study_of_the_question()
            trials = [(trial, self._read(trial)) for trial in self._study.get_trials(deepcopy=False)]
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise SearchError(
                f"expected the journal of a search, got {self.path}, which is damaged: {error}"
            ) from error
        for trial, read in trials:
            if not trial.state.is_finished():
                self._tell(trial.number, read)

    def _study_of_the_question(self) -> Any:
        """The study in the file, or a new one; raises SearchError for a study that has asked something else."""
        optuna, names = self._optuna, [study.study_name for study in self._storage.get_all_studies()]
        if names not in ([], [NAME]):
            raise SearchError(f"expected the journal of a search of numpen's, got {self.path}: name another file")
        sampler = optuna.samplers.RandomSampler()  # which is never asked: see Tuner
        if names:
            study = optuna.load_study(study_name=NAME, storage=self._storage, sampler=sampler)
        else:
            directions = ["maximize", "minimize"] if "," in self.question.objective else ["maximize"]
            study = optuna.create_study(storage=self._storage, sampler=sampler, study_name=NAME, directions=directions)
        asked = json.loads(json.dumps(self.question.as_dict()))
        told = study.user_attrs.get("question")
        if told is None:
            study.set_user_attr("question", asked)
        elif told != asked:
            other = ", ".join(key for key in asked if told.get(key) != asked[key])
            raise SearchError(
                f"expected the search that {self.path} is of, got one with another {other}: name another --study"
            )
        return study

    def _read(self, trial: "FrozenTrial") -> Trial | None:
        """Take a trial as the file tells of it, and return it if it has ended.

        Raises KeyError, TypeError or ValueError if it is not one of ours.
        """
        told = trial.user_attrs
        number, proposal = int(told["number"]), Proposal(dict(told["values"]), trial.params, trial.distributions)
        if number in self.ended:
            raise ValueError(f"trial {number} has ended twice")
        if "result" not in told:
            self.to_do[number] = proposal
            return None
        self.to_do.pop(number, None)
        self.ended[number] = ended(number, proposal, told["result"])
        return self.ended[number]


def _claimed(path: Path) -> BinaryIO:
    """The file, made if it is not there, and nobody else's until it is closed."""
    try:
        file = path.open("a+b")
    except OSError as error:
        raise SearchError(f"expected a file to keep the journal in, got {path}: {error.strerror}") from error
    try:
        claim(file.fileno())
    except OSError as error:
        file.close()
        raise SearchError(
            f"expected {path} to be free, got one that another search writes: wait, or stop it"
        ) from error
    return file


def _mend(file: BinaryIO, path: Path) -> None:
    """Take away half a line at the end; raises SearchError for what Optuna has not written."""
    file.seek(0)
    content = file.read()
    end = content.rfind(b"\n") + 1
    for number, line in enumerate(content[:end].splitlines(), 1):
        try:
            is_ours = "op_code" in json.loads(line)
        except (ValueError, TypeError, RecursionError):
            is_ours = False
        if not is_ours:
            raise SearchError(f"expected the journal of a search, got {path}, of which line {number} is none")
    if end == 0 and content and not content.startswith(b'{"op_code"'[: len(content)]):
        raise SearchError(f"expected the journal of a search, got {path}, which is something else: name another file")
    file.truncate(end)


def _claims(lock: type) -> type:
    """Optuna's lock, without a file of its own: the whole journal is claimed already.

    A file would stay behind when the process is killed, and the next one wait half a minute for it.
    """
    return type("Claimed", (lock,), {"acquire": lambda self: True, "release": lambda self: None})
