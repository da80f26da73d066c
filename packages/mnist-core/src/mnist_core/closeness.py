"""Tells whether a picture is cut so close to its digit that the digit's own strokes run into the border."""

import numpy as np

from mnist_core.blobs import Mask, sole

_NEAR = 0.02  # of the longer side, from the border: what is no farther reaches it
_ENDS = 5  # places at which a digit reaches the border at most; a grid reaches it at more
_ALONG = 2.5  # sides that a digit's strokes lie along at most, all together; a frame lies along all four


def is_cut_close(mask: Mask) -> bool:
    """Whether all ink is one thing that reaches all four sides, and no grid, nor a frame along the border.

    Args:
        mask: bool (height, width), what might be ink.
    """
    near = max(1, round(_NEAR * max(mask.shape)))
    if not all(side.any() for side in _sides(mask, near)):
        return False
    digit = sole(mask)
    if digit is None:
        return False
    sides = [side.any(axis=0) for side in _sides(digit, near)]
    ends = sum(int(np.count_nonzero(np.diff(side, prepend=False) & side)) for side in sides)
    along = sum(float(side.mean()) for side in sides)
    return all(bool(side.any()) for side in sides) and ends <= _ENDS and along <= _ALONG


def _sides(mask: Mask, near: int) -> tuple[Mask, ...]:
    """What is near each side, bool (near, the side's length)."""
    return mask[:near], mask[-near:], mask[:, :near].T, mask[:, -near:].T
