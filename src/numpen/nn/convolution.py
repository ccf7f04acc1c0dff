"""Layers that keep a picture a picture: Convolution and MaxPooling, and the ways in and out of them.

Pictures are (B, H, W, C): B of them, H rows, W columns, C numbers at every place, which lie next to each
other in memory (channels last). A convolution then is one matrix product: every place of its answer looks
at a patch of k×k places, and the patches, gathered into the rows of a matrix, meet the weights as they
would in a Dense layer.

The way back scatters the patches' errors over the picture they were taken from, where they overlap. It takes
as many columns of the kernel at a time as neighbouring patches are apart: such parts of them touch and do not
overlap, so that a row of the picture takes them as one long run.
"""

import operator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from numpen.errors import NetworkError
from numpen.nn.arrays import Array, Shape, zeros
from numpen.nn.initializers import Initializer
from numpen.nn.layers import Layer

IN_CACHE = 131_072  # numbers that are scattered at a time: 512 kB, which stay in a processor's second cache


class Unflatten(Layer):
    """Makes a picture (height, width, channels) of a row of numbers; nothing moves in memory."""

    name = "unflatten"
    passes_on = True
    settings = ("height", "width", "channels")

    def __init__(self, height: int, width: int, channels: int = 1) -> None:
        self.height, self.width, self.channels = (operator.index(size) for size in (height, width, channels))
        if min(self.height, self.width, self.channels) < 1:
            raise NetworkError(f"expected a picture of at least 1x1x1, got {height}x{width}x{channels}")
        self.inputs = self.height * self.width * self.channels

    def shape_after(self, shape: Shape) -> Shape:
        if shape != (self.inputs,):
            raise NetworkError(f"expected {self.inputs} numbers to make a picture of, got {shape}")
        return (self.height, self.width, self.channels)

    def forward(self, x: Array) -> Array:
        return x.reshape(-1, self.height, self.width, self.channels)

    def backward(self, dout: Array) -> Array:
        return dout.reshape(-1, self.inputs)


class Flatten(Layer):
    """Makes a row of numbers of a picture; nothing moves in memory."""

    name = "flatten"
    passes_on = True

    def shape_after(self, shape: Shape) -> Shape:
        return (int(np.prod(shape)),)

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        self.shape = shape

    def forward(self, x: Array) -> Array:
        return x.reshape(len(x), -1)

    def backward(self, dout: Array) -> Array:
        return dout.reshape(-1, *self.shape)


