"""Everything that can go wrong for a user, as one small tree.

Every message is one line that says what was expected, what came and what to do.
The command line prints it and leaves with the exit code of its class.

    NumpenError                 2   the user's mistake, or the file's
    ├── NetworkError                layers that do not fit, a size that cannot be
    ├── RecipeError                 a training option that cannot be
    ├── FileFormatError             a file of another program's that is damaged, or not of the kind it should be
    ├── DataError                   a dataset that is missing, damaged or lying
    ├── PictureError                a picture that cannot be read
    ├── ModelFileError              a model file that is missing, damaged or foreign
    ├── CheckpointError             a checkpoint that is missing, damaged, or of another machine
    ├── OutputError                 a place where nothing can be written
    ├── WorkersError                workers that cannot be had, or are no more
    │   └── WorkerDied                  of a task, twice
    ├── SearchError                 a search for a recipe that cannot be begun, or gone on with
    ├── InterruptionError   130|143 a person, or the system, asked to stop
    ├── LabError                    a page in the browser that cannot be served
    └── DivergenceError         3   the loss left the finite numbers
"""


class NumpenError(Exception):
    """Whatever numpen refuses or gives up on; `str(error)` is one line for a person."""

    exit_code = 2


def on_one_line(text: str) -> str:
    """What a stranger's file says, on one line and without codes that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def printable(text: str) -> str:
    """What a file says of itself, as it can stand in an error: on one line, and short."""
    return on_one_line(text[:100])


class NetworkError(NumpenError):
    """Layers that do not fit each other, or sizes that no network can have."""


class RecipeError(NumpenError):
    """A training option, or a combination of them, that cannot be."""


class FileFormatError(NumpenError):
    """A file of another program's that is damaged, lying, or not of the kind it should be."""


class DataError(NumpenError):
    """A dataset that is missing, damaged, or not what its header says."""


class PictureError(NumpenError):
    """A picture that is missing, damaged, too large, or of a kind that is not read."""


class ModelFileError(NumpenError):
    """A model file that is missing, damaged, or not one of numpen's."""


class CheckpointError(NumpenError):
    """A checkpoint that is missing, damaged, or cannot be gone on from here."""


class OutputError(NumpenError):
    """A file that cannot be written."""


class WorkersError(NumpenError):
    """Workers that cannot be had: no Dask, an address that nobody answers, another version; or that are no more."""


class WorkerDied(WorkersError):  # noqa: N818 - it says what happened
    """A task of which two workers died."""


class SearchError(NumpenError):
    """A search for a recipe that cannot be begun, or gone on with."""


class InterruptionError(NumpenError):
    """A signal asked to stop; the exit code is 128 and the signal's number, as shells have it."""

    def __init__(self, message: str, signal: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal


class LabError(NumpenError):
    """The page in the browser cannot be served, or was asked for what it does not have."""


class DivergenceError(NumpenError):
    """The loss is no longer a finite number."""

    exit_code = 3
