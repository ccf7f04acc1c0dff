"""Everything that can go wrong for a user, as one small tree.

Every message is one line that says what was expected, what came and what to do.
The command line prints it and leaves with the exit code of its class.

    NumpenError                 2   the user's mistake, or the file's
    ├── NetworkError                layers that do not fit, a size that cannot be
    ├── RecipeError                 a training option that cannot be
    ├── DataError                   a dataset that is missing, damaged or lying
    ├── PictureError                a picture that cannot be read
    ├── ModelFileError              a model file that is missing, damaged or foreign
    ├── OutputError                 a place where nothing can be written
    ├── LabError                    a page in the browser that cannot be served
    └── DivergenceError         3   the loss left the finite numbers
"""


class NumpenError(Exception):
    """Whatever numpen refuses or gives up on; `str(error)` is one line for a person."""

    exit_code = 2


class NetworkError(NumpenError):
    """Layers that do not fit each other, or sizes that no network can have."""


class RecipeError(NumpenError):
    """A training option, or a combination of them, that cannot be."""


class DataError(NumpenError):
    """A dataset that is missing, damaged, or not what its header says."""


class PictureError(NumpenError):
    """A picture that is missing, damaged, too large, or of a kind that is not read."""


class ModelFileError(NumpenError):
    """A model file that is missing, damaged, or not one of numpen's."""


class OutputError(NumpenError):
    """A file that cannot be written."""


class LabError(NumpenError):
    """The page in the browser cannot be served, or was asked for what it does not have."""


class DivergenceError(NumpenError):
    """The loss is no longer a finite number."""

    exit_code = 3
