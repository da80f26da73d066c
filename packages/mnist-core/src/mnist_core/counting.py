"""Counts the digits that stand side by side, or one above the other, where one is asked for."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Mask, boxes, coarse, grown, label

_FINE = 64  # pixels each way, for telling what hangs together
_INKED = 64  # of 255: paler is a soft edge
_TALL = 0.55  # of the tallest: from here on something could be a digit of its own
_BESIDE = 0.1  # of the tallest's height, between two digits side by side
_ABOVE = 0.3  # the same, between one and another below it: parts of a broken digit are nearer
_LEVEL = 0.5  # of its height that a digit is level with the one beside it
_SLIM = 4  # times higher than wide, a line is


class _Box(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def count_digits(ink: npt.NDArray[np.uint8]) -> int:
    """Counts what could each be a digit.

    Args:
        ink: uint8 (height, width), light ink on black, cropped to the ink.

    Returns:
        How many there are, at least 1. The parts of one broken digit are one.
    """
    small, _ = coarse(ink >= _INKED, _FINE)
    labels, count = label(small)
    if count <= 1:
        return 1
    groups = boxes(labels, count)
    parts = [_Box(*sides) for sides in zip(*(side.tolist() for side in groups), strict=True)]
    tallest = max(part.height for part in parts)
    columns = _joined(sorted(parts), ("left", "right"), _BESIDE * tallest)
    rows = _joined(sorted(parts, key=lambda part: part.top), ("top", "bottom"), _ABOVE * tallest)
    beside = sum(column.height >= _TALL * tallest for column in columns)
    highest = max(row.height for row in rows)
    # A five's bar, or an eight's ring, that stands apart is no higher than wide, and half of a broken one is a line.
    above = sum(row.height >= _TALL * highest and row.width < row.height < _SLIM * row.width for row in rows)
    return max(1, beside, above, _count_apart(small, tallest))


def _count_apart(ink: Mask, tallest: int) -> int:
    """Counts what stands beside the tallest, is as tall, and is nowhere near it: also where one leans over another."""
    reach = int(_BESIDE * tallest / 2)
    padded = np.pad(ink, reach)
    labels, count = label(grown(padded, reach))
    groups = boxes(np.where(padded, labels, 0), count)
    first = int(groups.height.argmax())
    level = np.minimum(groups.bottom, groups.bottom[first]) - np.maximum(groups.top, groups.top[first])
    return int(np.count_nonzero((groups.height >= _TALL * tallest) & (level >= _LEVEL * groups.height)))


def _joined(parts: list[_Box], axis: tuple[str, str], gap: float) -> list[_Box]:
    """Puts together what no gap parts along an axis, in whose order the parts are."""
    low, high = axis
    found: list[_Box] = []
    for part in parts:
        if found and getattr(part, low) - getattr(found[-1], high) < gap:
            before = found[-1]
            lows, highs = map(min, before[:2], part[:2]), map(max, before[2:], part[2:])
            found[-1] = _Box(*lows, *highs)
        else:
            found.append(part)
    return found
