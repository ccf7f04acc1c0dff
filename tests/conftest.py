"""What several tests share: MNIST, read once, and a Hypothesis that tries the same examples every time."""

import os
from collections.abc import Iterator

# One thread for the matrix products, said before NumPy is loaded. Two that have to share a core with somebody
# else wait for each other most of the time: training then takes ten times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import settings

from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from tests.workers.crews import dask_cluster

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a real Dask cluster of two workers."""
    with dask_cluster() as address:
        yield address


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    return load_mnist("train")


@pytest.fixture(scope="session")
def mnist_test() -> Dataset:
    return load_mnist("test")


@pytest.fixture(scope="session")
def few(mnist: Dataset) -> Dataset:
    """A thousand pictures of MNIST, by all kinds of writers."""
    return mnist.take(np.arange(0, 60_000, 60))
