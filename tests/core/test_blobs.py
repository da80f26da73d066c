"""Groups of pixels, against a plain search from pixel to pixel."""

import numpy as np
import pytest

from mnist_core.blobs import Mask, boxes, filled, label, slimness


def search(mask: Mask) -> list[set[tuple[int, int]]]:
    """The groups of pixels that touch, corners included, in reading order of their first pixels."""
    left = {(int(row), int(column)) for row, column in np.argwhere(mask)}
    groups = []
    for first in sorted(left):
        if first not in left:
            continue
        left.remove(first)
        group, waiting = set(), [first]
        while waiting:
            row, column = waiting.pop()
            group.add((row, column))
            near = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
            left -= near
            waiting += near
        groups.append(group)
    return groups


@pytest.mark.parametrize("inked", [0.0, 0.05, 0.2, 0.4, 0.6, 0.95, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (23, 31)])
def test_groups_and_their_boxes_are_those_that_a_search_finds(inked: float, shape: tuple[int, int]) -> None:
    mask = np.random.default_rng(1).random(shape) < inked
    expected = search(mask)
    labels, count = label(mask)
    assert count == len(expected)
    found = [{(int(row), int(column)) for row, column in np.argwhere(labels == n + 1)} for n in range(count)]
    assert found == expected
    sides = list(zip(*boxes(labels, count), strict=True))
    assert sides == [
        (
            min(column for _, column in group),
            min(row for row, _ in group),
            max(column for _, column in group) + 1,
            max(row for row, _ in group) + 1,
        )
        for group in expected
    ]


def test_a_spiral_is_one_group() -> None:
    """Its rows hang together only at the far end."""
    spiral = np.zeros((41, 41), bool)
    row = column = 20
    for turn in range(38):
        down, right = ((0, 1), (1, 0), (0, -1), (-1, 0))[turn % 4]
        for _ in range(turn + 1):
            spiral[row, column] = True
            row, column = row + down, column + right
    assert spiral.sum() > 300
    assert label(spiral)[1] == len(search(spiral)) == 1


def test_nothing_has_no_groups() -> None:
    labels, count = label(np.zeros((0, 5), bool))
    assert labels.shape == (0, 5)
    assert count == 0


def test_a_group_is_filled_with_all_that_is_in_it() -> None:
    ring = np.zeros((9, 9), bool)
    ring[1:8, 1:8] = True
    ring[2:7, 2:7] = False
    ring[4, 4] = True
    expected = np.zeros((9, 9), bool)
    expected[1:8, 1:8] = True
    assert np.array_equal(filled(ring), expected)


def test_a_slanted_stroke_is_slim_and_a_square_is_not() -> None:
    """Against the spread of its pixels along their main directions, as NumPy's covariance tells it."""
    mask = np.zeros((60, 80), bool)
    for step in range(30):
        mask[20 + step // 2 : 23 + step // 2, step] = True
    mask[5:15, 60:70] = True
    labels, count = label(mask)

    slim = slimness(labels, count)

    for number in range(count):
        spread = np.linalg.eigvalsh(np.cov(np.nonzero(labels == number + 1), bias=True))
        assert slim[number] == pytest.approx(np.sqrt(spread[1] / spread[0]))
    assert min(slim) == pytest.approx(1)
    assert max(slim) > 8
