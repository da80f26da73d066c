"""Tells the line that a digit is written on, as forms have it, from the digit: it ends before the picture's edges."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Mask, boxes, coarse, label
from mnist_core.straight import AWAY, Line, pixels_on, straight_lines

Plane = npt.NDArray[np.uint8]

_COARSE = 128  # pixels each way, for finding straight lines
_LEAST = 10.0  # coarse pixels that a line is long at least
_MOST = 4  # that are looked for
_TILT = 0.3  # that it rises at most: the last stroke of a two may rise more
_LONG = 1.5  # times as long as what stands on it is high: the foot of a one, or of a two, is shorter
_BEYOND = 0.8  # of that height, that it goes on beyond both sides together, and
_EACH = 0.1  # so much beyond each
_OVER = 0.3  # of that height, that is between it and the line at most,
_BELOW = 0.15  # or below the line
_SLENDER = 20  # times longer than thick it is


def underline_pixels(mask: Mask, strength: Plane) -> Mask:
    """Finds lines across that something stands on.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), the pixels of `mask` that are of such lines alone.
    """
    small, factor = coarse(mask, _COARSE)
    found = np.zeros_like(mask)
    for line in straight_lines(small, _LEAST, _MOST):
        if abs(line.rise) <= _TILT and _is_stood_on(line, small):
            pixels = pixels_on(line, mask, strength, factor)
            if np.count_nonzero(pixels) * _SLENDER < (line.length * factor) ** 2:
                found |= pixels
    return found


def _is_stood_on(line: Line, mask: Mask) -> bool:
    """Whether the highest thing above a line of the mask, bool (height, width), stands on it as a digit may."""
    columns = np.arange(mask.shape[1])
    above = line.row + line.rise * columns - np.arange(mask.shape[0])[:, None]  # rows, less than 0 for below
    along = (columns >= line.first) & (columns <= line.last)
    labels, count = label(mask & (above > AWAY) & along)
    if not count:
        return False
    things = boxes(labels, count)
    digit = int(things.height.argmax())
    left, right, high = int(things.left[digit]), int(things.right[digit]), int(things.height[digit])
    before, after = left - line.first, line.last + 1 - right
    if line.length < _LONG * high or min(before, after) < _EACH * high or before + after < _BEYOND * high:
        return False
    over = above[things.bottom[digit] - 1, (left + right) // 2]
    deep = -above[:, left:right].min(where=mask[:, left:right], initial=0)
    return bool(over <= _OVER * high and deep <= max(_BELOW * high, AWAY))
