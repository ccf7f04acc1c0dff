"""From files of another program to a Model that answers as that program did, with a card that says how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.errors import ModelFileError
from numpen.models.foreign.conventions import (
    CHOICES,
    Convention,
    Trial,
    best_of,
    candidates,
    trials,
    ways_round,
    with_output,
)
from numpen.models.foreign.naming import Parameters
from numpen.models.foreign.sources import read_parameters
from numpen.models.model import Model
from numpen.nn.layers import Dense, Layer
from numpen.nn.network import LAYERS, Network
from numpen.version import __version__

SAMPLE = 2_000  # training pictures that a convention is tried on
ACTIVATIONS = (*CHOICES["activation"], "leaky-relu")
CHANCE = 0.25  # random weights reach 0.19 with the luckiest of all conventions


@dataclass(frozen=True)
class Finding:
    """One part of the convention, how it is known, and how sure that is."""

    part: str  # a field of Convention
    value: Any
    sure: str  # "given", "said by the file", "by the shapes", "certain", "likely", "a guess", "makes no difference"
    reason: str = ""  # what the next best would have done


@dataclass(frozen=True, eq=False)
class Imported:
    """A model made of another program's weights, and what was found out on the way."""

    model: Model
    findings: tuple[Finding, ...]
    accuracy: float  # on the sample of training pictures
    count: int
    aside: tuple[str, ...]  # arrays in the files that were not used


def import_weights(paths: list[Path], training: Dataset, **given: Any) -> Imported:
    """A model of the weights in these files; parts of the Convention that are not given are found.

    They are found on a sample of the training pictures. Raises ModelFileError for files that are no network,
    and where something was to be found and no convention does better than chance.
    """
    parameters, checksums = read_parameters(paths)
    given = {key: value for key, value in given.items() if value is not None}
    known = _checked(parameters.said | given)
    sample = training.take(np.linspace(0, len(training) - 1, min(SAMPLE, len(training))).astype(int))
    pixels = sample.images.reshape(len(sample), -1).astype(np.float32)
    tried = list(trials(parameters, candidates(parameters, known), pixels, sample.labels))
    best = best_of(tried)
    convention = with_output(best, known)
    findings = tuple(_finding(part, convention, best, tried, parameters, given) for part in CHOICES)
    found = [each for each in findings if each.sure in ("certain", "likely", "a guess")]
    if found and best.accuracy < CHANCE:
        raise ModelFileError(
            f"expected a network that reads digits, got {best.accuracy:.1%} right of {len(sample):,} training pictures"
            f" with the best of {len(tried)} conventions, no better than chance: are the files in order?"
        )
    model = Model(_network(parameters, convention), convention.pixel_divisor)
    model.card |= _card(checksums, parameters, findings, best, sample)
    return Imported(model, findings, best.accuracy, len(sample), parameters.aside)


def _checked(known: dict[str, Any]) -> dict[str, Any]:
    """The same; raises ModelFileError for a word or a divisor that no convention has."""
    for part, value in known.items():
        if part == "pixel_divisor":
            if not 0 < value <= 1e6:
                raise ModelFileError(f"expected pixels divided by a number above 0, got {value}")
        elif value not in (choices := ACTIVATIONS if part == "activation" else CHOICES[part]):
            raise ModelFileError(f"expected {part} to be one of {', '.join(choices)}, got {value!s:.40}")
    return known


def _finding(
    part: str, convention: Convention, best: Trial, tried: list[Trial], parameters: Parameters, given: dict[str, Any]
) -> Finding:
    value = getattr(convention, part)
    if part in given:
        return Finding(part, value, "given")
    if part in parameters.said:
        return Finding(part, value, "said by the file")
    if part == "output":
        return _output_finding(value, best)
    others = [trial for trial in tried if getattr(trial.convention, part) != value]
    if not others:
        return Finding(part, value, "by the shapes" if part == "matrices" else "makes no difference")
    other = best_of(others)
    reason = (
        f"{best.accuracy:.2%} right, {other.accuracy:.2%} if {getattr(other.convention, part)}"
        f"; mean loss {best.loss:.4f}, {other.loss:.4f}"
    )
    if not other.is_no_worse_than(best, errors=4):
        return Finding(part, value, "certain", reason)
    return Finding(part, value, "a guess" if other.loss < 1.02 * best.loss else "likely", reason)


def _output_finding(value: str, best: Trial) -> Finding:
    reason = f"as sigmoids, the ten answers would add up to {best.sigmoid_sum:.2f}; the digit is the same"
    far = not 0.25 < best.sigmoid_sum < 2.5
    return Finding("output", value, "likely" if far or 0.8 < best.sigmoid_sum < 1.25 else "a guess", reason)


def _network(parameters: Parameters, convention: Convention) -> Network:
    """The network with the weights in it: transposed and negated exactly, rounded to float32."""
    matrices = ways_round(parameters)[convention.matrices]
    layers: list[Layer] = []
    for W in matrices:
        layers += [Dense(*W.shape), LAYERS[convention.activation]()]
    network = Network([*layers[:-1], LAYERS[convention.output]()])
    sign = 1 if convention.biases == "added" else -1
    dense = [layer for layer in network.layers if isinstance(layer, Dense)]
    for layer, W in zip(dense, matrices, strict=True):
        layer.W[...] = W
    for layer, b in zip(dense, parameters.biases.values(), strict=bool(parameters.biases)):
        layer.b[...] = sign * b
    return network


def _card(
    checksums: dict[str, str], parameters: Parameters, findings: tuple[Finding, ...], best: Trial, sample: Dataset
) -> dict[str, Any]:
    return {
        "imported": {
            "files": checksums,
            "weights": list(parameters.weights),
            "biases": list(parameters.biases),
            "convention": {each.part: each.value for each in findings},
            "known": {each.part: each.sure for each in findings},
            "tried_on": {"source": sample.source, "count": len(sample), "accuracy": best.accuracy},
        },
        "versions": {"numpen": __version__, "numpy": np.__version__},
    }
