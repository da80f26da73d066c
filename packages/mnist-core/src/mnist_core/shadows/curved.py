"""Finds the edge of a shadow on a sheet, whatever its shape: it parts what is lit from what is not."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask
from mnist_core.light import border
from mnist_core.shadows.edge import Edge
from mnist_core.shadows.logarithms import CORNER, Plane, Shades, Values, shade, surface
from mnist_core.threshold import otsu

_COARSE, _MEDIAN = 64, 7  # pixels of the longer side of the coarse picture, and of the median of it
_ANGLES, _OFFSETS = 24, 42  # lines that may part the picture, to begin with
_ROUNDS = 14  # of settling what is lit, at most
_FREELY = 4  # of them that believe every pixel; the others none that strays four times as far as most do
_STRAYS = 0.02, 0.1  # logarithms by which shades may stray from the light, and as much of it as counts
_PART = 0.02  # of the picture that either part has at least
_CUT = 0.16  # of the picture's border that either part has: a thick pen's stroke has less


def curved_edge(grey: Plane) -> Edge | None:
    """The outline between the lit and the shaded part of a sheet; None if there are no such parts.

    After Chan and Vese (https://doi.org/10.1109/83.902291), with smooth light in the place of two constants: what is on
    either side, and the light that fits both sides best, are settled by turns.

    Args:
        grey: uint8 (height, width).
    """
    factor = -(-max(grey.shape) // _COARSE)
    coarse = Shades(grey, factor, _MEDIAN)
    lightness = _settled(coarse)
    if lightness is None:
        return None
    lit = lightness > 0
    if not _CUT <= border(lit).mean() <= 1 - _CUT:
        return None
    points = _crossings(lightness, lit, *coarse.places())
    x, y = coarse.places()
    away = np.full(lit.shape, np.inf, np.float32)
    for point_x, point_y in points:
        np.minimum(away, np.square(x - point_x) + np.square(y - point_y), out=away)
    away = np.sqrt(away)
    distance = np.where(lit, away, -away)
    down, right = np.gradient(distance)
    column = np.abs(x - points[:, :1]).argmin(axis=1)
    row = np.abs(y.T - points[:, 1:]).argmin(axis=1)
    normals = np.stack([right[row, column], down[row, column]], axis=1)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    told = lengths[:, 0] > 0
    if not told.any():
        return None
    height, width = grey.shape
    whole = Image.fromarray(distance).resize((lit.shape[1] * factor, lit.shape[0] * factor), Image.Resampling.BICUBIC)
    return Edge(points[told], normals[told] / lengths[told], np.asarray(whole)[:height, :width])


def _settled(coarse: Shades) -> Values | None:
    """By how much each pixel is lighter than halfway from shadow to light there; None if there are no two parts."""
    smooth = surface(*coarse.places()).reshape(-1, 6)
    shades = coarse.logarithms.ravel().astype(np.float64)
    best: tuple[float, Values] | None = None
    for lit in _guesses(coarse):
        settled = _settle(shades, smooth, lit.ravel())
        if settled and (best is None or settled[0] < best[0]):
            best = settled
    return None if best is None else best[1].reshape(coarse.logarithms.shape)


def _guesses(coarse: Shades) -> tuple[Mask, Mask]:
    """Two first guesses at what is lit: what is lighter than the rest; and one side of the line that says most."""
    grey = shade(coarse.logarithms)
    x, y = (np.ascontiguousarray(place[::2, ::2].ravel()) for place in np.broadcast_arrays(*coarse.places()))
    shades = coarse.logarithms[::2, ::2].ravel()
    smooth = np.linalg.qr(surface(x, y))[0].astype(np.float32)
    left = shades - smooth @ (smooth.T @ shades)
    angles = np.linspace(0, math.pi, _ANGLES, endpoint=False, dtype=np.float32)
    offsets = np.linspace(-CORNER, CORNER, _OFFSETS, dtype=np.float32)
    beyond = np.cos(angles)[:, None] * x + np.sin(angles)[:, None] * y
    steps = (beyond[:, None, :] > offsets[:, None]).reshape(-1, len(x)).astype(np.float32)
    # What of a step is at right angles to smooth light says what it can say of what smooth light leaves.
    length = steps.sum(axis=1) - np.square(steps @ smooth).sum(axis=1)
    says = np.where(length > _PART * len(x) / 4, np.square(steps @ left) / length.clip(1e-6), 0)
    angle, offset = divmod(int(says.argmax()), len(offsets))
    all_x, all_y = coarse.places()
    line = np.cos(angles[angle]) * all_x + np.sin(angles[angle]) * all_y > offsets[offset]
    return grey > otsu(grey), line


def _settle(shades: npt.NDArray[np.float64], smooth: npt.NDArray[np.float64], lit: Mask) -> tuple[float, Values] | None:
    """Settles a guess (N,): how far shades stray from the light, and what `_settled` gives."""
    believed = np.ones(len(lit), bool)
    for number in range(_ROUNDS):
        if not _PART <= lit.mean() <= 1 - _PART:
            return None
        terms = np.concatenate([smooth, lit[:, None]], axis=1)
        some = terms[believed]
        *weights, step = np.linalg.lstsq(some.T @ some, some.T @ shades[believed])[0]
        above = shades - smooth @ weights
        strays = np.abs(above - step * lit)
        if number >= _FREELY:
            believed = strays <= 4 * np.median(strays) + _STRAYS[0]
        before, lit = lit, above > step / 2 if step > 0 else above < step / 2
        if number > _FREELY and (lit == before).all():
            break
    lighter = (above - step / 2) * np.sign(step)
    return float(np.minimum(strays, _STRAYS[1]).mean()), lighter.astype(np.float32)


def _crossings(lightness: Values, lit: Mask, x: Values, y: Values) -> Values:
    """Places (N, 2) between neighbours of which one is lit, where the lightness goes through zero."""
    found = []
    for (one, other), is_down in ((np.s_[:, :-1], np.s_[:, 1:]), False), ((np.s_[:-1], np.s_[1:]), True):
        row, column = np.nonzero(lit[one] != lit[other])
        here, there = lightness[one][row, column], lightness[other][row, column]
        part = np.where(here * there < 0, here / np.where(here == there, 1, here - there), 0.5)
        if is_down:
            found.append(np.stack([x[0, column], y[row, 0] + part * (y[row + 1, 0] - y[row, 0])], axis=1))
        else:
            found.append(np.stack([x[0, column] + part * (x[0, column + 1] - x[0, column]), y[row, 0]], axis=1))
    return np.concatenate(found).astype(np.float32)
