"""The black bands that a copier or a scanner leaves along a picture's sides, where no paper was on its glass."""

import math

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Mask, coarse, fine, grown, label
from mnist_core.threshold import otsu

Plane = npt.NDArray[np.uint8]

_SMALLEST = 100  # pixels of the longer side, below which a stroke of a digit cut close may be as thick as a band
_COARSE = 128  # pixels each way, for telling what hangs together
_WHOLE = 0.95  # of a side that is dark if a band lies along it: its end may be ragged
_DEEP = 0.15  # of the picture that a band reaches into it at most
_DARK = 0.35  # of the picture that is dark if its ground is not


def without_bands(grey: Plane) -> Plane:
    """Gives black bands the shade of paper: they are darker than any ink and would be taken for the ground.

    A band lies along a whole side, and nothing that hangs together with it is far from there, as a stroke would be.

    Args:
        grey: uint8 (height, width).

    Returns:
        uint8 (height, width), the same without bands.
    """
    if max(grey.shape) < _SMALLEST:
        return grey
    threshold = otsu(grey)
    if not any((side <= threshold).mean() >= _WHOLE for side in (grey[0], grey[-1], grey[:, 0], grey[:, -1])):
        return grey
    dark = grey <= threshold
    if dark.mean() > _DARK:
        return grey
    small, factor = coarse(dark, _COARSE)
    bands = _bands(small)
    if not bands.any():
        return grey
    with_edges = fine(grown(bands), factor, grey.shape)
    return np.where(with_edges, np.median(grey[~dark]), grey).astype(np.uint8)


def _bands(dark: Mask) -> Mask:
    """Which dark pixels are of bands; two that meet in a corner hang together, and so are one."""
    labels, count = label(dark)
    covered = np.zeros((count + 1, 4), bool)  # which sides each group covers
    near = np.zeros((4, *dark.shape), bool)  # what is near each side
    for side in range(4):
        turned, close = np.rot90(labels, side), np.rot90(near[side], side)
        covered[:, side] = np.bincount(turned[0], minlength=count + 1) >= _WHOLE * turned.shape[1]
        close[: math.ceil(_DEEP * len(turned))] = True
    covered[0] = False
    found = np.zeros_like(dark)
    for number in np.flatnonzero(covered.any(axis=1)):
        band = labels == number
        if not (band & ~near[covered[number]].any(axis=0)).any():
            found |= band
    return found
