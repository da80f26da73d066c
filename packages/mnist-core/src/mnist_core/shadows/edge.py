"""An edge, and whether it is a shadow's: along it, light falls by the same ratio, whatever it falls on."""

from dataclasses import dataclass

import numpy as np

from mnist_core.shadows.logarithms import Shades, Values

ACROSS = 0.06  # from an edge, each way, that shades are compared
SAME = 0.65  # of a shadow's edge, where the ratio is the same

_STRAYS = (0.05, 0.3)  # by which logarithms of ratios that are the same may differ: so much, or so much of them
_NONE = 0.4  # of the ratio, below which there is no edge,
_GAPS = 0.12  # and of a shadow's edge, where there is none
LEAST, MOST = 0.08, 0.9  # logarithms of light to shadow: less can't be told, more is the edge of something else


@dataclass(frozen=True)
class Edge:
    """An edge.

    Attributes:
        points: float32 (N, 2), x and y of places on it.
        normals: float32 (N, 2), the direction across it there, of length 1.
        distance: float32 (height, width), how far each pixel is beyond it; less than 0 on the other side.
    """

    points: Values
    normals: Values
    distance: Values


def sameness(shades: Shades, edge: Edge) -> float:
    """At how much of an edge the light falls by the same ratio; 0 if it is not the edge of a shadow."""
    before, beyond = (edge.points + side * ACROSS * edge.normals for side in (-1, 1))
    ratios = shades.at(beyond[:, 0], beyond[:, 1]) - shades.at(before[:, 0], before[:, 1])
    _, same = judged(ratios[None])
    return float(same[0])


def judged(ratios: Values) -> tuple[Values, Values]:
    """The size of the median of each line's ratios (L, N), and at how much of it they are the same.

    Ratios that are not a number are of places outside the picture. The latter is 0 if it can't be a shadow's edge.
    """
    lines, tried = ratios.shape
    inside = np.count_nonzero(~np.isnan(ratios), axis=1)
    middle = np.sort(ratios, axis=1)[np.arange(lines), np.minimum(inside // 2, tried - 1)]  # nan comes last
    size: Values = np.abs(np.nan_to_num(middle))
    least, of_them = _STRAYS
    strays = np.abs(ratios - middle[:, None])
    same = np.count_nonzero(strays <= np.maximum(least, of_them * size)[:, None], axis=1) / inside.clip(1)
    gaps = np.count_nonzero(np.abs(ratios) < _NONE * size[:, None], axis=1) / inside.clip(1)
    possible = (gaps <= _GAPS) & (size >= LEAST) & (size <= MOST)
    return size, np.where(possible, same, 0).astype(np.float32)
