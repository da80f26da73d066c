"""Finds what a closed line has inside: the box of a form, also of dashes or with round corners; a circle."""

from collections.abc import Iterator

import numpy as np

from mnist_core.blobs import Boxes, Mask, boxes, coarse, filled, fine, grown, label, slimness
from mnist_core.corners import convexity, four_cornered

_COARSE = 192  # pixels each way, for telling what is closed
_GROWTH = (0, 1, 3)  # pixels that ink is grown by, to close gaps; none where a digit is near its box
_LEAST = 0.06  # of the picture's longer side that the inside is high and wide at least
_CONVEX = 0.9  # of its hull that the inside fills, with all that is in it: what touches the line leaves a dent
_BOX = 0.8  # of the hull of a box that its four corners span; an ellipse, as of a zero, has 0.64
_SLENDER = 5  # times longer than wide that a slash is
_OVAL = 1.2  # times longer than wide, whichever way it leans, that a zero with a slash is; a circle is less
_LETTERS, _LETTER = 3, 0.12  # so many things, so high for it, are print within a ring,
_BROAD = 1.8  # or one that is so many times wider than high
_HIGH = 0.35  # of the inside's height that a digit in it is high at least


def inside_outlines(mask: Mask) -> Mask | None:
    """Finds the inside of each closed line that has something like a digit in it.

    A digit may have loops, but none that has something of such a size in it, except for a zero with a slash that ends
    before its line. What touches the line is not told from it.

    Args:
        mask: bool (height, width), what might be ink.

    Returns:
        bool (height, width), or None where there is no such line.
    """
    small, factor = coarse(mask, _COARSE)
    closed = without_leaks(small)
    for more in _GROWTH:
        found = _with_digits(small, grown(closed, more))
        if found.any():
            return fine(found, factor, mask.shape)
    return None


def insides(closed: Mask, least: float) -> Iterator[tuple[tuple[slice, slice], Mask]]:
    """Finds what lines enclose.

    Args:
        closed: bool (height, width), the lines.
        least: Of the longer side, how high and wide it is at least.

    Yields:
        The rows and columns of each, and which of them are of it, without what is in it.
    """
    labels, count = label(~closed)
    height, width = closed.shape
    groups = boxes(labels, count)
    inner = (groups.left > 0) & (groups.top > 0) & (groups.right < width) & (groups.bottom < height)
    large = np.minimum(groups.width, groups.height) >= least * max(closed.shape)
    for number in np.flatnonzero(inner & large):
        place = groups.place(number)
        yield place, labels[place] == number + 1


def _with_digits(ink: Mask, closed: Mask) -> Mask:
    found = np.zeros_like(closed)
    for place, inside in insides(closed, _LEAST):
        whole = filled(inside)
        if convexity(whole) >= _CONVEX and _has_digit(ink[place] & whole, whole):
            found[place] |= whole
    return found


def _has_digit(ink: Mask, whole: Mask) -> bool:
    """Whether ink within a line, all of it, both bool (height, width), is as high as a digit and no slash of a zero."""
    labels, count = label(ink)
    things = boxes(labels, count)
    if not count or things.height.max() < _HIGH * len(whole):
        return False
    digit = int(things.height.argmax())
    if _has_print(things, digit):
        return False
    is_oval = slimness(whole.astype(np.intp), 1)[0] > _OVAL and four_cornered(whole) < _BOX
    return not (is_oval and slimness(labels, count)[digit] > _SLENDER)


def _has_print(things: Boxes, number: int) -> bool:
    """Whether several things lie within the box of one, or one that is wide, as the date in a postmark's inner ring."""
    across, down = things.middles
    within = (things.left[number] < across) & (across < things.right[number])
    within &= (things.top[number] < down) & (down < things.bottom[number])
    within &= things.height >= _LETTER * things.height[number]
    within[number] = False
    return bool(np.count_nonzero(within) >= _LETTERS or (within & (things.width > _BROAD * things.height)).any())


def without_leaks(ink: Mask) -> Mask:
    """With a pixel more wherever two touch at their corners, as paper would hang together across such a place."""
    closed = ink.copy()
    closed[1:, :-1] |= ink[:-1, :-1] & ink[1:, 1:]
    closed[1:, 1:] |= ink[:-1, 1:] & ink[1:, :-1]
    return closed
