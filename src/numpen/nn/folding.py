"""Batch normalisation folded into the weights below it: the same answers, by a network that need not know of it.

An answer multiplies every unit by a number and adds one, which the weights below can do as well:
(xW + b) s + t = x(Ws) + (bs + t).
"""

from itertools import pairwise

import numpy as np

from numpen.errors import NetworkError
from numpen.nn.network import Network, layers_from
from numpen.nn.normalization import BatchNormalization


def folded(network: Network) -> Network:
    """A network without batch normalisation that answers as this one does; this one itself if it has none.

    Raises NetworkError for batch normalisation that does not stand right behind a layer with weights, and for one whose
    variances no batch has.
    """
    layers = [layer for layer in network.layers if not isinstance(layer, BatchNormalization)]
    if len(layers) == len(network.layers):
        return network
    for below, layer in pairwise((None, *network.layers)):
        if isinstance(layer, BatchNormalization) and not (below and below.n_weights):
            got = below.name if below else "the pixels"
            raise NetworkError(f"expected batch normalisation behind a layer with weights to fold it into, got {got}")
    plain = Network(layers_from(layer.spec() for layer in layers), network.batch, network.theta.dtype)
    fold(network, plain)
    if np.isfinite(network.theta).all() and not np.isfinite(plain.theta).all():
        raise NetworkError("expected batch normalisation by variances of at least 0, got others or numbers too large")
    return plain


def fold(network: Network, plain: Network) -> None:
    """Write the weights of a network into `plain`, which `folded` has made of it."""
    to = (layer.tensors() for layer in plain.layers if layer.n_weights)
    for layer, behind in pairwise((*network.layers, None)):
        if layer is not None and layer.n_weights:
            own, into = layer.tensors(), next(to)
            for symbol, array in into.items():
                np.copyto(array, own[symbol])
            if isinstance(behind, BatchNormalization):
                with np.errstate(all="ignore"):  # what overflows shows in the weights
                    scale, shift = behind.as_scale_and_shift()
                    into["W"] *= scale
                    into["b"] *= scale
                    into["b"] += shift
