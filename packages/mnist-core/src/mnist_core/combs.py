"""Tells a comb, or a row of boxes, from the digit that touches it, also where it is seen at an angle."""

import itertools
import statistics
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Mask, boxes, coarse, fine, label, pixels_of
from mnist_core.straight import AWAY, GAP, Line, pixels_on, straight_lines

Plane = npt.NDArray[np.uint8]

_COARSE = 128  # pixels each way, for finding straight lines
_SIDE = 0.2  # of the picture's width that a comb is wide at least
_ROWS = 4  # groups that may be one: of a date, each row of boxes is
_ROW = 1.3  # times wider than high it is
_BASE = 0.7  # of the comb's width that its base goes on for
_TOOTH = 0.03  # of the base that a tooth is long at least
_OTHERS = 2  # times as many other lines as teeth, that a digit has at most: writing has more
_PARALLEL = 0.12  # that one tooth leans more than most, seen from near by
_LONGER = 1.5  # times as long as most, it is a stroke, if it is not at an end of the base
_UNSURE = 3.0  # coarse pixels that its ends are away from where they should be, if it is short
_SQUARE = 0.4  # that a tooth leans more than the base rises: more than that, and they are not at right angles
_BELOW = 0.05  # of a comb that is below its base at most
_SLENDER = 0.07  # of its length that the base is thick at most
_SHORTEST = 4.0  # coarse pixels that a tooth is long at least
_BETWEEN = 0.25  # of the longest that teeth are apart at least
_FULL = 0.4  # of its box that a comb fills at most, with a digit that touches it
_TEETH = 3  # at least, or two where the base runs to the picture's edge: a squarish zero has two, and the lines between
_MOST = 16  # that are looked for
_PLACE = 0.15  # of the way from one tooth to the next that one is away from its place at most
_MOSTLY = 0.7  # of the teeth that are at their places, if they have such: what is elsewhere is a stroke
_THICKER = 2.0  # times as thick as the base, it is no tooth but a stroke,
_HIGHER = 1.3  # or so many times as high as most, where it is looked for among the things that are left
_ABOVE = 0.2  # of the longest tooth that a digit ends above it at most
_HIGH = 0.4  # of the longest tooth that a digit is high at least


class _Grid(NamedTuple):
    """Where the teeth of a comb stand, in coarse pixels: one of them, and from each to the next."""

    start: float
    step: float

    def has(self, across: npt.NDArray[np.float64] | float) -> Mask:
        """Whether a tooth may stand there."""
        steps = (np.asarray(across) - self.start) / self.step
        near: Mask = np.abs(steps - steps.round()) < _PLACE
        return near


def beside_comb(mask: Mask, strength: Plane) -> Mask | None:
    """Finds a base with teeth, or boxes, on it, and what is neither that nor between its teeth.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), the pixels that are the comb's alone, and all that is above and below it; None where there
        is no comb that has something as high as a digit.
    """
    small, factor = coarse(mask, _COARSE)
    labels, count = label(small)
    if not count:
        return None
    groups = boxes(labels, count)
    wide = groups.width >= np.maximum(_SIDE * small.shape[1], _ROW * groups.height)
    for number in np.argsort(-groups.width * groups.height)[:_ROWS]:
        beside = _beside_row(mask, strength, labels == number + 1, factor) if wide[number] else None
        if beside is not None:
            return beside
    return None


def _beside_row(mask: Mask, strength: Plane, group: Mask, factor: int) -> Mask | None:
    """What `beside_comb` gives, if such a group of coarse pixels is a comb; None if it is not."""
    lines = _comb(group)
    if lines is None:
        return None
    base, others, teeth = lines
    comb = pixels_on(base, mask, strength, factor)
    if np.count_nonzero(comb) > _SLENDER * (base.length * factor) ** 2:
        return None
    thick = np.count_nonzero(comb) / base.length
    for line in others:
        comb |= pixels_on(line, mask, strength, factor)
    short = statistics.median(tooth.length for tooth in teeth)
    grid = _grid(np.sort([_foot(tooth) for tooth in teeth]))
    longest = 0
    for tooth in teeth:
        pixels = pixels_on(tooth, mask.T, strength.T, factor).T
        is_at_home = grid is None or bool(grid.has(_foot(tooth)))
        if is_at_home and np.count_nonzero(pixels) <= _THICKER * thick * tooth.length:
            longest = max(longest, tooth.length)
            comb |= pixels
    if grid is not None:
        comb |= _other_teeth(mask & ~comb, grid, factor, thick / factor, short * factor)
    beside = _beside(mask & ~comb, base, longest) if longest else None
    return None if beside is None else comb | beside


