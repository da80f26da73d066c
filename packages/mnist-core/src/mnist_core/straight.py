"""Finds straight lines that begin and end anywhere, and lean: ink along them votes (Hough, 1962)."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Counts, Mask
from mnist_core.lines import pixels_along

Plane = npt.NDArray[np.uint8]

AWAY = 1.5  # pixels that ink strays from a straight line at most
GAP = 3  # pixels that a line may lack
_RISE = 0.6  # that it rises at most
_TRIES = 4  # ways that only bits of ink lie along, before no more lines are looked for,
_LIKE = 4  # with those that are so many steps of rise, and so many rows, away


class Line(NamedTuple):
    """A straight line across: its row at column 0, its rise a column, its first column, its last."""

    row: float
    rise: float
    first: int
    last: int

    @property
    def length(self) -> int:
        """How many columns it goes through."""
        return self.last - self.first + 1


def straight_lines(mask: Mask, least: float, most: int) -> list[Line]:
    """Finds the longest straight lines across, one after the other, each without those before it.

    Args:
        mask: bool (height, width), at most some hundreds of pixels each way.
        least: Columns that a line goes through at least.
        most: How many lines to look for.

    Returns:
        The lines, the one with the most ink first.
    """
    rows, columns = np.nonzero(mask)
    rises = np.arange(-_RISE, _RISE, 0.02)
    beyond = int(_RISE * mask.shape[1]) + 1
    found: list[Line] = []
    scattered: list[tuple[slice, slice]] = []
    while len(found) < most and len(scattered) < _TRIES and len(rows) >= least:
        places = (rows - rises[:, None] * columns).round().astype(np.intp) + beyond
        size = mask.shape[0] + 2 * beyond + 1
        votes = np.bincount((places + size * np.arange(len(rises))[:, None]).ravel(), minlength=size * len(rises))
        votes[1:-1] = votes[1:-1] * 2 + votes[:-2] + votes[2:]
        for bits in scattered:
            votes.reshape(-1, size)[bits] = 0
        best = np.flatnonzero(votes == votes.max())  # of short lines many: the one that leans least
        number, place = divmod(int(best[np.abs(rises[best // size]).argmin()]), size)
        row, rise = float(place - beyond), float(rises[number])
        near = np.abs(rows - row - rise * columns) <= AWAY
        first, last = _longest(columns[near])
        if last - first + 1 < least:
            scattered.append(
                (slice(max(0, number - _LIKE), number + _LIKE + 1), slice(max(0, place - _LIKE), place + _LIKE + 1))
            )
            continue
        found.append(Line(row, rise, first, last))
        kept = ~(near & (columns >= first) & (columns <= last))
        rows, columns = rows[kept], columns[kept]
    return found


def _longest(columns: Counts) -> tuple[int, int]:
    """The first and the last of the columns that follow one another the longest; 0 and -1 without any."""
    if not columns.size:
        return 0, -1
    there = np.unique(columns)
    stretches = np.split(there, np.flatnonzero(np.diff(there) > GAP) + 1)
    longest = max(stretches, key=lambda stretch: int(stretch[-1] - stretch[0]))
    return int(longest[0]), int(longest[-1])


def pixels_on(line: Line, mask: Mask, strength: Plane, factor: int) -> Mask:
    """Finds what is a line's alone, as where a stroke crosses it stays.

    Args:
        line: A line of the coarse mask.
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.
        factor: How many times smaller the coarse mask is.

    Returns:
        bool (height, width).
    """
    place = slice(None), slice(line.first * factor, (line.last + 1) * factor)
    found = np.zeros_like(mask)
    middle = (line.row + 0.5 + line.rise * (line.first + line.last) / 2) * factor
    ways = np.array([[middle, line.rise]])
    found[place] = pixels_along(mask[place], strength[place], ways, outer=False)
    return found
