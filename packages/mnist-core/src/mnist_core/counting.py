"""Counts the digits that stand side by side, where one is asked for."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import label

_FINE = 64  # pixels each way, for telling what hangs together
_TALL = 0.55  # of the tallest: from here on something could be a digit of its own
_GAP = 0.1  # of the tallest's height, between two digits


def count_digits(ink: npt.NDArray[np.uint8]) -> int:
    """Counts what could each be a digit.

    Args:
        ink: uint8 (height, width), light ink on black, cropped to the ink.

    Returns:
        How many there are, at least 1. The parts of one broken digit are one.
    """
    factor = -(-max(ink.shape) // _FINE)
    mask = np.asarray(Image.fromarray((ink >= 64).astype(np.uint8) * 255).reduce(factor)) > 0
    labels, count = label(mask)
    if count <= 1:
        return 1
    spans = []  # left, right, top and bottom (exclusive) of each
    for group in range(1, count + 1):
        rows, columns = np.nonzero(labels == group)
        spans.append((int(columns.min()), int(columns.max()) + 1, int(rows.min()), int(rows.max()) + 1))
    tallest = max(bottom - top for _, _, top, bottom in spans)
    found: list[tuple[int, int, int, int]] = []
    for left, right, top, bottom in sorted(spans):
        if found and left - found[-1][1] < _GAP * tallest:
            before = found[-1]
            found[-1] = (before[0], max(before[1], right), min(before[2], top), max(before[3], bottom))
        else:
            found.append((left, right, top, bottom))
    return max(1, sum(bottom - top >= _TALL * tallest for _, _, top, bottom in found))
