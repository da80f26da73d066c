"""Tells what is round and solid, as the holes punched into a sheet are, or the dots of a list: no digit is."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Boxes, Counts, Mask

_LEAST, _MOST = 6, 0.15  # pixels, and of the picture's longer side, that a hole is wide
_ROUND = 0.85  # of its longer side that the shorter one has
_FILLED = (0.7, 0.87)  # of its box that a disc fills: π/4, but for the pixels that it covers in part
_CHORD = 0.2  # of the longest chord: rows and columns with a shorter one are not counted
_DENSE = 0.3  # of a coarse box that may be a hole's


def are_holes(mask: Mask, labels: Counts, groups: Boxes, factor: int) -> npt.NDArray[np.bool_]:
    """Which groups of ink are discs.

    Args:
        mask: bool (height, width), what might be ink.
        labels: The numbers of the groups, of a smaller picture.
        groups: The boxes around them, in that picture.
        factor: How many times smaller it is.

    Returns:
        bool (count,).
    """
    found = np.zeros(len(groups.left), bool)
    longer, shorter = np.maximum(groups.width, groups.height), np.minimum(groups.width, groups.height)
    small = longer <= _MOST * max(labels.shape) + 1
    for number in np.flatnonzero(small & (longer - shorter <= 1 + (1 - _ROUND) * longer)):
        found[number] = _is_disc(mask[groups.place(number, factor)])
    return found


def _is_disc(mask: Mask) -> bool:
    if mask.mean() < _DENSE:
        return False
    chords = mask.sum(axis=1), mask.sum(axis=0)  # of rows, of columns: specks that touch a disc have short ones
    height, width = (int(np.ptp(np.flatnonzero(chord >= _CHORD * chord.max()))) + 1 for chord in chords)
    filled = float(mask.sum()) / (height * width)
    is_round = min(height, width) >= max(_LEAST, _ROUND * max(height, width))
    return is_round and bool(_FILLED[0] <= filled <= _FILLED[1])
