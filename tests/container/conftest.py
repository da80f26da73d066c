"""The images to look into. `nox -s docker` builds them and says with which engine; without it, tests are skipped."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from container.engines import Container, container

# Read before any test changes the environment or the folder.
_ENGINE = os.environ.get("MNIST_TEST_ENGINE", "")
_DATA_DIR = os.environ.get("MNIST_DATA_DIR")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips what is in this folder where no images were built."""
    for item in items:
        if not _ENGINE and item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.skip(reason="`nox -s docker` builds the images and runs these"))


@pytest.fixture(scope="session")
def port() -> int:
    """A port that is free on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def serving(port: int) -> Iterator[Container]:
    """A container of the image `mnist-serve`."""
    with container(_ENGINE, "mnist-serve", environment={"MNIST_SERVE_PORT": str(port)}) as made:
        yield made


@pytest.fixture(scope="session")
def training() -> Iterator[Container]:
    """A container of the image `mnist-train`, with MNIST where there is a copy of it."""
    with container(_ENGINE, "mnist-train", data=Path(_DATA_DIR).absolute() if _DATA_DIR else None) as made:
        yield made
