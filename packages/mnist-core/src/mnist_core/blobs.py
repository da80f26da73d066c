"""Groups of pixels that hang together."""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

_ALONE = 0.95  # of all pixels that hang together at least, if the rest is specks

Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.intp]


class Boxes(NamedTuple):
    """The boxes around groups of pixels: each (count,), of pixels; right and bottom are exclusive."""

    left: Counts
    top: Counts
    right: Counts
    bottom: Counts

    @property
    def width(self) -> Counts:
        """How wide each is."""
        return self.right - self.left

    @property
    def height(self) -> Counts:
        """How high each is."""
        return self.bottom - self.top

    @property
    def middles(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """How far right, and how far down, the middle of each is."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def place(self, number: int | np.signedinteger[Any], factor: int = 1) -> tuple[slice, slice]:
        """The rows and columns of one; those of a picture so many times larger."""
        left, top, right, bottom = (int(side[number]) * factor for side in self)
        return slice(top, bottom), slice(left, right)

    def of(self, numbers: Counts) -> "Boxes":
        """Those of some groups."""
        return Boxes(*(side[numbers] for side in self))

    def turned(self) -> "Boxes":
        """With rows for columns."""
        return Boxes(self.top, self.left, self.bottom, self.right)


def label(mask: Mask) -> tuple[Counts, int]:
    """Numbers the groups of pixels that touch, corners included.

    Args:
        mask: bool (height, width).

    Returns:
        (height, width), 0 where the mask is False and else the group's number from 1; and how many groups there are.
    """
    starts, ends = _runs(mask)
    runs = np.arange(len(starts))
    above = mask.shape[1] + 1  # from a place to the one above it
    first = np.searchsorted(ends, starts - above)
    touched = np.searchsorted(starts, ends - above, side="right") - first
    lower = np.repeat(runs, touched)
    upper = np.arange(len(lower)) - np.repeat(np.cumsum(touched) - touched - first, touched)

    firsts = gathered(len(runs), lower, upper)
    is_first = firsts == runs
    labels = np.zeros(mask.shape, np.intp)
    labels[mask] = np.repeat(np.cumsum(is_first)[firsts], ends - starts)
    return labels, int(np.count_nonzero(is_first))


def gathered(count: int, one: Counts, other: Counts) -> Counts:
    """Gathers things that are joined in pairs, directly or through others.

    Args:
        count: How many things there are.
        one: (pairs,), a thing of each pair.
        other: (pairs,), the thing that it is joined with.

    Returns:
        (count,), for each thing the first of its group.
    """
    firsts = np.arange(count)
    # All pairs at once, again and again: Python is slow at one by one.
    while (apart := firsts[one] != firsts[other]).any():
        one, other = one[apart], other[apart]
        here, there = firsts[one], firsts[other]
        np.minimum.at(firsts, np.maximum(here, there), np.minimum(here, there))
        while ((further := firsts[firsts]) != firsts).any():
            firsts = further
    return firsts


def sole(mask: Mask) -> Mask | None:
    """Finds what hangs together if nearly all does, but for specks.

    Args:
        mask: bool (height, width).

    Returns:
        bool (height, width), the largest group; None if more than specks is beside it, or there is none.
    """
    labels, _ = label(mask)
    sizes = np.bincount(labels[mask], minlength=1)
    most = sizes.argmax()
    return labels == most if sizes[most] and sizes[most] >= _ALONE * sizes.sum() else None


def boxes(labels: Counts, count: int) -> Boxes:
    """Puts a box around each group.

    Args:
        labels: (height, width), as `label` gives them.
        count: How many groups there are.

    Returns:
        The boxes, in the groups' order.
    """
    rows, columns = np.nonzero(labels)
    group = labels[rows, columns] - 1
    found = Boxes(*(np.full(count, start, np.intp) for start in (labels.shape[1], labels.shape[0], 0, 0)))
    np.minimum.at(found.left, group, columns)
    np.minimum.at(found.top, group, rows)
    np.maximum.at(found.right, group, columns + 1)
    np.maximum.at(found.bottom, group, rows + 1)
    return found


def slimness(labels: Counts, count: int) -> npt.NDArray[np.float64]:
    """How many times longer than wide an ellipse is that is spread as widely as each group: (count,).

    Args:
        labels: (height, width), as `label` gives them.
        count: How many groups there are.
    """
    places = np.stack(np.nonzero(labels)).astype(np.float64)
    group = labels[labels > 0] - 1
    size = np.bincount(group, minlength=count)
    apart = places - np.stack([np.bincount(group, axis, count) / size for axis in places])[:, group]
    spread = np.array([[np.bincount(group, one * other, count) / size for one in apart] for other in apart])
    wide, long = np.sqrt(np.linalg.eigvalsh(spread.T).clip(1e-6)).T
    slim: npt.NDArray[np.float64] = long / wide
    return slim


def line_width(mask: Mask) -> float:
    """How wide lines are on average, in pixels: they have two sides, so twice their area for their outline's length.

    Args:
        mask: bool (height, width).
    """
    inked = np.pad(mask, 1)
    steps = np.count_nonzero(np.diff(inked, axis=0)) + np.count_nonzero(np.diff(inked, axis=1))
    outline = steps * math.pi / 4  # counted along rows and columns, a line of any direction is 4/π too long on average
    return 2 * np.count_nonzero(mask) / outline if outline else 0.0


def count_strokes(labels: Counts, count: int) -> Counts:
    """Counts the strokes that rows of pixels cross in each group, all rows together: (count,).

    Args:
        labels: (height, width), as `label` gives them.
        count: How many groups there are.
    """
    starts = (labels > 0) & (np.diff(labels, axis=1, prepend=0) != 0)
    strokes: Counts = np.bincount(labels[starts], minlength=count + 1)[1:]
    return strokes


def pixels_of(chosen: Mask, labels: Counts) -> Mask:
    """The pixels of the groups that were chosen, bool (count,): bool (height, width)."""
    pixels: Mask = np.append(False, chosen)[labels]
    return pixels


def grown(mask: Mask, times: int = 1) -> Mask:
    """The mask and so many pixels around it: bool (height, width)."""
    for _ in range(times):
        padded = np.pad(mask, 1)
        tall = padded[:-2] | padded[1:-1] | padded[2:]
        mask = tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]
    return mask


def filled(group: Mask) -> Mask:
    """A group of pixels with its holes and all that is in them: bool (height, width)."""
    ground = label(np.pad(~group, 1, constant_values=True))[0]
    whole: Mask = (ground != ground[0, 0])[1:-1, 1:-1]
    return whole


def runs_down(mask: Mask) -> Counts:
    """Numbers the stretches of True down the columns, from 1: (height, width), 0 where the mask is False."""
    starts: Mask = np.diff(mask, axis=0, prepend=False) & mask
    numbers = np.cumsum(starts.T.ravel(), dtype=np.intp).reshape(mask.shape[::-1]).T
    return np.where(mask, numbers, 0)


def coarse(mask: Mask, side: int) -> tuple[Mask, int]:
    """Brings a mask to a size at which what nearly touches does.

    Args:
        mask: bool (height, width).
        side: How many pixels the longer side may have.

    Returns:
        bool, smaller by a whole number: True where any of the pixels is; and that number.
    """
    factor = -(-max(mask.shape) // side)
    return np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).reduce(factor)) > 0, factor


def fine(mask: Mask, factor: int, shape: tuple[int, ...]) -> Mask:
    """Brings a coarse mask back.

    Args:
        mask: bool, as `coarse` gave it.
        factor: The number that `coarse` gave with it.
        shape: Height and width of what was made coarse.

    Returns:
        bool (height, width).
    """
    return np.kron(mask, np.ones((factor, factor), bool))[: shape[0], : shape[1]]


def _runs(mask: Mask) -> tuple[Counts, Counts]:
    """Where the stretches of True along the rows start and end, in reading order; a row has a place more at its end."""
    edges = np.zeros((mask.shape[0], mask.shape[1] + 1), bool)
    edges[:, :-1] = mask
    edges[:, 1:] ^= mask
    places = np.flatnonzero(edges)
    return places[::2], places[1::2]
