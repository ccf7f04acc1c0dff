"""DigitClassifier: numpen's network as a scikit-learn estimator, for any number of features and classes.

    from numpen.sklearn import DigitClassifier
    DigitClassifier().fit(X, y).score(X_test, y_test)

It takes the numbers as they are: pixels are best divided by 255 before, say by a MinMaxScaler in a Pipeline.
Needs scikit-learn: pip install "numpen[sklearn]".
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numpen.errors import DivergenceError, NumpenError
from numpen.nn.arrays import Array
from numpen.nn.initializers import Glorot, He, Zeros
from numpen.nn.layers import Dense, Dropout, Layer
from numpen.nn.losses import Penalty, SoftmaxCrossEntropy
from numpen.nn.network import LAYERS, Network
from numpen.nn.optimizers import Adam, GradientDescent, Momentum, Nesterov, Optimizer

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise NumpenError('expected scikit-learn, got none: pip install "numpen[sklearn]"') from error

ACTIVATIONS = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "leaky_relu": "leaky-relu", "elu": "elu"}


class DigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A network of dense layers with a softmax, trained by minibatches on its cross-entropy.

    Computes in the type the features come in, float32 or float64 (anything else becomes float64). The parameters
    bear the names of scikit-learn's MLPClassifier; `dropout` is the share of hidden units left out while learning.
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (256,),
        activation: Literal["logistic", "tanh", "relu", "leaky_relu", "elu"] = "relu",
        *,
        solver: Literal["adam", "sgd"] = "adam",
        alpha: float = 0.0001,
        dropout: float = 0.0,
        batch_size: int = 64,
        learning_rate_init: float = 0.001,
        max_iter: int = 20,
        shuffle: bool = True,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.dropout = dropout
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train anew on features X (N, I) and labels y (N,), for `max_iter` walks through them.

        Raises ValueError for data or parameters that cannot be, and DivergenceError if the loss leaves the
        finite numbers.
        """
        rows, labels = validate_data(self, X, y, dtype=(np.float64, np.float32))
        check_classification_targets(labels)
        self.classes_, targets = np.unique(labels, return_inverse=True)
        self._start(rows)
        for _ in range(self.max_iter):
            self._walk(rows, targets)
        return self

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Walk once through X (N, I) and y (N,); the first call has to name all `classes` there will ever be.

        Raises ValueError for a label that is not one of them, and as `fit` does.
        """
        first = not hasattr(self, "classes_")
        rows, labels = validate_data(self, X, y, dtype=(np.float64, np.float32), reset=first)
        check_classification_targets(labels)
        if first:
            if classes is None:
                raise ValueError("expected all classes in the first call of partial_fit, got none: add classes=...")
            self.classes_ = np.unique(classes)
            self._start(rows)
        if not np.isin(labels, self.classes_).all():
            raise ValueError(f"expected labels among the classes {self.classes_}, got others")
        self._walk(rows, np.searchsorted(self.classes_, labels))
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """How likely each of `classes_` is, (N, K), for features X (N, I)."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        return self.network_.predict(rows.astype(self.network_.theta.dtype, order="C"))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likeliest class of each row of X (N, I)."""
        likeliest = np.argmax(self.predict_proba(X), axis=1)
        answers: NDArray[Any] = self.classes_[likeliest]
        return answers

    def __getstate__(self) -> dict[str, Any]:
        """The estimator for a copy or a file: numbers instead of the network, whose layers are views into θ."""
        state: dict[str, Any] = super().__getstate__()
        if "network_" not in state:
            return state
        network, optimizer = state["network_"], state["_optimizer"]
        bound = {"network_", "_loss", "_penalty", "_optimizer"}
        memory = (network.batch, network.theta.copy(), optimizer.slots.copy(), optimizer.steps)
        return {key: value for key, value in state.items() if key not in bound} | {"_memory": memory}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """The estimator as it was; its network is bound anew, and goes on where it stood."""
        memory = state.pop("_memory", None)
        super().__setstate__(state)
        if memory:
            batch, theta, slots, steps = memory
            self._bind(batch, theta.dtype)
            self.network_.theta[...] = theta
            self._optimizer.slots[...], self._optimizer.steps = slots, steps

    def _start(self, X: Array) -> None:
        """A network with first weights, and everything that learning needs."""
        self._check_parameters()
        self._started_with = self.get_params()  # what is set afterwards belongs to the next fit
        self._rng = np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1, size=4))
        self._bind(min(self.batch_size, len(X)), X.dtype)
        weights = Glorot() if self.activation in ("logistic", "tanh") else He()
        self.network_.initialize(weights, Zeros(), self._rng)
        self.loss_curve_: list[float] = []
        self.n_iter_ = 0

    def _bind(self, batch: int, dtype: Any) -> None:
        """The network (all zero), its loss and its optimizer, for `batch` rows at a time."""
        sizes = (self.n_features_in_, *self._started_with["hidden_layer_sizes"], len(self.classes_))
        self.network_ = Network(self._layers(sizes), batch, dtype)
        self._loss = SoftmaxCrossEntropy()
        self._loss.bind(batch, len(self.classes_), self.network_.theta.dtype)
        self._penalty = Penalty(0.0, self._started_with["alpha"] / batch, *self.network_.weights)
        self._optimizer = self._optimizer_for(self.network_)

    def _check_parameters(self) -> None:
        if self.activation not in ACTIVATIONS or self.solver not in ("adam", "sgd"):
            raise ValueError(
                f"expected an activation ({', '.join(ACTIVATIONS)}) and a solver (adam, sgd),"
                f" got {self.activation} and {self.solver}"
            )
        if self.max_iter < 1 or self.batch_size < 1 or not self.learning_rate_init > 0:
            raise ValueError(
                "expected max_iter and batch_size of at least 1 and learning_rate_init above 0,"
                f" got {self.max_iter}, {self.batch_size} and {self.learning_rate_init}"
            )

    def _layers(self, sizes: tuple[int, ...]) -> list[Layer]:
        activation, dropout = self._started_with["activation"], self._started_with["dropout"]
        layers: list[Layer] = []
        for inputs, outputs in pairwise(sizes[:-1]):
            layers += [Dense(inputs, outputs), LAYERS[ACTIVATIONS[activation]]()]
            if dropout:
                layers.append(Dropout(dropout, self._rng))
        return [*layers, Dense(*sizes[-2:]), LAYERS["softmax"]()]

    def _optimizer_for(self, network: Network) -> Optimizer:
        theta, grad, mu = network.theta, network.grad, self._started_with["momentum"]
        if self._started_with["solver"] == "adam":
            return Adam(theta, grad)
        if not mu:
            return GradientDescent(theta, grad)
        return Nesterov(theta, grad, mu) if self._started_with["nesterovs_momentum"] else Momentum(theta, grad, mu)

    def _walk(self, X: Array, targets: NDArray[np.intp]) -> None:
        """One walk through all rows, in minibatches: one more number on the loss curve."""
        network, n = self.network_, len(X)
        order = self._rng.permutation(n) if self.shuffle else np.arange(n)
        one_hot = np.eye(len(self.classes_), dtype=network.theta.dtype)  # (K, K)
        total = 0.0
        with np.errstate(all="ignore"):  # what overflows shows in the loss, which is looked at
            for start in range(0, n, network.batch):
                rows = order[start : start + network.batch]
                x = np.ascontiguousarray(X[rows], network.theta.dtype)
                loss = network.learn(x, one_hot[targets[rows]], self._loss) + self._penalty.add()
                if not math.isfinite(loss):
                    raise self._diverged()
                self._optimizer.step(self.learning_rate_init)
                total += loss * len(rows)
        if not np.isfinite(network.theta).all():  # the last step, whose loss nobody has asked for
            raise self._diverged()
        self.loss_curve_.append(total / n)
        self.n_iter_ += 1

    def _diverged(self) -> DivergenceError:
        return DivergenceError(
            f"expected a finite loss, got none after step {self._optimizer.steps}, learning rate"
            f" {self.learning_rate_init:g}: try a lower one, or features between 0 and 1"
        )
