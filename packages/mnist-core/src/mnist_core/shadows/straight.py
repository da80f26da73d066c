"""Finds the straight edge of a shadow, across all that it falls on."""

import math

import numpy as np
import numpy.typing as npt

from mnist_core.shadows.edge import ACROSS, SAME, Edge, judged
from mnist_core.shadows.logarithms import CORNER, Shades

_ANGLES, _OFFSETS, _FARTHEST, _TRIED = 30, 50, 1.3, 51  # lines that are tried first, and places along each
_LENGTH = 0.6  # that a line has in the picture
_VARIED = 9  # angles, and offsets, around the best line that are tried then,
_CLOSER = (  # so many radians and lengths each way, with shades compared so far across, at so many places
    (math.pi / 36, 0.04, 0.04, 101),
    (math.pi / 120, 0.02, 0.025, 201),
    (math.pi / 400, 0.008, 0.012, 401),
    (math.pi / 1200, 0.003, 0.008, 401),
)
_PLACES = 400  # along the line that was found


def straight_edge(shades: Shades, coarse: Shades) -> Edge | None:
    """The line across which the light falls most, by the same ratio all along; None if there is no such line.

    Args:
        shades: The picture's, in full.
        coarse: The same, without thin ink.
    """
    angles = np.linspace(0, math.pi, _ANGLES, endpoint=False)
    offsets = np.linspace(-_FARTHEST, _FARTHEST, _OFFSETS)
    angle, offset, falls = _best_line(coarse, angles, offsets, ACROSS, _TRIED, SAME)
    if not falls:
        return None
    for turn, shift, across, tried in _CLOSER:
        angles = angle + np.linspace(-turn, turn, _VARIED)
        offsets = offset + np.linspace(-shift, shift, _VARIED)
        angle, offset, _ = _best_line(shades, angles, offsets, across, tried, 0)
    cosine, sine = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    along = np.linspace(-CORNER, CORNER, _PLACES, dtype=np.float32)
    points = np.stack([offset * cosine - along * sine, offset * sine + along * cosine], axis=1).astype(np.float32)
    x, y = shades.places()
    return Edge(points, np.tile([cosine, sine], (_PLACES, 1)), cosine * x + sine * y - np.float32(offset))


def _best_line(
    shades: Shades,
    angles: npt.NDArray[np.float64],
    offsets: npt.NDArray[np.float64],
    across: float,
    tried: int,
    least: float,
) -> tuple[float, float, float]:
    """Of the lines x cos(angle) + y sin(angle) = offset, the one across which the light falls most, and how much.

    Tries every angle with every offset, at so many places along each; the ratio must be the same at `least` of them.
    """
    angle, offset = (values.ravel() for values in np.meshgrid(angles, offsets, indexing="ij"))
    cosine, sine = (of(angle).astype(np.float32)[:, None] for of in (np.cos, np.sin))
    middle = offset.astype(np.float32)[:, None]
    along = np.linspace(-CORNER, CORNER, tried, dtype=np.float32)
    before, beyond = (
        shades.at(there * cosine - along * sine, there * sine + along * cosine)
        for there in (middle - np.float32(across), middle + np.float32(across))
    )
    ratios = beyond - before
    median, same = judged(ratios)
    long = np.count_nonzero(~np.isnan(ratios), axis=1) * (2 * CORNER / tried) >= _LENGTH
    falls = median * same * (long & (same >= least))
    best = int(falls.argmax())
    return float(angle[best]), float(offset[best]), float(falls[best])
