"""What the tests of training share: processes that need not import torch."""

import multiprocessing
import sys
from multiprocessing.context import ForkServerContext

import pytest


@pytest.fixture(scope="session")
def torch_ready() -> ForkServerContext:
    """Starts processes that have torch imported, so that to begin a training takes no time."""
    if sys.platform == "win32":
        pytest.skip("Windows can't fork processes that have torch imported")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mnist_train.run", "train.children"])
    return context
