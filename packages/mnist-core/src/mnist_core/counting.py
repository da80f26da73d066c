"""Counts the digits that stand side by side, where one is asked for."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import boxes, coarse, label

_FINE = 64  # pixels each way, for telling what hangs together
_INKED = 64  # of 255: paler is a soft edge
_TALL = 0.55  # of the tallest: from here on something could be a digit of its own
_GAP = 0.1  # of the tallest's height, between two digits


def count_digits(ink: npt.NDArray[np.uint8]) -> int:
    """Counts what could each be a digit.

    Args:
        ink: uint8 (height, width), light ink on black, cropped to the ink.

    Returns:
        How many there are, at least 1. The parts of one broken digit are one.
    """
    labels, count = label(coarse(ink >= _INKED, _FINE)[0])
    if count <= 1:
        return 1
    groups = boxes(labels, count)
    spans = sorted(
        zip(*(side.tolist() for side in (groups.left, groups.right, groups.top, groups.bottom)), strict=True)
    )
    tallest = int(groups.height.max())
    found: list[tuple[int, int, int, int]] = []
    for left, right, top, bottom in spans:
        if found and left - found[-1][1] < _GAP * tallest:
            before = found[-1]
            found[-1] = (before[0], max(before[1], right), min(before[2], top), max(before[3], bottom))
        else:
            found.append((left, right, top, bottom))
    return max(1, sum(bottom - top >= _TALL * tallest for _, _, top, bottom in found))
