"""Tells an empty box beside the digit, as for a tick or a stamp, from a zero: it has four corners."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Boxes, Counts, Mask, filled, fine, grown
from mnist_core.corners import four_cornered

_LEAST = 4  # coarse pixels that it is wide, and high: of less, corners can't be told
_CORNERED = 0.93  # of its hull that its four corners span; of a squarish zero they are round


def are_empty_boxes(mask: Mask, labels: Counts, groups: Boxes, factor: int) -> npt.NDArray[np.bool_]:
    """Which groups of ink are closed lines with four corners, with nothing in the middle.

    Args:
        mask: bool (height, width), what might be ink.
        labels: The numbers of the groups, of a smaller picture.
        groups: The boxes around them, in that picture.
        factor: How many times smaller it is.

    Returns:
        bool (count,).
    """
    found = np.zeros(len(groups.left), bool)
    for number in np.flatnonzero(np.minimum(groups.width, groups.height) >= _LEAST):
        ink = mask[groups.place(number, factor)]
        group = labels[groups.place(number)] == number + 1
        found[number] = _is_empty_box(ink & fine(group, factor, ink.shape))
    return found


def _is_empty_box(line: Mask) -> bool:
    height, width = line.shape
    if line[height // 4 : height - height // 4, width // 4 : width - width // 4].any():
        return False
    whole = filled(grown(np.pad(line, 1)))  # as a scan leaves gaps in thin lines
    return bool(whole[height // 2, width // 2]) and four_cornered(whole) >= _CORNERED
