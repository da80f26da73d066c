"""Tells a frame around the digit from ink: the box of a form, or a row of them, or the border of a canvas."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Mask, boxes, coarse, label
from mnist_core.lines import OUTER, pixels_along, ways_across

_COARSE = 128  # pixels each way, for telling what hangs together
_TILT = 0.08  # rise of a frame's lines
_COVERED = 0.8  # of a side that is ink: corners may be round
_SIDE = 0.3  # of the picture's that a frame's sides have at least
_THICK = 0.3  # of a frame's area that its lines take at most, of a table's with the digit
_ROW = 1.5  # times wider than high, it is a row of boxes; the lines between them may be short, and those above missing,
_ROW_HIGH = 0.1  # it may be only so much of the picture high,
_PARTED = 0.96  # and of a line that goes from its top to its bottom so much is ink, or it may be a stroke,
_GRID = 0.9  # the same of a line of a table,
_INNER = 3  # of which so many are within its frame, across and down: a four has one each way
_NEXT = 0.06  # of the table's height, or width, between one and the next
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
    place = _largest(mask)
    high, wide = mask[place].shape
    is_row = wide > _ROW * high
    if wide < _SIDE * mask.shape[1] or high < (_ROW_HIGH if is_row else _SIDE) * mask.shape[0]:
        return found
    across = sides(mask[place], strength[place], is_open=is_row)
    down = sides(mask[place].T, strength[place].T, parted=_PARTED if is_row else 0).T
    if across.any() and down.any() and (across | down).mean() < _THICK:
        found[place] = across | down
    return found


def table_pixels(mask: Mask, strength: npt.NDArray[np.uint8]) -> Mask:
    """Finds a table: a frame, and lines within that go both ways, more than a digit has strokes.

    Args and Returns:
        As of `frame_pixels`.
    """
    found = np.zeros_like(mask)
    place = _largest(mask)
    table = mask[place]
    if min(table.shape) < _SIDE * min(mask.shape) or table.mean() > _THICK:
        return found
    counts = _count_inner(table), _count_inner(table.T)
    if min(counts) > 0 and sum(counts) >= _INNER:
        across, down = (
            sides(plane, shades, parted=_GRID)
            for plane, shades in ((table, strength[place]), (table.T, strength[place].T))
        )
        found[place] = across | down.T
    return found


def _largest(mask: Mask) -> tuple[slice, slice]:
    """The rows and columns of what takes the largest box, of all that hangs together; none without ink."""
    small, factor = coarse(mask, _COARSE)
    labels, count = label(small)
    if not count:
        return slice(0), slice(0)
    groups = boxes(labels, count)
    left, top, right, bottom = (int(side[(groups.width * groups.height).argmax()]) * factor for side in groups)
    return slice(top, bottom), slice(left, right)


def _count_inner(mask: Mask) -> int:
    """How many lines go across between the top and the bottom."""
    rows = np.sort(ways_across(mask, _TILT, _GRID, ended=False)[:, 0])
    rows = rows[np.abs(rows / len(mask) - 0.5) < 0.5 - OUTER]
    return int(np.count_nonzero(np.diff(rows, prepend=-np.inf) > _NEXT * len(mask)))


def sides(mask: Mask, strength: npt.NDArray[np.uint8], *, is_open: bool = False, parted: float = 0) -> Mask:
    """The lines along the top and the bottom, if there are both; the first may be missing from what is open.

    What is parted has more of them, in between: lines of which so much is ink.
    """
    ways = ways_across(mask, _TILT, _COVERED, ended=False)
    place = ways[:, 0] / len(mask)
    above, below = place < OUTER, place > 1 - OUTER
    if not (above.any() or is_open) or not below.any():
        return np.zeros_like(mask)
    found = pixels_along(mask, strength, ways, outer=True)
    if parted:
        parting = ways_across(mask, _TILT, parted, ended=False)
        parallel = np.abs(parting[:, 1] - np.median(ways[above | below, 1])) < _PARALLEL
        found |= pixels_along(mask, strength, parting[parallel], outer=False)
    return found