class Convolution(Layer):
    """z[p, q] = Σᵢⱼ x[sp + i, sq + j] W[i, j] + b, at every place (p, q): the same weights everywhere.

    x is (B, H, W, C), W (k, k, C, O), b (O,), z (B, P, Q, O), with P = ⌊(H + 2 padding - k) / stride⌋ + 1.
    (The cross-correlation that all libraries call convolution; Goodfellow et al. 2016, equation 9.6.)
    """

    name = "convolution"
    settings = ("channels", "maps", "kernel", "stride", "padding")

    def __init__(self, channels: int, maps: int, kernel: int, stride: int = 1, padding: int = 0) -> None:
        sizes = tuple(operator.index(size) for size in (channels, maps, kernel, stride, padding))
        self.channels, self.maps, self.kernel, self.stride, self.padding = sizes
        if min(sizes[:4]) < 1 or not 0 <= self.padding < self.kernel:
            raise NetworkError(
                "expected a convolution of at least 1 channel, map, pixel and stride, padded by less than its kernel, "
                f"got {channels} channels, {maps} maps, kernel {kernel}, stride {stride}, padding {padding}"
            )
        self.n_weights, self.n_biases = self.kernel**2 * self.channels * self.maps, self.maps

    def shape_after(self, shape: Shape) -> Shape:
        if len(shape) != 3 or shape[2] != self.channels or min(shape[:2]) + 2 * self.padding < self.kernel:
            k, c = self.kernel, self.channels
            raise NetworkError(f"expected pictures of {c} channels, at least {k}x{k}, for a convolution, got {shape}")
        height, width = ((size + 2 * self.padding - self.kernel) // self.stride + 1 for size in shape[:2])
        return (height, width, self.maps)

    def place(self, weights: Array, biases: Array) -> None:
        self.W, self.dW = weights.reshape(2, self.kernel**2 * self.channels, self.maps)  # (kkC, O)
        self.b, self.db = biases  # (O,)

    def initialize(self, weights: Initializer, biases: Initializer, rng: "np.random.Generator") -> None:
        seen = self.kernel**2
        weights.fill(self.W, seen * self.channels, seen * self.maps, rng)
        biases.fill(self.b, seen * self.channels, seen * self.maps, rng)

    def tensors(self) -> dict[str, Array]:
        return {"W": self.W.reshape(self.kernel, self.kernel, self.channels, self.maps), "b": self.b}

    def numbers(self, shape: Shape) -> int:
        places = int(np.prod(self.shape_after(shape)[:2]))
        return places * (self.maps + self.kernel**2 * self.channels) + 2 * int(np.prod(shape))

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        (height, width, _), k, c, edge = shape, self.kernel, self.channels, 2 * self.padding
        self.places = self.shape_after(shape)[:2]  # P, Q
        self.z = zeros((batch, *self.places, self.maps), dtype)  # (B, P, Q, O)
        if c == 1:  # a patch's rows of k numbers are short: rows of the places, Q long, are gathered in half the time
            self.patches = zeros((k, k, batch, *self.places), dtype).transpose(2, 3, 4, 0, 1)  # (B, P, Q, k, kC)
        else:
            self.patches = zeros((batch, *self.places, k, k * c), dtype)  # (B, P, Q, k, kC)
        self.ones = zeros((self.z.size // self.maps,), dtype)  # (BPQ,)
        self.ones += 1
        if self.padding:
            self.padded = zeros((batch, height + edge, width + edge, c), dtype)  # (B, H, W, C), its edge stays zero
        if not first:
            self.dx = zeros((batch, height + edge, width + edge, c), dtype)  # (B, H, W, C) and its edge
            run = self.places[0] * self.places[1] * min(self.stride, k) * c
            self.dpatches = zeros((max(1, min(batch, IN_CACHE // run)), run), dtype)  # (some of B, PQ stride C)
            self.inside = zeros((batch if self.padding else 0, *shape), dtype)  # (B, H, W, C)

    def forward(self, x: Array) -> Array:
        # z = patches W + b
        patches = self.patches[: len(x)]
        np.copyto(patches, self._windows(self._framed(x)))
        z = self.z[: len(x)]
        np.matmul(patches.reshape(-1, len(self.W)), self.W, out=z.reshape(-1, self.maps))
        z += self.b
        return z

    def learn(self, dout: Array) -> None:
        # dW = patchesᵀ dz,  db = 1ᵀ dz, the sum over the places of all pictures
        dz = dout.reshape(-1, self.maps)
        np.matmul(self.patches[: len(dout)].reshape(-1, len(self.W)).T, dz, out=self.dW)
        np.matmul(self.ones[: len(dz)], dz, out=self.db)

    def backward(self, dout: Array) -> Array:
        dx, together = self.dx[: len(dout)], len(self.dpatches)
        dx.fill(0)
        for start in range(0, len(dout), together):
            part = slice(start, start + together)
            self._scatter(dout[part].reshape(-1, self.maps), dx[part])
        if not self.padding:
            return dx
        inside, edge = self.inside[: len(dout)], self.padding
        np.copyto(inside, dx[:, edge:-edge, edge:-edge])
        return inside

    def _scatter(self, dz: Array, dx: Array) -> None:
        """Add to dx (B, H, W, C) what dz (BPQ, O) says of every place of the kernel."""
        k, s, c = self.kernel, self.stride, self.channels
        W, whole = self.W.reshape(k, k * c, self.maps), k - k % s
        columns = [(j, s) for j in range(0, whole, s)] + [(j, 1) for j in range(whole, k)]
        for i in range(k):
            for j, n in columns:
                # dpatches = dz Wᵀ, and a pixel's error is the sum over the patches that it is in
                dpatches = self.dpatches.reshape(-1)[: len(dz) * n * c].reshape(-1, n * c)
                np.matmul(dz, W[i, c * j : c * (j + n)].T, out=dpatches)
                there = self._places_of(dx, i, j, n)
                there += dpatches.reshape(there.shape)

    def _places_of(self, dx: Array, i: int, j: int, columns: int) -> Array:
        """Where all patches have row i and columns j, j + 1, ... of the kernel: (B, P, Q stride C) or (B, P, Q, C)."""
        (p, q), s, c = self.places, self.stride, self.channels
        rows = slice(i, i + s * p, s)
        if columns == s:  # they touch
            return dx.reshape(*dx.shape[:2], -1)[:, rows, c * j : c * (j + s * q)]
        return dx[:, rows, j : j + s * q : s]

    def _framed(self, x: Array) -> Array:
        """The pictures with their edge of zeros, if they have one."""
        if not self.padding:
            return x
        padded, edge = self.padded[: len(x)], self.padding
        padded[:, edge:-edge, edge:-edge] = x
        return padded

    def _windows(self, x: Array) -> Array:
        """The patches of x as a view, (B, P, Q, k, kC): k rows of kC numbers, which lie next to each other."""
        picture, row, column, number = x.strides
        s, k = self.stride, self.kernel
        return as_strided(
            x,
            (len(x), *self.places, k, k * self.channels),
            (picture, s * row, s * column, row, number),
            writeable=False,
        )


class MaxPooling(Layer):
    """a[p, q] = the largest x among the size × size places at (size p, size q), for each channel by itself."""

    name = "max-pooling"
    settings = ("size",)
    answer_is_needed = True

    def __init__(self, size: int = 2) -> None:
        self.size = operator.index(size)
        if self.size < 1:
            raise NetworkError(f"expected pooling over at least 1 pixel, got {size}")

    def shape_after(self, shape: Shape) -> Shape:
        if len(shape) != 3 or min(shape[:2]) < self.size:
            raise NetworkError(f"expected pictures of at least {self.size}x{self.size} to pool, got {shape}")
        return (shape[0] // self.size, shape[1] // self.size, shape[2])

    def numbers(self, shape: Shape) -> int:
        return 2 * int(np.prod(shape))

    def bind(self, batch: int, shape: Shape, dtype: np.dtype[Any], *, first: bool) -> None:
        after = self.shape_after(shape)
        self.a = zeros((batch, *after), dtype)  # (B, P, Q, C)
        self.mask = zeros((batch, *after), dtype)  # (B, P, Q, C)
        self.dx = zeros((batch, *shape), dtype)  # (B, H, W, C); what no window covers stays zero

    def forward(self, x: Array) -> Array:
        self.x, a = x, self.a[: len(x)]
        np.copyto(a, self._offset(x, 0, 0))
        for offset in self._offsets()[1:]:
            np.maximum(a, self._offset(x, *offset), out=a)
        return a

    def backward(self, dout: Array) -> Array:
        # the first of the largest takes the whole error, and nothing is left for its equals
        n = len(dout)
        mask, a = self.mask[:n], self.a[:n]
        for offset in self._offsets():
            share = self._offset(self.dx[:n], *offset)
            np.equal(self._offset(self.x, *offset), a, out=mask)
            np.multiply(dout, mask, out=share)
            np.subtract(1, mask, out=mask)
            dout *= mask
        return self.dx[:n]

    def _offsets(self) -> list[tuple[int, int]]:
        return [(i, j) for i in range(self.size) for j in range(self.size)]

    def _offset(self, x: Array, i: int, j: int) -> Array:
        """One of the size × size places of every window, (B, P, Q, C)."""
        s, (_, height, width, _) = self.size, self.a.shape
        return x[:, i : i + s * height : s, j : j + s * width : s]
