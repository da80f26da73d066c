"""Tells printed lines that run side by side from ink, as of music paper, wherever on the page they begin and end."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import Counts, Mask, boxes, coarse, label, runs_down

Plane = npt.NDArray[np.uint8]

_SMALLEST = 200  # pixels of the shorter side, below which so many lines are too fine to be told apart
_COARSE = 128  # pixels each way, for telling what hangs together: the lines of a staff may
_LONG = 0.3  # of the picture's width that such lines are long at least: an address's take less than half a card
_EDGE = 60  # times less than the width is as good as the edge: what goes from edge to edge is found as a line
_LINES = 4  # that run side by side at least: a digit has three strokes across at most,
_FEW = 3  # which others join at one end at least; where nothing does, three are lines as well
_WHOLE = 0.5  # of their length that the row of a line has at least
_JOINED = 0.02  # of what is between their ends that is ink if something joins them
_TILT = 0.3  # rise of such lines, on a photographed sheet: so many cannot be strokes of a digit
_SAMPLE = 64  # columns that tell the rise
_STRETCH = 0.3  # of their length: so long is a stretch of a line, as no stroke along it is,
_COVERED = 0.9  # and of the stretch so much is ink
_SLENDER = 0.03  # of its length that a line is thick at most
_SWOLLEN = 1.6  # times as thick, or as strong, as its middle a line may be in places
_ENDS = 0.05  # of their length, at both ends, where a bar may join them


def stave_pixels(mask: Mask, strength: Plane) -> Mask:
    """Finds lines, across or down, of which several run side by side from about the same place to about the same.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), the pixels of `mask` that are of such lines alone, or of a bar at their ends.
    """
    small, factor = coarse(mask, _COARSE)
    labels, count = label(small)
    groups = boxes(labels, count)
    across = _across(mask, strength, groups.left * factor, groups.right * factor)
    return across | _across(mask.T, strength.T, groups.top * factor, groups.bottom * factor).T


def _across(mask: Mask, strength: Plane, left: Counts, right: Counts) -> Mask:
    """The lines within the columns that the longest things take, each from `left` to `right`."""
    found = np.zeros_like(mask)
    long = right - left >= _LONG * mask.shape[1]
    if min(mask.shape) < _SMALLEST or not long.any():
        return found
    first, last = int(left[long].min()), int(right[long].max())
    place = slice(None), slice(first, last)
    inked = mask[place]
    edge = mask.shape[1] // _EDGE
    if first < edge or last > mask.shape[1] - edge or np.median(_crossed(inked)) < _FEW:
        return found
    level = _levelled(inked)  # the rows, for each column, on which lines would be level
    lines = np.zeros_like(inked)
    inside = (level >= 0) & (level < len(inked))
    rows, columns = level.clip(0, len(inked) - 1), np.arange(inked.shape[1])
    levelled = inked[rows, columns] & inside
    stretches = _thin(levelled, strength[place][rows, columns])
    lines[rows[stretches], np.nonzero(stretches)[1]] = True
    crossed = _crossed(lines)
    ends = round(_ENDS * lines.shape[1])
    least = _FEW if _are_free(levelled, stretches, ends) else _LINES
    if np.median(crossed) >= least and np.count_nonzero(lines) <= _SLENDER * lines.shape[1] * crossed.sum():
        lines[:, :ends], lines[:, -ends:] = inked[:, :ends], inked[:, -ends:]
        found[place] = lines
    return found


def _are_free(mask: Mask, lines: Mask, ends: int) -> bool:
    """Whether hardly anything but the lines is between them at both ends, as strokes of a digit join them at one."""
    rows = np.flatnonzero(lines.mean(axis=1) >= _WHOLE)
    if not len(rows):
        return False
    rest = (mask & ~lines)[rows[0] : rows[-1]]
    return bool(max(rest[:, :ends].mean(), rest[:, -ends:].mean()) < _JOINED) if rest.size else False


def _crossed(lines: Mask) -> Counts:
    """How many lines each column goes across: (width,)."""
    begun: Mask = np.diff(lines, axis=0, prepend=False) & lines
    crossed: Counts = begun.sum(axis=0, dtype=np.intp)
    return crossed


def _levelled(lines: Mask) -> Counts:
    """Where to take pixels from for lines to be level, (taller, width): the row of each; there may be no such row.

    Along the lines' own rise ink gathers on the fewest rows (a projection profile).
    """
    height, width = lines.shape
    step = -(-width // _SAMPLE)
    rows, columns = np.nonzero(lines[:, ::step])
    beyond = int(_TILT * width) + 1
    rises = np.arange(-_TILT, _TILT, 1 / width)
    gathered = [
        float((np.bincount((rows - rise * step * columns).astype(np.intp) + beyond).astype(np.float64) ** 2).sum())
        for rise in rises
    ]
    down = (rises[int(np.argmax(gathered))] * np.arange(width)).round().astype(np.intp)
    level: Counts = np.arange(-int(down.max()), height - int(down.min()))[:, None] + down
    return level


def _thin(mask: Mask, strength: Plane) -> Mask:
    """What of level lines is as thin, and as weak, as they are: bool (height, width)."""
    near = mask.copy()  # a line is never quite level
    near[1:] |= mask[:-1]
    near[:-1] |= mask[1:]
    along = mask & _stretches(near, round(_STRETCH * mask.shape[1]))
    if not along.any():
        return along
    runs = runs_down(mask)
    lengths = np.bincount(runs.ravel())
    most = min(np.median(lengths[runs[along]]) * _SWOLLEN + 1, _SLENDER * mask.shape[1])
    thick = lengths[runs] > most
    strong = strength > np.median(strength[along]) * _SWOLLEN
    gone = np.zeros(len(lengths), bool)
    gone[runs[along & ~thick & ~strong]] = True
    return mask & gone[runs]


def _stretches(mask: Mask, length: int) -> Mask:
    """What lies in a stretch across, of such a length, that is ink nearly all along: bool (height, width)."""
    ink = np.cumsum(np.pad(mask, ((0, 0), (1, 0))), axis=1)
    full = ink[:, length:] - ink[:, :-length] >= _COVERED * length
    begun = np.cumsum(np.pad(full, ((0, 0), (length, length - 1))), axis=1)
    covered: Mask = begun[:, length:] > begun[:, :-length]
    return covered
