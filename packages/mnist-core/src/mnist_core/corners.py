"""How well four corners describe a region: a sheet's, seen from any side, whichever way it is turned."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Mask

_DIRECTIONS = 32  # in which a region's farthest points are its hull's corners; a corner of a sheet is farthest in many

Points = npt.NDArray[np.float64]


def four_cornered(region: Mask) -> float:
    """How much of a region's convex hull is filled, by the region and by the largest four-cornered figure within.

    Args:
        region: bool (height, width), not empty.

    Returns:
        The lesser of both shares. It is 1 for whatever has four straight sides, or three, and 0.64 for an ellipse.
    """
    corners = _hull(region)
    return min(_largest(corners), float(np.count_nonzero(region))) / _area(corners)


def convexity(region: Mask) -> float:
    """How much of its convex hull a region, bool (height, width), not empty, fills."""
    return float(np.count_nonzero(region)) / _area(_hull(region))


def _hull(region: Mask) -> Points:
    """The corners of the convex hull, (_DIRECTIONS, 2), across and down, one after the other; some more than once."""
    rows = np.flatnonzero(region.any(axis=1))
    firsts, lasts = region.argmax(axis=1)[rows], region.shape[1] - region[:, ::-1].argmax(axis=1)[rows]
    across = np.concatenate([firsts, firsts, lasts, lasts])
    down = np.concatenate([rows, rows + 1, rows, rows + 1])  # as a pixel has corners of its own
    turns = np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS
    farthest = (np.outer(np.cos(turns), across) + np.outer(np.sin(turns), down)).argmax(axis=1)
    return np.stack([across[farthest], down[farthest]], axis=1).astype(np.float64)


def _area(corners: Points) -> float:
    across, down = corners.T
    return float(across @ np.roll(down, -1) - down @ np.roll(across, -1)) / 2


def _largest(corners: Points) -> float:
    """The area of the largest figure with four of the corners: two triangles, on both sides of its diagonal."""
    across, down = (side - side[:, None] for side in corners.T)  # from the first corner to the second
    doubled = across[:, :, None] * down[:, None, :] - down[:, :, None] * across[:, None, :]  # below 0 on one side
    return float((doubled.max(axis=2) - doubled.min(axis=2)).max()) / 2
