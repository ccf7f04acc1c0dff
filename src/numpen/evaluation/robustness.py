"""Robustness: how a model's accuracy falls as pictures are turned, moved, smeared and spoilt, by exact strengths."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.evaluation.corruptions import CORRUPTIONS, Images, corrupt
from numpen.evaluation.metrics import Predictor
from numpen.evaluation.warping import size, turn, warp
from numpen.nn.arrays import Array

Ink: TypeAlias = Array  # (N, 28, 28), 0 to 1


@dataclass(frozen=True)
class Distortion:
    """One way to distort every picture alike, and how strongly; at the first strength not at all."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    distort: Callable[[Ink, float], Ink]


@dataclass(frozen=True)
class Curve:
    """Accuracy, 0 to 1, over the strength of a distortion."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    accuracies: tuple[float, ...]


@dataclass(frozen=True)
class Robustness:
    """What a model reads right of pictures that are not as they should be."""

    accuracy: float  # of the pictures as they are
    curves: tuple[Curve, ...]
    corruptions: Mapping[str, float]  # the accuracy after each of MNIST-C's

    @property
    def mean_corrupted(self) -> float:
        """The mean of the accuracies after the corruptions."""
        return float(np.mean(list(self.corruptions.values())))

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain numbers, as `numpen evaluate --robustness --json` prints it."""
        curves = [
            {
                "name": curve.name,
                "unit": curve.unit,
                "points": [
                    {"strength": strength, "accuracy": accuracy}
                    for strength, accuracy in zip(curve.strengths, curve.accuracies, strict=True)
                ],
            }
            for curve in self.curves
        ]
        corruptions = [{"name": name, "accuracy": accuracy} for name, accuracy in self.corruptions.items()]
        return {
            "accuracy": self.accuracy,
            "curves": curves,
            "corruptions": corruptions,
            "mean_corrupted": self.mean_corrupted,
        }


def robustness(model: Predictor, dataset: Dataset, listener: Callable[[str], None] | None = None) -> Robustness:
    """Ask the model about every picture of the dataset, distorted and corrupted in every way.

    What is random is the same every time, so that models can be compared. The listener hears the name of each
    distortion and corruption before its turn.
    """
    curves, corruptions = [], {}
    for distortion in DISTORTIONS:
        if listener:
            listener(distortion.name)
        curves.append(curve(model, dataset, distortion))
    for name in CORRUPTIONS:
        if listener:
            listener(name)
        corruptions[name] = accuracy(model, corrupt(dataset.images, name), dataset.labels)
    return Robustness(accuracy(model, dataset.images, dataset.labels), tuple(curves), corruptions)


def curve(model: Predictor, dataset: Dataset, distortion: Distortion) -> Curve:
    """The model's accuracy at each strength of one distortion."""
    accuracies = tuple(accuracy(model, images, dataset.labels) for images in distorted(dataset.images, distortion))
    return Curve(distortion.name, distortion.unit, distortion.strengths, accuracies)


def distorted(images: Images, distortion: Distortion) -> Iterator[Images]:
    """The images (N, 28, 28) at each strength, the first as they are."""
    ink = images.astype(np.float32) / 255
    for strength in distortion.strengths:
        yield np.rint(np.clip(distortion.distort(ink, strength), 0, 1) * 255).astype(np.uint8)


def accuracy(model: Predictor, images: Images, labels: NDArray[np.uint8]) -> float:
    """The share of right answers."""
    return float(np.mean(model.predict(images) == labels))


def _rotated(ink: Ink, degrees: float) -> Ink:
    """Every other picture to the left, the others to the right."""
    return _dealt(ink, [partial(warp, map_=turn(side * np.radians(degrees))) for side in (1, -1)])


def _shifted(ink: Ink, pixels: float) -> Ink:
    """Down, right, up, left, down, ..."""
    ways = [(pixels, 0.0), (0.0, pixels), (-pixels, 0.0), (0.0, -pixels)]
    return _dealt(ink, [partial(warp, map_=np.eye(2), shift=way) for way in ways])


def _dealt(ink: Ink, ways: list[Callable[[Ink], Ink]]) -> Ink:
    """The pictures in turn in one of these ways."""
    out = np.empty_like(ink)
    for i, way in enumerate(ways):
        out[i :: len(ways)] = way(ink[i :: len(ways)])
    return out


def _scaled(ink: Ink, factor: float) -> Ink:
    return warp(ink, size(factor))


def _thickened(ink: Ink, pixels: float) -> Ink:
    """Strokes that have grown at each side; every pixel takes the most of its own and its neighbours' ink."""
    return _grown(ink, pixels, np.maximum)


def _thinned(ink: Ink, pixels: float) -> Ink:
    return _grown(ink, pixels, np.minimum)


def _grown(ink: Ink, pixels: float, extreme: "np.ufunc") -> Ink:
    """A part of a pixel is a part of the way to the next whole one."""
    whole, part = divmod(pixels, 1)
    for share in [1.0] * int(whole) + [part] * (part > 0):
        wide = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
        near = extreme.reduce([ink, wide[:, 2:, 1:-1], wide[:, :-2, 1:-1], wide[:, 1:-1, 2:], wide[:, 1:-1, :-2]])
        ink = ink + np.float32(share) * (near - ink)
    return ink


def _noised(ink: Ink, deviation: float) -> Ink:
    """Gaussian noise, the same at every strength but for its size."""
    return ink + np.float32(deviation) * np.random.default_rng(0).standard_normal(ink.shape, np.float32)


def _blurred(ink: Ink, sigma: float) -> Ink:
    from scipy import ndimage

    blurred: Ink = ndimage.gaussian_filter(ink, (0, sigma, sigma), mode="constant")
    return blurred


def _paled(ink: Ink, factor: float) -> Ink:
    """Ink and paper that have come closer to their mean (Hendrycks & Dietterich 2019)."""
    mean = ink.mean(axis=(1, 2), keepdims=True)
    paled: Ink = (ink - mean) * np.float32(factor) + mean
    return paled


DISTORTIONS = (
    Distortion("rotation", "degrees", (0, 10, 20, 30, 45, 60), _rotated),
    Distortion("shift", "pixels", (0, 1, 2, 3, 4, 6), _shifted),
    Distortion("smaller", "times", (1, 0.9, 0.8, 0.7, 0.6, 0.5), _scaled),
    Distortion("larger", "times", (1, 1.1, 1.2, 1.3, 1.4), _scaled),
    Distortion("thicker", "pixels", (0, 0.5, 1, 1.5, 2), _thickened),
    Distortion("thinner", "pixels", (0, 0.25, 0.5, 0.75, 1), _thinned),
    Distortion("noise", "of ink", (0, 0.1, 0.2, 0.3, 0.4, 0.6), _noised),
    Distortion("blur", "pixels", (0, 0.5, 1, 1.5, 2, 3), _blurred),
    Distortion("contrast", "times", (1, 0.8, 0.6, 0.4, 0.2, 0.1), _paled),
)
