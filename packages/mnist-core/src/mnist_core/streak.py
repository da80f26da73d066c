"""The thin line that dirt on the glass of a copier or scanner leaves from one side of a picture to the other."""

import numpy as np
import numpy.typing as npt

from mnist_core.threshold import otsu

Plane = npt.NDArray[np.uint8]

_SMALLEST = 200  # pixels of the shorter side, below which a stroke of a digit cut close may be as thin as a streak
_WIDEST = 2  # pixels that a streak is wide at most, its soft edges included: scans are fine, and were made smaller
_DARKER = 6  # shades that a streak is darker than what is beside it at least
_SEEN = 0.5  # of its way on which it is darker
_ALONG = 0.95  # of its way on which it is, or where ink or a black band would hide it
_SAMPLE = 128  # pixels along the way that say enough


def without_streak(grey: Plane) -> Plane:
    """Puts into a streak what is to both of its sides, so that a stroke that it crosses goes on.

    The paper, or what reads it, moves past the dirt along a side of the picture. So a streak is exactly upright or
    level, as hardly a line on a photograph is, and goes from side to side, as hardly a stroke does. Paper is as light
    on either side of it, unlike at a fold. Several such lines are printed, and left for what knows squares and forms.
    One with nothing beside it is a one that somebody drew from side to side.

    Args:
        grey: uint8 (height, width).

    Returns:
        uint8 (height, width), the same without a streak.
    """
    if min(grey.shape) < _SMALLEST:
        return grey
    upright, level = _streaks(grey), _streaks(grey.T)
    if len(upright) + len(level) != 1:
        return grey
    filled = _filled(grey, upright[0]) if upright else _filled(grey.T, level[0]).T
    return filled if (filled <= otsu(grey)).any() else grey


def _streaks(grey: Plane) -> list[npt.NDArray[np.intp]]:
    """The columns of each streak that is upright."""
    rows = grey[:: -(-len(grey) // _SAMPLE)]
    shades = np.pad(rows.astype(np.int16), ((0, 0), (_WIDEST, _WIDEST)), "edge")
    left, right = shades[:, : -2 * _WIDEST], shades[:, 2 * _WIDEST :]
    darker = np.minimum(left, right) - rows >= np.maximum(np.abs(left - right), _DARKER)
    hidden = np.minimum(left, right) <= otsu(rows)
    columns = np.flatnonzero((darker.mean(axis=0) >= _SEEN) & ((darker | hidden).mean(axis=0) >= _ALONG))
    return np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1) if columns.size else []


def _filled(grey: Plane, streak: npt.NDArray[np.intp]) -> Plane:
    """With shades between those to both sides of a streak's columns, and of the soft edges beside them."""
    left, right = max(int(streak[0]) - 2, 0), min(int(streak[-1]) + 2, grey.shape[1] - 1)
    parts = np.linspace(0, 1, right - left + 1)
    filled = grey.copy()
    filled[:, left : right + 1] = np.rint(grey[:, left, None] * (1 - parts) + grey[:, right, None] * parts)
    return filled
