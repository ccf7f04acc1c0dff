"""DigitClassifier is an estimator as scikit-learn means it: every check of its own, and what people do with one."""

import copy
import json
import os
import pickle
import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from numpen.digits.dataset import Dataset
from numpen.errors import DivergenceError
from numpen.sklearn import DigitClassifier

Digits = tuple[NDArray[np.float32], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def digits(mnist: Dataset) -> Digits:
    few = mnist.take(np.arange(0, 60_000, 40))
    return few.images.reshape(-1, 784).astype(np.float32), few.labels


CHECKS = """
import json
from sklearn.utils.estimator_checks import check_estimator
from numpen.sklearn import DigitClassifier
for estimator in (
    DigitClassifier(),
    DigitClassifier((32, 16), "tanh", solver="sgd", learning_rate_init=0.05, dropout=0.1),
    DigitClassifier((), solver="sgd", momentum=0, learning_rate_init=0.1),
):
    results = check_estimator(estimator, expected_failed_checks={}, on_skip=None, on_fail=None)
    print(json.dumps({each["check_name"]: [each["status"], repr(each["exception"])] for each in results}))
"""


def test_every_check_of_scikit_learn_passes() -> None:
    # SciPy looks at this when it is first imported; without it scikit-learn leaves out one of its checks
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    told = subprocess.run([sys.executable, "-c", CHECKS], capture_output=True, text=True, check=True, env=environment)
    for line in told.stdout.splitlines():
        results = json.loads(line)
        assert {name: result for name, result in results.items() if result[0] != "passed"} == {}
        assert len(results) >= 45
    assert len(told.stdout.splitlines()) == 3


def test_in_a_pipeline_in_a_search_in_a_cross_validation(digits: Digits) -> None:
    X, y = digits
    pipeline = make_pipeline(MinMaxScaler(), DigitClassifier((30,), max_iter=6, random_state=0))
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.8
    grid = {"digitclassifier__hidden_layer_sizes": [(), (20,)], "digitclassifier__activation": ["relu", "logistic"]}
    search = GridSearchCV(clone(pipeline).set_params(digitclassifier__max_iter=2), grid, cv=2).fit(X, y)
    assert set(search.best_params_) == set(grid) and len(search.cv_results_["params"]) == 4


def test_string_labels_and_what_can_be_asked_afterwards(digits: Digits) -> None:
    import pandas

    X, y = digits
    names = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])[y]
    table = pandas.DataFrame(X[:, 300:310] / 255, columns=[f"pixel {i}" for i in range(300, 310)])
    fitted = DigitClassifier((16,), max_iter=3, random_state=0).fit(table, names)
    assert list(fitted.classes_) == sorted(set(names)) and set(fitted.predict(table)) <= set(names)
    assert fitted.n_features_in_ == 10 and list(fitted.feature_names_in_) == list(table.columns)
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 3
    assert all(later < earlier for earlier, later in pairwise(fitted.loss_curve_))
    assert np.allclose(fitted.predict_proba(table).sum(axis=1), 1)


def test_it_computes_in_the_type_it_is_given(digits: Digits) -> None:
    X, y = digits
    single = DigitClassifier((8,), max_iter=1, random_state=0).fit(X / 255, y)
    double = DigitClassifier((8,), max_iter=1, random_state=0).fit((X / 255).astype(np.float64), y)
    assert single.predict_proba(X / 255).dtype == np.float32 and double.predict_proba(X / 255).dtype == np.float64
    assert np.abs(single.predict_proba(X / 255) - double.predict_proba(X / 255)).max() < 1e-3


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 1)])
def test_the_smallest_data(shape: tuple[int, int]) -> None:
    X, y = np.zeros(shape), np.zeros(len(np.zeros(shape)))
    fitted = DigitClassifier(max_iter=2).fit(X, y)
    assert (fitted.predict(X) == 0).all() and (fitted.predict_proba(X) == 1).all()  # one class is always right


def test_a_read_only_memory_map(tmp_path: Any, digits: Digits) -> None:
    np.save(tmp_path / "X.npy", digits[0][:50])
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    fitted = DigitClassifier((5,), max_iter=1).fit(X, digits[1][:50])
    assert fitted.predict(X).shape == (50,)


def test_partial_fit_walks_once(digits: Digits) -> None:
    X, y = digits[0] / 255, digits[1]
    parts = DigitClassifier((20,), random_state=0)
    for rows in np.array_split(np.arange(len(X)), 5):
        parts.partial_fit(X[rows], y[rows], classes=range(10))
    assert parts.n_iter_ == 5 and parts.score(X, y) > 0.4
    with pytest.raises(ValueError, match="all classes"):
        DigitClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="labels among the classes"):
        parts.partial_fit(X, y + 1)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize(
    "keep", [copy.deepcopy, lambda fitted: pickle.loads(pickle.dumps(fitted))], ids=["copy", "file"]
)
def test_a_copy_goes_on_learning_where_the_original_stands(digits: Digits, keep: Any, solver: Any) -> None:
    X, y = digits[0] / 255, digits[1]
    fitted = DigitClassifier((12,), solver=solver, dropout=0.2, max_iter=1, random_state=0).fit(X, y)
    fitted.set_params(hidden_layer_sizes=(99,))  # of the next fit: nothing of it belongs to this network
    kept = keep(fitted)
    assert np.array_equal(kept.predict_proba(X), fitted.predict_proba(X))
    for each in (fitted, kept):
        each.partial_fit(X, y)
    assert np.array_equal(kept.predict_proba(X), fitted.predict_proba(X))
    assert kept.loss_curve_ == fitted.loss_curve_


@pytest.mark.parametrize(
    "wrong",
    [{"activation": "swish"}, {"solver": "lbfgs"}, {"max_iter": 0}, {"batch_size": 0}, {"learning_rate_init": 0}],
    ids=str,
)
def test_a_parameter_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        DigitClassifier(**wrong).fit(np.eye(4), [0, 1, 0, 1])


def test_a_loss_that_leaves_the_finite_numbers(digits: Digits) -> None:
    with pytest.raises(DivergenceError, match="learning rate 1e\\+30"):
        DigitClassifier(solver="sgd", learning_rate_init=1e30, max_iter=3).fit(*digits)


def test_without_scikit_learn_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['sklearn'] = None\nimport numpen.sklearn"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    last = told.stderr.splitlines()[-1]
    assert last == 'numpen.errors.NumpenError: expected scikit-learn, got none: pip install "numpen[sklearn]"'
