"""Dataset: labelled pictures of digits, and how they are dealt out."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numpen.digits import mapped
from numpen.errors import DataError


@dataclass(frozen=True, eq=False)
class Dataset:
    """N labelled pictures: ink 0 (none) to 255 (full) on 28x28 pixels, as MNIST has them."""

    images: NDArray[np.uint8]  # (N, 28, 28)
    labels: NDArray[np.uint8]  # (N,), 0 to 9
    writers: NDArray[np.int32] | None = None  # (N,), who wrote it
    source: str = ""
    found: str = ""  # what the source was recognised as

    def __post_init__(self) -> None:
        """Refuse what is not a dataset; raises DataError."""
        if self.images.ndim != 3 or self.images.shape[1:] != (28, 28) or self.images.dtype != np.uint8:
            raise DataError(f"expected images (N, 28, 28) of uint8, got {self.images.shape} of {self.images.dtype}")
        if self.labels.shape != (len(self.images),) or self.labels.dtype != np.uint8:
            raise DataError(
                f"expected {len(self.images)} labels of uint8, got {self.labels.shape} of {self.labels.dtype}"
            )
        if len(self.labels) == 0:
            raise DataError(f"expected at least one picture in {self.source or 'the dataset'}, got none")
        if self.labels.max() > 9:
            raise DataError(f"expected labels from 0 to 9 in {self.source or 'the dataset'}, got {self.labels.max()}")
        if self.writers is not None and self.writers.shape != self.labels.shape:
            raise DataError(f"expected {len(self.labels)} writers, got {self.writers.shape}")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def checksum(self) -> str:
        """SHA-256 of the images and labels, in hexadecimal: the same data in another file has the same."""
        digest = hashlib.sha256()
        for some in mapped.pieces(self.images):
            digest.update(np.ascontiguousarray(some).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    def counts(self) -> NDArray[np.int64]:
        """How many pictures there are of each digit (10,)."""
        return np.bincount(self.labels, minlength=10)

    def take(self, rows: NDArray[Any] | slice) -> "Dataset":
        """The pictures of these rows, in this order; a slice is a view, not a copy."""
        writers = None if self.writers is None else self.writers[rows]
        return replace(self, images=self.images[rows], labels=self.labels[rows], writers=writers)

    def split(self, held_out: int, by: str = "random", seed: int = 0) -> tuple["Dataset", "Dataset"]:
        """Two datasets: the rest, and what `rows_to_hold_out` has chosen; both keep the order of the rows."""
        is_out = np.zeros(len(self), bool)
        is_out[self.rows_to_hold_out(held_out, by, seed)] = True
        rest, out = np.flatnonzero(~is_out), np.flatnonzero(is_out)
        if mapped.map_of(self.images):
            images = mapped.on_disk(mapped.pieces(self.images, rest))
            writers = None if self.writers is None else self.writers[rest]
            return replace(self, images=images, labels=self.labels[rest], writers=writers), self.take(out)
        return self.take(rest), self.take(out)

    def rows_to_hold_out(self, held_out: int, by: str = "random", seed: int = 0) -> NDArray[np.int64]:
        """About `held_out` rows that training shall not see.

        "random" deals rows, "stratified" keeps the share of each digit, and "writers" deals whole writers,
        so that nobody's hand is on both sides (their number of pictures is then met as nearly as may be).
        Raises DataError if either side would be empty, or for another word.
        """
        if not 0 < held_out < len(self):
            raise DataError(f"expected between 1 and {len(self) - 1} pictures to hold out, got {held_out}")
        rng = np.random.default_rng(seed)
        if by == "random":
            out = rng.permutation(len(self))[:held_out]
        elif by == "stratified":
            out = self._stratified_rows(held_out, rng)
        elif by == "writers":
            out = self._rows_of_writers(held_out, rng)
        else:
            raise DataError(f"expected a split (random, stratified or writers), got {by}")
        if not 0 < len(out) < len(self):
            raise DataError(f"expected writers enough for two sides, got {len(out)} of {len(self)} pictures in one")
        return out

    def _stratified_rows(self, held_out: int, rng: np.random.Generator) -> NDArray[np.int64]:
        # every row gets its place among the shuffled rows of its digit, from 0 to 1; the first places go out
        order = rng.permutation(len(self))
        place = np.empty(len(self))
        for digit in range(10):
            rows = order[self.labels[order] == digit]
            place[rows] = (np.arange(len(rows)) + 0.5) / max(len(rows), 1)
        return np.argsort(place, kind="stable")[:held_out]

    def _rows_of_writers(self, held_out: int, rng: np.random.Generator) -> NDArray[np.int64]:
        if self.writers is None:
            raise DataError(f"expected a dataset that knows its writers, got {self.source or 'one that does not'}")
        names, writer_of_row, sizes = np.unique(self.writers, return_inverse=True, return_counts=True)
        order = rng.permutation(len(names))
        n_out = int(np.argmin(np.abs(np.cumsum(sizes[order]) - held_out))) + 1
        return np.flatnonzero(np.isin(writer_of_row, order[:n_out]))
