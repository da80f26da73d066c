"""Groups of pixels that hang together."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

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
    runs = _runs(mask)
    parents = list(range(len(runs)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    above = 0
    for this, (row, start, end) in enumerate(runs):
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] < start):
            above += 1
        for other in range(above, this):
            if runs[other][0] != row - 1 or runs[other][1] > end:
                break
            parents[root(this)] = root(other)

    numbers: dict[int, int] = {}
    labels = np.zeros(mask.shape, np.intp)
    for this, (row, start, end) in enumerate(runs):
        labels[row, start:end] = numbers.setdefault(root(this), len(numbers) + 1)
    return labels, len(numbers)


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


def grown(mask: Mask) -> Mask:
    """The mask and the pixels around it: bool (height, width)."""
    padded = np.pad(mask, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


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


def _runs(mask: Mask) -> list[tuple[int, int, int]]:
    """The stretches of True along the rows: row, first column, column after the last; in reading order."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    return list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))
