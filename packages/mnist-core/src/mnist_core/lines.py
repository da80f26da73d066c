"""Tells the lines of squared or ruled paper, and of forms, from ink.

A line is straight and goes on past the digit, from edge to edge. Along it, what is about as thick and as strong as the
line itself is the line's; where a stroke crosses, that is thicker, and stays (as music is freed of its staves).
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask, runs_down

_COARSE = 128  # pixels each way, for finding lines
_INKED = 48  # of 255: mean of a coarse pixel through which a line goes
_SMALL = 64  # pixels of the longer side, below which lines are upright, and at the edges: a stroke may look like one
_UPRIGHT = 0.05  # rise of a line that is upright but for the scanner
_TILT = 0.2  # rise of a line on a photographed sheet
OUTER = 0.2  # of the height: where a line is at the top, or at the bottom
_COVERED = 0.85  # of a line's way that is ink; light or a poor scan hides some
THIN = 0.11  # of the shorter side: what is thicker is a stroke and no line
_AWAY = 2  # coarse pixels that a line may be away from the straight way
_ALIKE = 4  # times as thick as most lines of a picture one is at most: from line to line, a way may go along a stroke
_SWOLLEN = 1.6  # times as thick as its middle a line may be in places
STRONGER = 1.4  # times as strong as its middle it may be; what is more so is a stroke that lies along it


def line_pixels(mask: Mask, strength: npt.NDArray[np.uint8]) -> Mask:
    """Finds lines that go from edge to edge, across or down.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), the pixels of `mask` that are of lines alone.
    """
    tilt = _TILT if max(mask.shape) >= _SMALL else _UPRIGHT
    outer = max(mask.shape) < _SMALL
    thickest = max(THIN * min(mask.shape), 1)
    across, down = (
        pixels_along(plane, shades, ways_across(plane, tilt, _COVERED, ended=True), outer=outer, thickest=thickest)
        for plane, shades in ((mask, strength), (mask.T, strength.T))
    )
    return across | down.T


def ways_across(mask: Mask, tilt: float, covered: float, *, ended: bool) -> npt.NDArray[np.float64]:
    """Finds straight ways across that are ink nearly all along.

    Args:
        mask: bool (height, width), what might be ink.
        tilt: Rows that a way rises or falls a column, at most.
        covered: Of a way, what is ink at least.
        ended: Whether the ink must reach both edges.

    Returns:
        (count, 2), the row in the middle and the rise a column.
    """
    ends = max(1, mask.shape[1] // 25)
    if min(mask.shape) < 12 or (ended and not (mask[:, :ends].any() and mask[:, -ends:].any())):
        return np.zeros((0, 2))
    factor = -(-max(mask.shape) // _COARSE)
    small = np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).reduce(factor)) > _INKED
    height, width = small.shape
    if max(mask.shape) >= _SMALL:  # a line is never quite straight
        near = small.copy()
        near[1:] |= small[:-1]
        near[:-1] |= small[1:]
        small = near
    reach = int(tilt * width / 2) + 2
    padded = np.pad(small.astype(np.int16) + 256, ((reach, reach), (0, 0)))  # 0 is beyond the picture
    ends = max(1, width // 25)
    columns = np.arange(width)
    rises = np.arange(-tilt, tilt, 1.5 / width)
    shares = np.zeros((height, len(rises)))
    for number, rise in enumerate(rises):
        rows = np.arange(height)[:, None] + (rise * (columns - width / 2)).round().astype(int) + reach
        way = padded[rows, columns]
        total = way.sum(axis=1, dtype=np.intp)
        inside = total >> 8
        share = np.where(inside > width / 2, (total & 255) / np.maximum(inside, 1), 0)
        if ended:
            share *= (way[:, :ends] != 256).any(axis=1) & (way[:, -ends:] != 256).any(axis=1)
        shares[:, number] = share
    best = shares.argmax(axis=1)
    rows = np.flatnonzero(shares.max(axis=1) >= covered)
    return np.stack([(rows + 0.5) * factor, rises[best[rows]]], axis=1)


def pixels_along(
    mask: Mask,
    strength: npt.NDArray[np.uint8],
    ways: npt.NDArray[np.float64],
    *,
    outer: bool,
    thickest: float = math.inf,
) -> Mask:
    """Finds what is a line's along ways from the left edge to the right.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.
        ways: (count, 2), as `ways_across` gives them.
        outer: Whether to take only those near the top or the bottom.
        thickest: How many pixels thick a line is at most.

    Returns:
        bool (height, width), the pixels of `mask` that are of lines alone.
    """
    height, width = mask.shape
    if outer:
        ways = ways[np.abs(ways[:, 0] / height - 0.5) > 0.5 - OUTER]
    if not len(ways):
        return np.zeros_like(mask)
    runs = runs_down(mask)
    lengths = np.bincount(runs.ravel())
    strongest = np.zeros(len(lengths), np.uint8)
    np.maximum.at(strongest, runs[mask], strength[mask])
    gone = np.zeros(len(lengths), bool)
    columns = np.arange(width)
    away = min(_AWAY, max(mask.shape) // 32) * -(-max(mask.shape) // _COARSE)
    found = []
    for middle, rise in ways:
        straight = (middle + rise * (columns - width / 2)).round().astype(int)
        nearest = np.zeros(width, np.intp)
        for step in sorted(range(-away, away + 1), key=abs, reverse=True):
            rows = (straight + step).clip(0, height - 1)
            hit = mask[rows, columns] & (rows == straight + step)
            nearest = np.where(hit, runs[rows, columns], nearest)
        if nearest.any():
            nearest = nearest[nearest > 0]
            found.append((float(np.median(lengths[nearest])), nearest))
    usual = float(np.median([thickness for thickness, _ in found])) if found else 0
    for thickness, nearest in found:
        if thickness <= min(thickest, _ALIKE * usual):
            thin = lengths[nearest] <= thickness * _SWOLLEN + 1
            shades = strongest[nearest]
            gone[nearest[thin & (shades <= np.median(shades) * STRONGER)]] = True
    gone[0] = False
    return gone[runs]
