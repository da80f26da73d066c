"""The way from a picture to a model's input."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mnist_core import datasets
from mnist_core.images import to_mnist

pictures = hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60)))


@given(picture=pictures)
@example(picture=np.diag(np.array([1] + [0] * 58 + [1], np.uint8)))  # too faint and thin to survive
@settings(deadline=None)
def test_every_picture_becomes_28x28(picture: np.ndarray) -> None:
    """The result is uint8 (28, 28) whatever comes, a picture of one row or of none but black included."""
    image = to_mnist(picture)

    assert image.shape == (28, 28)
    assert image.dtype == np.uint8


@given(top=st.integers(0, 30), left=st.integers(0, 30))
@settings(deadline=None)
def test_the_place_of_the_ink_does_not_matter(top: int, left: int) -> None:
    digit = datasets.load("digits", "test").images[0]
    sheet = np.zeros((58, 58), np.uint8)
    sheet[top : top + 28, left : left + 28] = digit

    np.testing.assert_array_equal(to_mnist(sheet), to_mnist(digit))


def test_the_ink_fills_a_box_of_20_and_is_centred_by_mass() -> None:
    picture = np.zeros((100, 100), np.uint8)
    picture[10:60, 20:30] = 255  # an upright stroke
    picture[55:60, 20:45] = 255  # with a foot to the right

    image = to_mnist(picture).astype(float)

    rows = np.flatnonzero(image.any(axis=1))
    assert rows[-1] - rows[0] + 1 == 20
    for axis in (0, 1):
        centre = np.average(np.arange(28) + 0.5, weights=image.sum(axis=axis))
        assert centre == pytest.approx(14, abs=0.51)


def test_a_blank_picture_stays_blank() -> None:
    assert not to_mnist(np.zeros((40, 40), np.uint8)).any()
