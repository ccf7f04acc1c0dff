"""The package shows what it means to, costs nothing to import, and holds no code that a file could take over."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import numpen

SOURCES = sorted(Path(numpen.__file__).parent.rglob("*.py"))
NAMES = [str(path.relative_to(Path(numpen.__file__).parent)) for path in SOURCES]
PUBLIC = [
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


def test_these_are_the_public_names_in_order() -> None:
    assert numpen.__all__ == PUBLIC == sorted(numpen.__all__)


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_can_be_had_and_says_what_it_is(name: str) -> None:
    assert getattr(numpen, name).__doc__


def test_there_are_no_others() -> None:
    with pytest.raises(AttributeError, match="module 'numpen' has no attribute 'Digits'"):
        _ = numpen.Digits


IMPORTED = """
import sys, threading
import numpen
print(*sorted({name.split(".")[0] for name in sys.modules} & {"numpy", "PIL", "click", "rich", "safetensors"}))
print(threading.active_count(), len(__import__("os").listdir("/proc/self/task")) if sys.platform == "linux" else 1)
"""


def test_to_import_it_is_to_import_nothing_else() -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(numpen.__file__).parents[1])}
    told = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, env=environment)
    assert told.stdout.splitlines() == ["", "1 1"]


ANSWERED = """
import sys
import numpy, numpen
model = numpen.Model.load(sys.argv[1])
model.probabilities(numpy.zeros((1, 28, 28), numpy.uint8))
print(*sorted({"numpy.random", "secrets", "shutil", "PIL", "scipy"} & sys.modules.keys()))
"""


def test_a_model_that_answers_waits_for_nothing_that_it_does_not_need() -> None:
    package = Path(numpen.__file__).parent
    command = [sys.executable, "-c", ANSWERED, str(package / "models/shipped.numpen")]
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert told.stdout == "\n"


def test_all_sources_are_looked_at() -> None:
    assert {"errors.py", "nn/network.py", "models/modelfile.py", "training/trainer.py"} <= {
        name.replace(os.sep, "/") for name in NAMES
    }


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
class TestEverySource:
    def test_opens_by_saying_what_it_is(self, path: Path) -> None:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8")))

    def test_can_be_read_in_one_go(self, path: Path) -> None:
        assert len(path.read_text("utf-8").splitlines()) <= 300

    def test_executes_nothing_that_a_file_says(self, path: Path) -> None:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found = imported(node) & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"}
            # what a process and those that it has started say to each other is in no file
            assert not found or path.parts[-2:] == ("workers", "process.py")
            if isinstance(node, ast.Call):
                assert called(node) not in {"eval", "exec", "compile", "__import__"}
                switches = {each.arg: ast.unparse(each.value) for each in node.keywords}
                assert switches.get("allow_pickle", "False") == "False"
                assert switches.get("shell", "False") == "False"


def imported(node: ast.AST) -> set[str]:
    """The packages that an import statement names."""
    if isinstance(node, ast.Import):
        return {each.name.split(".")[0] for each in node.names}
    return {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def called(node: ast.Call) -> str:
    """The plain name of what is called; "" for a method: re.compile, say, compiles no Python."""
    return node.func.id if isinstance(node.func, ast.Name) else ""
