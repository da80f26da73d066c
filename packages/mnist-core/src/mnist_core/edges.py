"""Tells strokes from places where one shade ends and another begins: a shadow on blank paper, the end of a sheet."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask, line_width
from mnist_core.light import windowed

_ABOVE = 0.15  # of a stroke's contrast to the darkest near it, that it is above the lighter one of its two sides
_FULL = 0.65  # of its box that an area along a side of the picture fills
_NARROW = 2.5  # times longer than wide: such a picture is cut close to a one


def is_edge(plane: npt.NDArray[np.uint8], ink: Mask) -> bool:
    """Whether what was taken for ink is no stroke: it is between the shades on both of its sides, or one of them.

    Args:
        plane: uint8 (height, width), light on dark, with its own light and shadows.
        ink: bool (height, width), what was taken for ink.
    """
    return _is_area(ink) or _is_between(plane, ink)


def _is_area(ink: Mask) -> bool:
    """Whether the ink is all that is on one side of a picture, from border to border."""
    left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, 0, 0)
    height, width = ink.shape
    ends = (left == 0) + (top == 0) + (right == width) + (bottom == height)
    narrow = max(height, width) > _NARROW * min(height, width)
    return ends == 3 and not narrow and bool(np.count_nonzero(ink) > _FULL * (right - left) * (bottom - top))


def _is_between(plane: npt.NDArray[np.uint8], ink: Mask) -> bool:
    """Whether nothing is left of the ink's contrast where everything as narrow as it is wiped out."""
    if not ink.any():
        return False
    reach = math.ceil(line_width(ink)) + 1
    darkest = windowed(np.minimum, plane, reach)
    wiped = windowed(np.maximum, darkest, reach)
    return bool(np.median((plane - wiped)[ink]) < _ABOVE * np.median((plane - darkest)[ink]))
