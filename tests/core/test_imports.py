"""Collection is off during an import and on again after it, whatever happens."""

import gc

import pytest

from mnist_core.imports import uncollected


def fail() -> None:
    with uncollected():
        raise ImportError


def test_collection_is_off_within_and_on_after() -> None:
    with uncollected():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_an_import_that_fails_turns_collection_on_again() -> None:
    with pytest.raises(ImportError):
        fail()

    assert gc.isenabled()
