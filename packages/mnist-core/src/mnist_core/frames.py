"""Tells a frame around the digit from ink: the box of a form, or a row of them, or the border of a canvas."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Mask, boxes, coarse, label
from mnist_core.lines import OUTER, pixels_along, ways_across

_COARSE = 128  # pixels each way, for telling what hangs together
_TILT = 0.08  # rise of a frame's lines
_COVERED = 0.8  # of a side that is ink: corners may be round
_SIDE = 0.3  # of the picture's that a frame's sides have at least
_THICK = 0.3  # of a frame's area that its lines take at most
_ROW = 1.5  # times wider than high, it is a row of boxes; the lines between them may be short, and those above missing,
_ROW_HIGH = 0.1  # it may be only so much of the picture high,
_PARTED = 0.96  # and of a line that goes from its top to its bottom so much is ink, or it may be a stroke,
_PARALLEL = 0.04  # as is one that rises or falls so much more than the row's sides


def frame_pixels(mask: Mask, strength: npt.NDArray[np.uint8]) -> Mask:
    """Finds a frame around the digit: lines along the edges of what hangs together.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), the pixels of `mask` that are of the frame alone.
    """
    found = np.zeros_like(mask)
    small, factor = coarse(mask, _COARSE)
    labels, count = label(small)
    if not count:
        return found
    groups = boxes(labels, count)
    largest = int((groups.width * groups.height).argmax())
    left, top, right, bottom = (int(side[largest]) * factor for side in groups)
    is_row = right - left > _ROW * (bottom - top)
    wide, high = (right - left) / mask.shape[1], (bottom - top) / mask.shape[0]
    if wide < _SIDE or high < (_ROW_HIGH if is_row else _SIDE):
        return found
    place = slice(top, bottom), slice(left, right)
    across = sides(mask[place], strength[place], is_open=is_row)
    down = sides(mask[place].T, strength[place].T, is_parted=is_row).T
    if across.any() and down.any() and (across | down).mean() < _THICK:
        found[place] = across | down
    return found


def sides(mask: Mask, strength: npt.NDArray[np.uint8], *, is_open: bool = False, is_parted: bool = False) -> Mask:
    """The lines along the top and the bottom, if there are both; the first may be missing from what is open.

    What is parted has more of them, in between.
    """
    ways = ways_across(mask, _TILT, _COVERED, ended=False)
    place = ways[:, 0] / len(mask)
    above, below = place < OUTER, place > 1 - OUTER
    if not (above.any() or is_open) or not below.any():
        return np.zeros_like(mask)
    found = pixels_along(mask, strength, ways, outer=True)
    if is_parted:
        parting = ways_across(mask, _TILT, _PARTED, ended=False)
        parallel = np.abs(parting[:, 1] - np.median(ways[above | below, 1])) < _PARALLEL
        found |= pixels_along(mask, strength, parting[parallel], outer=False)
    return found