def _grid(feet: npt.NDArray[np.float64]) -> _Grid | None:
    """The places that most feet, from left to right, are at, as far apart as most; None where they stand anyhow."""
    if len(feet) < _TEETH:
        return None
    step = float(np.median(np.diff(feet)))
    grids = [
        _Grid(one, (other - one) / max(1, round((other - one) / step)))
        for one, other in itertools.combinations(feet.tolist(), 2)
    ]
    at_home, grid = max((int(np.count_nonzero(grid.has(feet))), grid) for grid in grids)
    return grid if at_home >= max(_TEETH, _MOSTLY * len(feet)) else None


def _other_teeth(mask: Mask, grid: _Grid, factor: int, thick: float, high: float) -> Mask:
    """The things, bool (height, width), where teeth stand, that are as thick and as high, in pixels."""
    labels, count = label(mask)
    things = boxes(labels, count)
    slim = (things.height <= _HIGHER * high + factor) & (things.width <= _THICKER * thick + factor)
    return pixels_of(slim & grid.has(things.middles[0] / factor), labels)


def _beside(mask: Mask, base: Line, longest: int) -> Mask | None:
    """What of a mask without the comb is not between the teeth; None where nothing as high as a digit is."""
    small, factor = coarse(mask, _COARSE)
    labels, count = label(small)
    if not count:
        return None
    things = boxes(labels, count)
    across, _ = things.middles
    above = base.row + base.rise * across - things.bottom
    inside = (
        (above > -things.height / 2) & (above < longest * (1 + _ABOVE)) & (across > base.first) & (across < base.last)
    )
    if not (inside & (things.height >= _HIGH * longest)).any():
        return None
    return mask & ~fine(pixels_of(inside, labels), factor, mask.shape)


def _comb(group: Mask) -> tuple[Line, list[Line], list[Line]] | None:
    """The base, the other lines along it, and the teeth of a comb; None where it is not one."""
    height, width = (int(np.ptp(np.flatnonzero(group.any(axis=axis)))) + 1 for axis in (1, 0))
    if np.count_nonzero(group) > _FULL * width * height:
        return None
    along = straight_lines(group, _BASE * width, 2)
    if not along:
        return None
    base = max(along, key=lambda line: line.row + line.rise * (line.first + line.last) / 2)
    below = np.arange(group.shape[0])[:, None] - base.row - base.rise * np.arange(group.shape[1]) > 2 * AWAY
    if np.count_nonzero(group & below) > _BELOW * np.count_nonzero(group):
        return None
    rest = group.copy()
    for line in along:
        rest &= ~_near(line, group.shape)
    upright = straight_lines(rest.T, max(_SHORTEST, _TOOTH * width), _MOST)
    standing = [tooth for tooth in upright if _stands(tooth, base)]
    teeth: list[Line] = []
    for tooth in standing:
        if _is_like(tooth, standing, base) and _is_apart(tooth, teeth):
            teeth.append(tooth)
    at_edge = base.first <= 1 or base.last >= group.shape[1] - 2
    if len(teeth) < _TEETH - at_edge or len(upright) > (1 + _OTHERS) * len(teeth):
        return None
    return base, [line for line in along if line is not base], teeth


def _stands(tooth: Line, base: Line) -> bool:
    """Whether a tooth, with rows for columns, ends at the base."""
    at_base = abs(base.row + base.rise * _foot(tooth) - tooth.last) <= GAP + AWAY
    return at_base and abs(tooth.rise + base.rise) <= _SQUARE


def _is_like(tooth: Line, teeth: list[Line], base: Line) -> bool:
    """Whether it leans as most of the teeth do, and is as long; the ends of the base may be higher."""
    leaning = abs(tooth.rise - statistics.median(other.rise for other in teeth))
    if leaning > _PARALLEL + _UNSURE / tooth.length:
        return False
    foot = _foot(tooth)
    at_end = min(abs(foot - base.first), abs(foot - base.last)) <= 2 * AWAY
    return at_end or tooth.length <= _LONGER * statistics.median(other.length for other in teeth)


def _is_apart(tooth: Line, teeth: list[Line]) -> bool:
    """Whether it is at some distance from the teeth before."""
    longest = max((other.length for other in teeth), default=0)
    return all(abs(_foot(tooth) - _foot(other)) >= _BETWEEN * longest for other in teeth)


def _foot(tooth: Line) -> float:
    """The column where a tooth, with rows for columns, ends below."""
    return tooth.row + tooth.rise * tooth.last


def _near(line: Line, shape: tuple[int, ...]) -> Mask:
    columns = np.arange(shape[1])
    near: Mask = np.abs(np.arange(shape[0])[:, None] - line.row - line.rise * columns) <= AWAY
    near &= (columns >= line.first) & (columns <= line.last)
    return near
