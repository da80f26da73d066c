"""Groups of pixels, against a plain search from pixel to pixel."""

import numpy as np
import pytest

from mnist_core.blobs import Mask, boxes, filled, label


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
