"""Scores agree with scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score

from mnist_train.metrics import Confusion, Scores

CLASSES = ("a", "b", "c", "d")
pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(pairs=pairs)
def test_scores_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs).T
    every = [0, 1, 2, 3]

    scores = Scores.of(labels, predictions, CLASSES)

    np.testing.assert_array_equal(scores.matrix, confusion_matrix(labels, predictions, labels=every))
    assert scores.count == len(pairs)
    assert scores.accuracy == pytest.approx(accuracy_score(labels, predictions))
    options = {"labels": every, "average": None, "zero_division": np.nan}
    expected = [precision_score(labels, predictions, **options), recall_score(labels, predictions, **options)]
    rows = scores.per_class()
    found = [[row.precision for row in rows], [row.recall for row in rows]]
    np.testing.assert_allclose(np.array(found, dtype=float), expected)
    assert [row.count for row in rows] == [int((labels == label).sum()) for label in every]


def test_confusions_come_most_frequent_first() -> None:
    labels = np.array([0] * 5 + [1] * 9 + [2])
    predictions = np.array([1, 1, 2, 0, 0] + [3] * 4 + [1] * 5 + [0])

    assert Scores.of(labels, predictions, CLASSES).confusions(most=3) == [
        Confusion("b", "d", 4),
        Confusion("a", "b", 2),
        Confusion("a", "c", 1),
    ]


def test_nothing_wrong_means_no_confusions() -> None:
    labels = np.arange(4)

    assert Scores.of(labels, labels, CLASSES).confusions(most=3) == []
