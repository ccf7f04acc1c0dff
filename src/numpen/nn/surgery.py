"""Small operations on a trained network: a unit is switched off, or its bias is set, to see what it was good for.

A unit is a column of a Dense layer's W, or a map of a Convolution; `number` counts the layers that answer, from 0.
"""

from numpen.errors import NetworkError
from numpen.nn.layers import Layer
from numpen.nn.network import Network

NEVER = -100.0  # the score of an answer that is never given: e⁻¹⁰⁰ is nothing beside the others


def units_of(network: Network, number: int) -> int:
    """How many units or maps a layer with weights has; raises NetworkError for any other layer."""
    return int(_learning(network, number).tensors()["b"].size)


def set_bias(network: Network, number: int, unit: int, value: float) -> None:
    """b[unit] = value. Raises NetworkError for a unit that there is not."""
    _learning(network, number, unit).tensors()["b"][unit] = value


def switch_off(network: Network, number: int, unit: int) -> None:
    """Cut a unit's links: those that enter it, its bias, and those that leave it, so that nothing hears of it.

    Of a unit of the last layer, which is an answer, the score falls so low that it is never given. Raises
    NetworkError for a unit that there is not, or whose leaving links cannot be told from others.
    """
    own = _learning(network, number, unit).tensors()
    above = next((layer for layer in network.answering[number + 1 :] if layer.n_weights), None)
    if above is not None:
        W = above.tensors()["W"]  # (I, O) or (k, k, C, O): what comes in is the last axis but one
        units = own["b"].size
        if W.shape[-2] % units:  # a row of numbers that is made a picture again
            raise NetworkError(f"expected a layer above with inputs for each of {units} units, got {W.shape[-2]}")
        W[..., unit::units, :] = 0  # of a map, every place: channels lie next to each other
    own["W"][..., unit] = 0
    own["b"][unit] = 0 if above is not None else NEVER


def _learning(network: Network, number: int, unit: int = 0) -> Layer:
    layers = network.answering
    if not (0 <= number < len(layers) and layers[number].n_weights):
        raise NetworkError(f"expected the number of a layer with weights, got {number}")
    units = layers[number].n_biases
    if not 0 <= unit < units:
        raise NetworkError(f"expected a unit from 0 to {units - 1}, got {unit}")
    return layers[number]
