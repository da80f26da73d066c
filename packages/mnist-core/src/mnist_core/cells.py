"""Tells the boxes of a post code, or of a date, from the digit in one of them: the others are empty, and like it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Boxes, Counts, Mask, boxes, coarse, filled, grown, label
from mnist_core.corners import four_cornered
from mnist_core.frames import sides
from mnist_core.lines import STRONGER
from mnist_core.outlines import insides, without_leaks

Plane = npt.NDArray[np.uint8]

_COARSE = 192  # pixels each way, for telling what is closed
_LEAST = 0.05  # of the picture's longer side that a box is high and wide at least
_STRAIGHT = 0.9  # of the hull of a box that its four corners span; an ellipse, as of a zero, has 0.64
_ALIKE = 1.25  # times higher, or wider, one box is than another at most
_SEVERAL = 2  # empty ones at least: a squarish zero is as empty
_LEVEL = 0.3  # of their height, that boxes are off a straight row at most
_RISE = 0.3  # that the row rises at most
_APART = 1.8  # times as wide as a box, two that are so far apart may have another between them
_LINE = 0.15  # of a box's width that its line is thick at most, with the gap to the next one's
_CLOSED = 0.8  # of the rows, and of the columns, that have something of its line
_HIGH = 0.35  # of a box's height that a digit is high at least


class _Row(NamedTuple):
    """Boxes in a row, in coarse pixels: where those are that are empty, how large one is within, and how far apart.

    Attributes:
        across: The middles of those that are empty, from left to right.
        start: How far down the middle of one at column 0 would be.
        rise: How much farther down it is, a column.
        high: Its height.
        wide: Its width.
        step: From one's middle to the next one's, at least.
    """

    across: list[float]
    start: float
    rise: float
    high: float
    wide: float
    step: float

    def place(self, middle: float, factor: int) -> tuple[slice, slice]:
        """The rows and columns, in pixels, of the box whose middle is there, with its line."""
        line = min((self.step - self.wide) / 2, _LINE * self.wide) + 1
        down = self.start + self.rise * middle
        return _pixels(down, self.high / 2 + line, factor), _pixels(middle, self.wide / 2 + line, factor)

    def next_to(self, middle: float) -> list[float]:
        """Where the middles of the boxes on both sides of one may be."""
        steps = (self.step, self.step / 2) if self.step > _APART * self.wide else (self.step,)
        return [middle + sign * step for step in steps for sign in (-1, 1)]


def beside_cells(mask: Mask, strength: Plane) -> Mask | None:
    """Finds a row or a column of boxes, some of which are empty, and what is outside of those that are not.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), the pixels that are of such boxes alone, and all that is outside of them; None where there
        is no such row or column, or nothing in it.
    """
    small, factor = coarse(mask, _COARSE)
    empty = _empty(small)
    if (row := _row(empty)) is not None:
        return _beside_row(mask, strength, row, factor)
    if (row := _row(empty.turned())) is not None:
        beside = _beside_row(mask.T, strength.T, row, factor)
        return None if beside is None else beside.T
    return None


def _beside_row(mask: Mask, strength: Plane, row: _Row, factor: int) -> Mask | None:
    """What `beside_cells` gives of a row; of a column with rows for columns, if all is given so."""
    outside = np.ones_like(mask)
    known, waiting = list(row.across), list(row.across)
    for middle in waiting:
        for other in row.next_to(middle):
            if min(abs(other - before) for before in known) > row.wide / 2:
                known.append(other)
                place = row.place(other, factor)
                line = _line(mask[place], strength[place], row, factor)
                if line is not None and _has_digit(mask[place] & ~line, row.high * factor):
                    outside[place] = line
                    waiting.append(other)  # as there may be another one beside it
    return None if outside.all() else outside


def _pixels(middle: float, half: float, factor: int) -> slice:
    """From one side of something in a coarse picture to the other, in pixels; a side may be beyond the picture."""
    return slice(max(0, round((middle - half) * factor)), max(0, round((middle + half) * factor)))


def _line(inside: Mask, strength: Plane, row: _Row, factor: int) -> Mask | None:
    """The line of a box, bool (height, width), that takes all of the mask; None where it does not go all around."""
    for more in range(factor + 1) if inside.size else ():  # what is of dashes has to be grown
        closed = grown(inside, more)
        line = (sides(closed, strength) | sides(closed.T, strength.T).T) & inside
        rows, columns = (np.count_nonzero(line.any(axis=axis)) for axis in (1, 0))
        if rows >= _CLOSED * row.high * factor and columns >= _CLOSED * row.wide * factor:
            return line & (strength <= STRONGER * np.median(strength[line]))  # a stroke along it may be as straight
    return None


def _has_digit(ink: Mask, high: float) -> bool:
    """Whether anything that hangs together is large enough for a digit in a box of such height."""
    things = boxes(*label(ink))
    return bool(np.maximum(things.width, things.height).max(initial=0) >= _HIGH * high)


def _empty(ink: Mask) -> Boxes:
    """What closed lines with four corners have inside, where that is nothing."""
    found = [
        (columns.start, rows.start, columns.stop, rows.stop)
        for (rows, columns), inside in insides(without_leaks(ink), _LEAST)
        if not (filled(inside) & ~inside).any() and four_cornered(inside) >= _STRAIGHT
    ]
    return Boxes(*np.array(found, np.intp).reshape(-1, 4).T)


def _row(cells: Boxes) -> _Row | None:
    """The row that cells make, of which those count that are like most; None where they make none."""
    if len(cells.left) < _SEVERAL:
        return None
    high, wide = float(np.median(cells.height)), float(np.median(cells.width))
    cells = cells.of(np.flatnonzero(_are_alike(cells.height, high) & _are_alike(cells.width, wide)))
    cells = cells.of(np.argsort(cells.left))
    across, down = cells.middles
    if len(across) < _SEVERAL or (step := float(np.diff(across).min())) < wide:  # or one is above another
        return None
    rise, start = (float(part) for part in np.polyfit(across, down, 1))
    if abs(rise) > _RISE or np.abs(down - start - rise * across).max() > _LEVEL * high:
        return None
    return _Row(across.tolist(), start, rise, high, wide, step)


def _are_alike(sizes: Counts, size: float) -> Mask:
    """Which of some sizes, (count,), are nearly the same."""
    alike: Mask = (sizes <= _ALIKE * size) & (size <= _ALIKE * sizes)
    return alike
