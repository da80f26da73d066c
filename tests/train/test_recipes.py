"""The learning rate's course, and how often small datasets are gone through."""

import itertools

import pytest

from mnist_train.recipes import RECIPES

simple = RECIPES["simple"]


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero() -> None:
    course = [simple.learning_rate(step / 1000) for step in range(1001)]

    assert course[0] == course[-1] == pytest.approx(0)
    assert max(course) == pytest.approx(simple.peak_learning_rate)
    peak = course.index(max(course))
    assert peak == pytest.approx(1000 * simple.warm_up)
    assert all(a < b for a, b in itertools.pairwise(course[: peak + 1]))
    assert all(a > b for a, b in itertools.pairwise(course[peak:]))


@pytest.mark.parametrize(("images", "epochs"), [(55_000, 2), (216_000, 2), (1_294, 29), (1, 150)])
def test_small_datasets_are_gone_through_more_often(images: int, epochs: int) -> None:
    assert simple.epochs_for(images) == epochs
