"""Tells strokes from places where one shade ends and another begins: a shadow on blank paper, the end of a sheet."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask, line_width
from mnist_core.light import windowed

_ABOVE = 0.15  # of a stroke's contrast to the darkest near it, that it is above the lighter one of its two sides
_FULL = 0.65  # of its box that an area along a side of the picture fills,
_ALONG = 0.9  # and of that side
_NARROW = 2.5  # times longer than wide: such a picture is cut close to a one


def is_edge(plane: npt.NDArray[np.uint8], ink: Mask) -> bool:
    """Whether what was taken for ink is no stroke: an area along a side, or hardly lighter than what is beside it.

    Args:
        plane: uint8 (height, width), light on dark, with its own light and shadows.
        ink: bool (height, width), what was taken for ink.
    """
    return bool(ink.any()) and (_is_area(ink) or _is_step(plane, ink))


def _is_area(ink: Mask) -> bool:
    """Whether the ink is all that is on one side of a picture, from border to border."""
    left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, 0, 0)
    height, width = ink.shape
    ends = (left == 0) + (top == 0) + (right == width) + (bottom == height)
    narrow = max(height, width) > _NARROW * min(height, width)
    along = max(float(side.mean()) for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))
    full = np.count_nonzero(ink) > _FULL * (right - left) * (bottom - top)
    return ends == 3 and not narrow and along > _ALONG and bool(full)


def _is_step(plane: npt.NDArray[np.uint8], ink: Mask) -> bool:
    """Whether the ink is where a lighter area begins, which reaches the border.

    Where everything as narrow as a stroke is wiped out, a step stays. In light that changes, so does pale ink: it is
    told by where it ends.
    """
    reach = math.ceil(line_width(ink)) + 1
    if not _near_border(ink, reach):
        return False
    darkest = windowed(np.minimum, plane, reach)
    wiped = windowed(np.maximum, darkest, reach)
    return bool(np.median((plane - wiped)[ink]) < _ABOVE * np.median((plane - darkest)[ink]))


def _near_border(ink: Mask, reach: int) -> bool:
    left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, 0, 0)
    return bool(min(left, top, ink.shape[1] - right, ink.shape[0] - bottom) <= reach)
