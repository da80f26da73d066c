"""What the tests of serving share: a running server, and pictures to send."""

import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from mnist_core import datasets
from serve.running import Server, running
from support import png

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked, and this system can't")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with two workers and its defaults otherwise."""
    with running("--workers", "2") as started:
        yield started


@pytest.fixture(scope="session")
def digits() -> npt.NDArray[np.uint8]:
    """Ten images of the embedded digits, 0 to 9: uint8 (10, 28, 28)."""
    data = datasets.load("digits", "test")
    return np.stack([data.images[data.labels == digit][0] for digit in range(10)])


@pytest.fixture(scope="session")
def pictures(digits: npt.NDArray[np.uint8]) -> list[bytes]:
    """The same ten as PNG files."""
    return [png(image) for image in digits]


@pytest.fixture(scope="session")
def two_digits(digits: npt.NDArray[np.uint8]) -> bytes:
    """A PNG file of two digits side by side."""
    return png(np.pad(np.hstack([digits[2], digits[3]]), 20))
