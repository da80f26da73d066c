"""Gives a picture on which a shadow falls the same light on both sides of the shadow's edge.

What the shadow takes is learned across its edge: the median, over all places along it, of how shades change with the
distance. So ink and other edges that it crosses do not matter, nor how soft it is.
"""

import numpy as np

from mnist_core.light import border
from mnist_core.shadows.curved import curved_edge
from mnist_core.shadows.edge import LEAST, MOST, SAME, Edge, sameness
from mnist_core.shadows.logarithms import Plane, Shades, Values, logarithm, shade, surface
from mnist_core.shadows.straight import straight_edge

_SMALLEST = 60  # pixels of the shorter side that a photograph has,
_NARROWEST = 1 / 8  # and of its longer side; the coarse picture of a strip would be a line
_VARIED = 10  # shades by which the border of a photograph with a shadow varies
_DRAWN = 4, 0.9  # shades of which a drawing consists, but for so much of it
_COARSE, _MEDIAN = 96, 5  # pixels of a coarse picture's longer side, and of the median that wipes thin ink out
_REACH = 0.18  # beside the edge, each way, that is looked at: half the width of the softest
_ENDS = 12  # parts of that, of which the outermost are what shades are compared with
_OVER = 1.5  # of the step from shadow to light, by which what is learned across a shadow's edge varies at most
_EVENED = 0.9  # of the border's unevenness, that is left at most when a shadow is taken off
_FEWEST = 16  # places along the edge, across which all is within the picture


def lit_evenly(grey: Plane) -> Plane:
    """Takes the shadow off a picture, if the edge of one goes through it.

    Args:
        grey: uint8 (height, width).

    Returns:
        uint8 (height, width), all of it in the brighter part's light; the picture itself if there is no such edge.
    """
    if min(grey.shape) < max(_SMALLEST, _NARROWEST * max(grey.shape)) or _variation(grey) < _VARIED or _is_drawn(grey):
        return grey
    shades, coarse = Shades(grey), Shades(grey, -(-max(grey.shape) // _COARSE), _MEDIAN)
    edges = [edge for edge in (straight_edge(shades, coarse), curved_edge(grey)) if edge]
    for same, edge in sorted(((sameness(shades, edge), edge) for edge in edges), key=lambda found: -found[0]):
        taken = _taken(shades, edge) if same >= SAME else None
        if taken is not None:
            lit = logarithm(grey) - taken
            # A shadow's edge reaches the border, and to take it off evens that out. A stroke's does not.
            if _unevenness(shades, border(lit)) < _EVENED * _unevenness(shades, logarithm(border(grey))):
                return shade(lit)
    return grey


def _is_drawn(grey: Plane) -> bool:
    """Whether a few shades are nearly all that there is: on a screen, in print."""
    few, part = _DRAWN
    return bool(np.sort(np.bincount(grey.ravel()))[-few:].sum() > part * grey.size)


def _variation(grey: Plane) -> float:
    low, high = np.percentile(border(grey), (10, 90))
    return float(high - low)


def _unevenness(shades: Shades, logarithms: Values) -> float:
    """How far what the border has (N,) strays from smooth light."""
    x, y = np.broadcast_arrays(*shades.places())
    smooth = surface(border(x), border(y))
    return float(np.abs(logarithms - smooth @ np.linalg.lstsq(smooth, logarithms)[0]).mean())


def _taken(shades: Shades, edge: Edge) -> Values | None:
    """What the shadow takes of the logarithm of each pixel's shade, 0 or less (height, width); None if it can't be."""
    count = int(_REACH * max(shades.shape))
    distance = np.linspace(-_REACH, _REACH, count, dtype=np.float32)
    across = shades.at(*(edge.points[:, axis, None] + distance * edge.normals[:, axis, None] for axis in (0, 1)))
    # Those whose ends lie in the picture do so in all of their length.
    across = across[~np.isnan(across[:, [0, -1]]).any(axis=1)]
    if len(across) < _FEWEST:
        return None
    end = max(2, count // _ENDS)
    middle = (across[:, :end].mean(axis=1) + across[:, -end:].mean(axis=1)) / 2
    light = np.median(across - middle[:, None], axis=0)
    side = count // 4
    before, beyond = float(np.median(light[:side])), float(np.median(light[-side:]))
    if not LEAST <= abs(beyond - before) <= MOST or np.ptp(light) > _OVER * abs(beyond - before):
        return None
    taken: Values = np.interp(edge.distance, distance, light, before, beyond).astype(np.float32)
    return taken - np.float32(max(before, beyond))
