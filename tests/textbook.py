"""The slow twin: the same network, one picture at a time, as the books write it down.

Nothing here is fast, nothing is written over, nothing is clever, and nothing comes from numpen: it is what
numpen's quick code has to agree with. It follows Nielsen's "Neural Networks and Deep Learning", chapter 2,
letter for letter, so a weight matrix w is (O, I) here, and numpen's W is its transpose.

Every derivative is written out: an activation has a Jacobian matrix (da/dz, with a row for each a and a
column for each z), and a loss has a gradient by the answers a. numpen never makes either of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]


# Activations: a = f(z), and the slope f'(z), for one number after the other.

SLOPE, ALPHA = 0.01, 1.0  # of the leaky ReLU below zero, and of the ELU


def sigmoid(z: float) -> float:
    return float(1 / (1 + np.exp(-z)))


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "identity": lambda z: z,
    "sigmoid": sigmoid,
    "tanh": lambda z: float(np.sinh(z) / np.cosh(z)),
    "relu": lambda z: z if z > 0 else 0.0,
    "leaky-relu": lambda z: z if z > 0 else SLOPE * z,
    "elu": lambda z: z if z > 0 else ALPHA * float(np.exp(z) - 1),
}

SLOPES: dict[str, Callable[[float], float]] = {
    "identity": lambda z: 1.0,
    "sigmoid": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "tanh": lambda z: float(1 / np.cosh(z) ** 2),
    "relu": lambda z: 1.0 if z > 0 else 0.0,
    "leaky-relu": lambda z: 1.0 if z > 0 else SLOPE,
    "elu": lambda z: 1.0 if z > 0 else ALPHA * float(np.exp(z)),
}


def answer(activation: str, z: Numbers) -> Numbers:
    """a (O,) for the sums z (O,) of one picture."""
    if activation == "softmax":
        return np.array([np.exp(zk) / sum(np.exp(zj) for zj in z) for zk in z])
    return np.array([FUNCTIONS[activation](zk) for zk in z])


def jacobian(activation: str, z: Numbers) -> Numbers:
    """da/dz (O, O): how much each answer grows with each sum."""
    if activation == "softmax":
        a = answer(activation, z)
        # ∂aⱼ/∂zₖ = aⱼ ([j = k] - aₖ)
        return np.array([[a[j] * ((j == k) - a[k]) for k in range(len(a))] for j in range(len(a))])
    return np.diag([SLOPES[activation](zk) for zk in z])


# Losses: how wrong the answers a are, given the truth y, and the gradient of that by a; for one picture.


@dataclass(frozen=True)
class Loss:
    """A loss and its gradient, both as functions of the answers a (K,) and the truth y (K,)."""

    value: Callable[[Numbers, Numbers], float]
    gradient: Callable[[Numbers, Numbers], Numbers]


LOSSES: dict[str, Loss] = {
    # L = -Σ y log a, for a softmax
    "softmax-cross-entropy": Loss(
        lambda a, y: float(-np.sum(y * np.log(a))),
        lambda a, y: -y / a,
    ),
    # L = -Σ (y log a + (1 - y) log(1 - a)), for sigmoids
    "sigmoid-cross-entropy": Loss(
        lambda a, y: float(-np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))),
        lambda a, y: (a - y) / (a * (1 - a)),
    ),
    # L = ½ Σ (a - y)²
    "half-squares": Loss(lambda a, y: float(0.5 * np.sum((a - y) ** 2)), lambda a, y: a - y),
    # L = Σ (a - y)²
    "sum-of-squares": Loss(lambda a, y: float(np.sum((a - y) ** 2)), lambda a, y: 2 * (a - y)),
    # L = mean of (a - y)²
    "mean-squares": Loss(lambda a, y: float(np.mean((a - y) ** 2)), lambda a, y: 2 * (a - y) / len(a)),
}


@dataclass
class Network:
    """Dense layers, each with an activation."""

    weights: list[Numbers]  # (O, I) for each layer
    biases: list[Numbers]  # (O,) for each layer
    activations: Sequence[str]  # one for each layer
    loss: str
    l1: float = 0.0
    l2: float = 0.0

    def predict(self, x: Numbers) -> Numbers:
        """The answers (K,) to one picture x (I,)."""
        a = x
        for w, b, activation in zip(self.weights, self.biases, self.activations, strict=True):
            a = answer(activation, w @ a + b)
        return a

    def backprop(self, x: Numbers, y: Numbers) -> tuple[float, list[Numbers], list[Numbers]]:
        """One picture's loss, and its gradient by the weights and by the biases: Nielsen's BP1 to BP4."""
        a, zs = [x], []
        for w, b, activation in zip(self.weights, self.biases, self.activations, strict=True):
            zs.append(w @ a[-1] + b)
            a.append(answer(activation, zs[-1]))
        loss = LOSSES[self.loss]
        # BP1: the error δ of the last layer; for a sigmoid, Jᵀ∇C is his ∇C ⊙ σ'(z)
        delta = jacobian(self.activations[-1], zs[-1]).T @ loss.gradient(a[-1], y)
        nabla_w, nabla_b = [np.outer(delta, a[-2])], [delta]
        for layer in range(len(self.weights) - 2, -1, -1):
            # BP2: the error of the layer below
            delta = jacobian(self.activations[layer], zs[layer]).T @ (self.weights[layer + 1].T @ delta)
            # BP4 and BP3
            nabla_w.insert(0, np.outer(delta, a[layer]))
            nabla_b.insert(0, delta)
        return loss.value(a[-1], y), nabla_w, nabla_b

    def gradient(self, batch: Numbers, truth: Numbers) -> tuple[float, list[Numbers], list[Numbers]]:
        """The same as a mean over the pictures (B, I), with the penalty on the weights added."""
        each = [self.backprop(x, y) for x, y in zip(batch, truth, strict=True)]
        loss = sum(value for value, _, _ in each) / len(each)
        nabla_w = [np.mean([ws[i] for _, ws, _ in each], axis=0) for i in range(len(self.weights))]
        nabla_b = [np.mean([bs[i] for _, _, bs in each], axis=0) for i in range(len(self.biases))]
        # C + λ₁ Σ|w| + ½ λ₂ Σw²
        for w in self.weights:
            loss += self.l1 * float(np.sum(np.abs(w))) + 0.5 * self.l2 * float(np.sum(w**2))
        nabla_w = [nabla + self.l1 * np.sign(w) + self.l2 * w for nabla, w in zip(nabla_w, self.weights, strict=True)]
        return loss, nabla_w, nabla_b

    def train(self, batch: Numbers, truth: Numbers, optimizers: "Sequence[Optimizer]", rate: float) -> float:
        """Take one step, with an optimizer for each weight matrix and then for each bias; return the loss."""
        loss, nabla_w, nabla_b = self.gradient(batch, truth)
        n = len(self.weights)
        changed = [
            optimizer.stepped(theta, g, rate)
            for optimizer, theta, g in zip(optimizers, self.weights + self.biases, nabla_w + nabla_b, strict=True)
        ]
        self.weights, self.biases = changed[:n], changed[n:]
        return loss


# Optimizers: from the parameters θ, their gradient g and the learning rate η to the next parameters.


class Optimizer:
    """θ ← θ - ηg, and the ancestor of all others."""

    def stepped(self, theta: Numbers, g: Numbers, rate: float) -> Numbers:
        return theta - rate * g


@dataclass
class Momentum(Optimizer):
    """Sutskever, Martens, Dahl & Hinton 2013, equations 1 and 2."""

    mu: float = 0.9
    v: Numbers | float = 0.0

    def stepped(self, theta: Numbers, g: Numbers, rate: float) -> Numbers:
        self.v = self.mu * self.v - rate * g
        return theta + self.v


@dataclass
class Nesterov(Optimizer):
    """Bengio, Boulanger-Lewandowski & Pascanu 2013, equation 7, with a constant μ."""

    mu: float = 0.9
    v: Numbers | float = 0.0

    def stepped(self, theta: Numbers, g: Numbers, rate: float) -> Numbers:
        before = self.v
        self.v = self.mu * before - rate * g
        return theta + self.mu * self.mu * before - (1 + self.mu) * rate * g


@dataclass
class RMSprop(Optimizer):
    """Tieleman & Hinton 2012, lecture 6.5."""

    rho: float = 0.9
    epsilon: float = 1e-8
    v: Numbers | float = 0.0

    def stepped(self, theta: Numbers, g: Numbers, rate: float) -> Numbers:
        self.v = self.rho * self.v + (1 - self.rho) * g**2
        return theta - rate * g / (np.sqrt(self.v) + self.epsilon)


@dataclass
class Adam(Optimizer):
    """Kingma & Ba 2015, algorithm 1; with a decay it is AdamW: Loshchilov & Hutter 2019, algorithm 2."""

    decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    m: Numbers | float = 0.0
    v: Numbers | float = 0.0
    t: int = 0

    def stepped(self, theta: Numbers, g: Numbers, rate: float) -> Numbers:
        self.t = self.t + 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * g**2
        m_hat = self.m / (1 - self.beta1**self.t)
        v_hat = self.v / (1 - self.beta2**self.t)
        return theta - rate * (m_hat / (np.sqrt(v_hat) + self.epsilon) + self.decay * theta)


# Convolution and pooling: one picture (H, W, C), one number after the other.


def convolve(x: Numbers, W: Numbers, b: Numbers, stride: int, padding: int) -> Numbers:
    """z (P, Q, O) of a picture x (H, W, C) and weights W (k, k, C, O): Goodfellow et al. 2016, equation 9.6."""
    x = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    k, _, channels, maps = W.shape
    height, width = ((size - k) // stride + 1 for size in x.shape[:2])
    z = np.zeros((height, width, maps))
    for p, q, o in np.ndindex(z.shape):
        z[p, q, o] = b[o]
        for i, j, c in np.ndindex(k, k, channels):
            z[p, q, o] += x[stride * p + i, stride * q + j, c] * W[i, j, c, o]
    return z


def convolve_back(x: Numbers, W: Numbers, dz: Numbers, stride: int, padding: int) -> tuple[Numbers, Numbers, Numbers]:
    """The derivatives of the loss by x, W and b, from those by z: every product of the sum above, turned around."""
    padded = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    k, _, channels, _ = W.shape
    dx, dW, db = np.zeros_like(padded), np.zeros_like(W), np.zeros(W.shape[3])
    for p, q, o in np.ndindex(dz.shape):
        db[o] += dz[p, q, o]
        for i, j, c in np.ndindex(k, k, channels):
            dW[i, j, c, o] += padded[stride * p + i, stride * q + j, c] * dz[p, q, o]
            dx[stride * p + i, stride * q + j, c] += W[i, j, c, o] * dz[p, q, o]
    return dx[padding : padding + x.shape[0], padding : padding + x.shape[1]], dW, db


def pool(x: Numbers, size: int) -> Numbers:
    """The largest number of each size × size square of a picture x (H, W, C)."""
    a = np.zeros((x.shape[0] // size, x.shape[1] // size, x.shape[2]))
    for p, q, c in np.ndindex(a.shape):
        a[p, q, c] = max(x[size * p + i, size * q + j, c] for i, j in np.ndindex(size, size))
    return a


def pool_back(x: Numbers, da: Numbers, size: int) -> Numbers:
    """The derivative of the loss by x: the whole error to the first of the largest of each square."""
    dx = np.zeros_like(x)
    for p, q, c in np.ndindex(da.shape):
        square = x[size * p : size * (p + 1), size * q : size * (q + 1), c]
        i, j = np.unravel_index(np.argmax(square), square.shape)
        dx[size * p + i, size * q + j, c] = da[p, q, c]
    return dx


# Batch normalisation: rows x (M, C), one unit after the other.


def normalize(x: Numbers, gamma: Numbers, beta: Numbers, epsilon: float) -> Numbers:
    """y of a batch: Ioffe & Szegedy 2015, algorithm 1."""
    y = np.zeros_like(x)
    for c in range(x.shape[1]):
        mu = sum(x[:, c]) / len(x)
        sigma2 = sum((value - mu) ** 2 for value in x[:, c]) / len(x)
        for m, value in enumerate(x[:, c]):
            y[m, c] = gamma[c] * (value - mu) / (sigma2 + epsilon) ** 0.5 + beta[c]
    return y


def normalize_back(x: Numbers, gamma: Numbers, dy: Numbers, epsilon: float) -> tuple[Numbers, Numbers, Numbers]:
    """The derivatives of the loss by x, γ and β, from those by y: the chain rule of section 3, line by line."""
    dx, dgamma, dbeta, M = np.zeros_like(x), np.zeros_like(gamma), np.zeros_like(gamma), len(x)
    for c in range(x.shape[1]):
        centred = x[:, c] - sum(x[:, c]) / M
        sigma2 = sum(centred**2) / M + epsilon
        dx_hat = dy[:, c] * gamma[c]
        dsigma2 = sum(dx_hat * centred) * -0.5 * sigma2**-1.5
        dmu = -sum(dx_hat) / sigma2**0.5 - dsigma2 * sum(2 * centred) / M
        dx[:, c] = dx_hat / sigma2**0.5 + dsigma2 * 2 * centred / M + dmu / M
        dgamma[c] = sum(dy[:, c] * centred / sigma2**0.5)
        dbeta[c] = sum(dy[:, c])
    return dx, dgamma, dbeta


# The same as most tutorials write it: a matrix of patches, filled and emptied one place of the kernel at a time.


@dataclass
class Im2col:
    """A convolution of a batch (B, C, H, W), channels first; the slow peer of the benchmark."""

    W: Numbers  # (O, C, k, k)
    b: Numbers  # (O,)
    stride: int

    def forward(self, x: Numbers) -> Numbers:
        self.shape, k, s = x.shape, self.W.shape[2], self.stride
        self.height, self.width = ((size - k) // s + 1 for size in x.shape[2:])
        columns = np.zeros((*x.shape[:2], k, k, self.height, self.width), x.dtype)
        for i in range(k):
            for j in range(k):
                columns[:, :, i, j] = x[:, :, i : i + s * self.height : s, j : j + s * self.width : s]
        self.columns = columns.transpose(0, 4, 5, 1, 2, 3).reshape(-1, self.W[0].size)  # (BPQ, Ckk)
        z = self.columns @ self.W.reshape(len(self.W), -1).T + self.b
        return z.reshape(len(x), self.height, self.width, -1).transpose(0, 3, 1, 2)

    def backward(self, dz: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """The derivatives by x, W and b."""
        rows, k, s = dz.transpose(0, 2, 3, 1).reshape(-1, len(self.W)), self.W.shape[2], self.stride
        dW, db = (rows.T @ self.columns).reshape(self.W.shape), rows.sum(axis=0)
        dcolumns = (rows @ self.W.reshape(len(self.W), -1)).reshape(len(dz), self.height, self.width, -1, k, k)
        dx = np.zeros(self.shape, dz.dtype)
        for i in range(k):
            for j in range(k):
                part = dcolumns[..., i, j].transpose(0, 3, 1, 2)
                dx[:, :, i : i + s * self.height : s, j : j + s * self.width : s] += part
        return dx, dW, db
