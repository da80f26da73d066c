"""Tells a round sticker with a digit on it from a zero by a thick pen, which is as round and has a hole."""

import numpy as np

from mnist_core.blobs import Mask, label
from mnist_core.corners import convexity

_ROUND = 0.95  # of its hull that a sticker fills
_DIGIT = 0.7  # of what is on it, that hangs together
_FULL = 0.8  # of its hull that a zero's hole fills: digits by fine pens have less, but for a one,
_ALIKE = 1.6  # and that hole is less than so many times slimmer than the zero,
_EVEN = 1.4  # or the zero's line is less than so many times thicker above than beside it


def is_sticker(region: Mask, shade: Mask) -> bool:
    """Whether something is round and has something on it, that is not a zero's hole.

    Args:
        region: bool (height, width), with what is on it.
        shade: bool (height, width), what is of its own shade.
    """
    if convexity(region) < _ROUND:
        return False
    labels, count = label(region & ~shade)
    if not count:
        return False
    areas = np.bincount(labels.ravel())[1:]
    largest = labels == areas.argmax() + 1
    if areas.max() < _DIGIT * areas.sum():
        return False
    sides, within = (np.ptp(np.nonzero(mask), axis=1) + 1 for mask in (region, largest))
    slimmer = (within[0] / within[1]) / (sides[0] / sides[1])
    around = (sides - within + 1) / 2  # what is left above and below, and on either side: a zero's line
    is_zero = max(slimmer, 1 / slimmer) < _ALIKE or max(around) < _EVEN * min(around)
    return convexity(largest) < _FULL or not is_zero
