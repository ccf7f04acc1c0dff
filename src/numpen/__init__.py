"""numpen (NumPy + pen) reads handwritten digits with a neural network written in NumPy.

Recipe + Dataset -> train() -> Model -> Reader -> Reading, and Model + Dataset -> evaluate() -> Evaluation.
"""

from typing import TYPE_CHECKING, Any

from numpen.version import __version__

if TYPE_CHECKING:
    from numpen.digits.dataset import Dataset
    from numpen.digits.mnist import load_mnist
    from numpen.errors import NumpenError
    from numpen.evaluation.metrics import Evaluation, evaluate
    from numpen.models.model import Model
    from numpen.reading.answers import Page, Reading
    from numpen.reading.reader import Reader
    from numpen.training.recipe import Recipe, load_recipe
    from numpen.training.trainer import train

# where each public name lives: it is imported when it is first used, so that `numpen --help` need not
# wait for NumPy
_HOMES = {
    "Dataset": "numpen.digits.dataset",
    "Evaluation": "numpen.evaluation.metrics",
    "Model": "numpen.models.model",
    "NumpenError": "numpen.errors",
    "Page": "numpen.reading.answers",
    "Reader": "numpen.reading.reader",
    "Reading": "numpen.reading.answers",
    "Recipe": "numpen.training.recipe",
    "evaluate": "numpen.evaluation.metrics",
    "load_mnist": "numpen.digits.mnist",
    "load_recipe": "numpen.training.recipe",
    "train": "numpen.training.trainer",
}

__all__ = [
    "Dataset",
    "Evaluation",
    "Model",
    "NumpenError",
    "Page",
    "Reader",
    "Reading",
    "Recipe",
    "__version__",
    "evaluate",
    "load_mnist",
    "load_recipe",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'numpen' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
