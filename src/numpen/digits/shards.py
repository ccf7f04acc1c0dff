"""A dataset in many files, of which one at a time has to fit into memory."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from numpen.digits import mapped
from numpen.digits.dataset import Dataset

Labels = NDArray[np.uint8]  # (N,)
Writers = NDArray[np.int32]  # (N,)


def joined(shards: Iterable[Dataset]) -> Dataset:
    """One dataset of many, in their order; its pictures lie on the disk. Writers are kept if every shard knows them.

    Raises DataError if there is no room, and whatever reading a shard raises.
    """
    rest = list[tuple[Labels, Writers | None, str]]()
    images = mapped.on_disk(_images(shards, rest))
    labels, writers, found = zip(*rest, strict=True)
    known = [each for each in writers if each is not None]
    return Dataset(
        images,
        np.concatenate(labels),
        np.concatenate(known) if len(known) == len(rest) else None,
        found=f"{len(rest)} files, the first of them {found[0]}",
    )


def _images(shards: Iterable[Dataset], rest: list[tuple[Labels, Writers | None, str]]) -> Iterator[mapped.Images]:
    """The pictures of each shard; what else it holds goes to `rest`."""
    for shard in shards:
        yield shard.images
        rest.append((shard.labels, shard.writers, shard.found))
