"""Tells the boxes of a post code, or of a date, from the digit in one of them: the others are empty, and like it."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Boxes, Mask, boxes, coarse, filled, grown, label
from mnist_core.corners import four_cornered
from mnist_core.frames import sides
from mnist_core.outlines import without_leaks

Plane = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float64]

_COARSE = 192  # pixels each way, for telling what is closed
_LEAST = 0.05  # of the picture's longer side that a box is high and wide at least
_STRAIGHT = 0.9  # of the hull of a box that its four corners span; an ellipse, as of a zero, has 0.64
_ALIKE = 1.25  # times higher, or wider, one box is than another at most
_LEVEL = 0.3  # of their height, that boxes are off a straight row at most
_RISE = 0.3  # that the row rises at most
_APART = 1.8  # times as wide as a box, two that are so far apart may have another between them
_LINE = 0.15  # of a box's width that its line is thick at most, with the gap to the next one's
_CLOSED = 0.8  # of the rows, and of the columns, that have something of its line
_HIGH = 0.35  # of a box's height that a digit is high at least


def beside_cells(mask: Mask, strength: Plane) -> Mask | None:
    """Finds a row of boxes of which all but one are empty, and what is outside of that one.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), the pixels that are of the box alone, and all that is outside of it; None where there is
        no such row.
    """
    small, factor = coarse(mask, _COARSE)
    cells = _empty(small)
    if len(cells.left) < 2:  # a squarish zero is as empty
        return None
    size = float(np.median(cells.height)) * factor, float(np.median(cells.width)) * factor
    found = []
    for left, top, right, bottom in _next_to(cells):
        place = _within(top, bottom, factor), _within(left, right, factor)
        inside = mask[place]
        if not inside.size:
            continue
        for more in range(factor + 1):  # what is of dashes has to be grown
            line = _line(grown(inside, more), strength[place]) & inside
            if _is_closed(line, size):
                break
        labels, count = label(inside & ~line)
        if _is_closed(line, size) and boxes(labels, count).height.max(initial=0) >= _HIGH * size[0]:
            outside = np.ones_like(mask)
            outside[place] = line
            found.append(outside)
    return found[0] if len(found) == 1 else None


def _within(low: float, high: float, factor: int) -> slice:
    """From one side of a coarse picture to another, in pixels; a side may be beyond the picture."""
    return slice(max(0, round(low * factor)), max(0, round(high * factor)))


def _line(inside: Mask, strength: Plane) -> Mask:
    """The line of a box, bool (height, width), that takes all of the mask."""
    return sides(inside, strength) | sides(inside.T, strength.T).T


def _is_closed(line: Mask, size: tuple[float, float]) -> bool:
    """Whether a line goes along nearly all of a box of such height and width."""
    rows, columns = (np.count_nonzero(line.any(axis=axis)) for axis in (1, 0))
    return bool(rows >= _CLOSED * size[0] and columns >= _CLOSED * size[1])


def _empty(ink: Mask) -> Boxes:
    """What closed lines with four corners have inside, where that is nothing, from left to right."""
    labels, count = label(~without_leaks(ink))
    regions = boxes(labels, count)
    height, width = ink.shape
    inner = (regions.left > 0) & (regions.top > 0) & (regions.right < width) & (regions.bottom < height)
    large = np.minimum(regions.width, regions.height) >= _LEAST * max(ink.shape)
    numbers = np.flatnonzero(inner & large)
    empty = []
    for number in numbers[np.argsort(regions.left[numbers])]:
        place = slice(regions.top[number], regions.bottom[number]), slice(regions.left[number], regions.right[number])
        region = labels[place] == number + 1
        if not (filled(region) & ~region).any() and four_cornered(region) >= _STRAIGHT:
            empty.append(number)
    return regions.of(np.array(empty, np.intp))


def _next_to(cells: Boxes) -> Iterator[tuple[float, float, float, float]]:
    """Where there may be another box, with its line, in a row of boxes that are alike: left, top, right and bottom."""
    high, wide = float(np.median(cells.height)), float(np.median(cells.width))
    for size, middle in ((cells.height, high), (cells.width, wide)):
        if size.max() > _ALIKE * middle or middle > _ALIKE * size.min():
            return
    across, down = (cells.left + cells.right) / 2, (cells.top + cells.bottom) / 2
    step = float(np.diff(across).min())
    if step < wide:  # one is above another
        return
    rise, start = np.polyfit(across, down, 1)
    if abs(rise) > _RISE or np.abs(down - start - rise * across).max() > _LEVEL * high:
        return
    line = min(1 + (step - wide) / 2, 1 + _LINE * wide)
    steps = [step, step / 2] if step > _APART * wide else [step]
    taken = across
    for place in sorted(here + sign * by for here in across for by in steps for sign in (-1, 1)):
        if np.abs(taken - place).min() > wide / 2:
            taken = np.append(taken, place)
            middle = start + rise * place
            yield (
                place - wide / 2 - line,
                middle - high / 2 - line,
                place + wide / 2 + line,
                middle + high / 2 + line,
            )
