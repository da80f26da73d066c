"""Looks for the digit's ink in a plane of grey: within what is drawn around it, without lines, or without a frame."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask, boxes, grown, label
from mnist_core.cells import beside_cells
from mnist_core.closeness import is_cut_close
from mnist_core.combs import beside_comb
from mnist_core.frames import frame_pixels, table_pixels
from mnist_core.light import SMALLEST, border, flattened
from mnist_core.lines import THIN, line_pixels
from mnist_core.outlines import inside_outlines
from mnist_core.separating import FAINTEST, SIGMAS, separated, strongest
from mnist_core.staves import stave_pixels
from mnist_core.underlines import underline_pixels
from mnist_core.words import word_pixels

Plane = npt.NDArray[np.uint8]

_LINED = 0.2  # of the strongest: from here on something may be a line
_DIGIT = 0.06  # of the picture's longer side that a digit has at least
_LARGE = 0.45  # of the picture's longer side: from here on a digit's own stroke may go from edge to edge
_SLANT = 0.4  # of the width that a slanted one takes at most
_EMPTY = 0.6  # of the picture's sides that a frame has, if it may be one without a digit: a smaller one is a zero
_INSIDE = 0.15  # of the picture's longer side that is left within a frame at least, and of all other ink twice this,
_FILLING = 0.3  # or so much of the frame's shorter side: a row of boxes is not high


class _Seen(NamedTuple):
    """What can be seen on paper: what might be ink, bool, and how strong it is, uint8, both (height, width)."""

    mask: Mask
    strength: Plane
    noise: float

    def without(self, wiped: Mask) -> Plane:
        """The ink where nothing is wiped."""
        return separated(np.where(wiped, 0, self.strength).astype(np.uint8), self.noise)


def look(grey: Plane, wiped: Mask) -> tuple[Plane, Mask]:
    """Finds ink on dark paper.

    Args:
        grey: uint8 (height, width), light on dark.
        wiped: bool (height, width), what is known for lines already.

    Returns:
        uint8 (height, width): 0 for paper, up to 255 for ink; and bool (height, width), what was wiped.
    """
    strength, noise = flattened(grey)
    strength = np.where(wiped, 0, strength).astype(np.uint8)
    most = strongest(strength)
    is_small = max(grey.shape) < SMALLEST  # noise can't be told there
    if most < max(FAINTEST, 0 if is_small else SIGMAS * noise):
        return np.zeros_like(grey), wiped
    if is_small:
        return strength, wiped
    mask = strength > max(SIGMAS * noise, _LINED * most)
    if is_cut_close(mask) and not frame_pixels(mask, strength).any():
        return separated(strength, noise), wiped
    words = word_pixels(mask)
    wiped = wiped | _soft(words, mask)
    seen = _Seen(mask & ~words, np.where(wiped, 0, strength).astype(np.uint8), noise)
    found = _within_outlines(seen, wiped)
    if found is not None:
        return found
    table = table_pixels(seen.mask, seen.strength)
    for find in () if table.any() else (beside_cells, beside_comb):
        found = _without(find(seen.mask, seen.strength), seen, wiped)
        if found is not None:
            return found
    return _without_frame_or_lines(seen, wiped, frame_pixels(seen.mask, seen.strength), table)


def _within_outlines(seen: _Seen, wiped: Mask) -> tuple[Plane, Mask] | None:
    inside = inside_outlines(seen.mask)
    if inside is None:
        return None
    outside = wiped | (grown(~inside) & ~(seen.mask & inside))  # with the soft edges of the line
    ink = seen.without(outside)
    return (ink, outside) if ink.any() else None


def _without(beside: Mask | None, seen: _Seen, wiped: Mask) -> tuple[Plane, Mask] | None:
    """The ink without what is beside the digit; None if nothing is known to be, or if that leaves no digit."""
    if beside is None:
        return None
    without = wiped | _soft(beside, seen.mask)
    ink = seen.without(without)
    return (ink, without) if stands_free(ink) else None


def _without_frame_or_lines(seen: _Seen, wiped: Mask, frame: Mask, table: Mask) -> tuple[Plane, Mask]:
    """Without lines if there are any, else without a frame."""
    mask, strength, _ = seen
    if frame.any():
        without = wiped | _soft(frame, mask) | _outside(frame)
        framed = seen.without(without)
        if _is_wide(frame) and _only_lines(frame, mask, framed):
            return np.zeros_like(strength), without
    lines = table | line_pixels(mask, strength) | stave_pixels(mask, strength) | underline_pixels(mask, strength)
    if lines.any():
        unlined = wiped | _soft(lines, mask)
        ink = seen.without(unlined)
        if not _is_upright(lines) and _only_lines(lines, mask, ink):
            return np.zeros_like(strength), unlined
        if frame.any():
            neither = without | unlined
            inside = seen.without(neither)
            if stands_free(inside) and _is_worth(inside, frame, mask & ~neither):
                return inside, neither
        if stands_free(ink) and not _is_stroke(lines, ink):
            return ink, unlined
    if frame.any() and _is_worth(framed, frame, mask & ~frame & ~without):
        return framed, without
    return seen.without(wiped), wiped


def _is_worth(ink: Plane, frame: Mask, others: Mask) -> bool:
    """Whether ink within a frame is as large as a digit, against the frame and against other ink."""
    least = 2 * _INSIDE * np.count_nonzero(others)
    high = min(_INSIDE * max(frame.shape), _FILLING * min(_extent(frame)))
    return _has_digit(ink > 0, high) and bool(np.count_nonzero(ink) > least)


def stands_free(ink: Plane) -> bool:
    """Whether there is ink, of some size, that is clear of the border: no line or edge that was mistaken for it."""
    height, width = ink.shape
    left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, 0, 0)
    return min(left, top) > 0 and right < width and bottom < height and max(_extent(ink)) > _DIGIT * max(ink.shape)


def _soft(lines: Mask, mask: Mask) -> Mask:
    """The lines with their soft edges, without the strokes that cross them."""
    return grown(lines) & ~(mask & ~lines)


def _outside(frame: Mask) -> Mask:
    """What is outside of a frame, but for the end of a stroke that crosses it."""
    left, top, right, bottom = Image.fromarray(frame).getbbox() or (0, 0, 0, 0)
    more = max(right - left, bottom - top) // 25
    outside = np.ones_like(frame)
    outside[max(0, top - more) : bottom + more, max(0, left - more) : right + more] = False
    return outside


def _is_stroke(lines: Mask, ink: Plane) -> bool:
    """Whether what was taken for a line is a stroke of a large digit cut close, as of a four.

    It is alone, touches the digit, and is not below it, where people draw lines to write on.
    """
    left, top, right, bottom = Image.fromarray(lines).getbbox() or (0, 0, 0, 0)
    if max(_extent(ink)) <= _LARGE * max(ink.shape) or top > 0.7 * len(ink):
        return False
    alone = min(right - left, bottom - top) < 0.3 * max(ink.shape)
    return alone and bool((grown(lines, 2) & (ink > 0)).any())


def _only_lines(lines: Mask, mask: Mask, ink: Plane) -> bool:
    """Whether nothing is there but lines, as thin as those of paper or of a form, and bits where they meet."""
    padded = np.pad(lines, 1)
    steps = np.count_nonzero(np.diff(padded, axis=0)) + np.count_nonzero(np.diff(padded, axis=1))
    thick = 2 * np.count_nonzero(lines) / steps  # a line has two sides
    least = max(_DIGIT * max(lines.shape), 2 * thick)
    return thick <= THIN * min(lines.shape) and not any(_has_digit(left, least) for left in (mask & ~lines, ink > 0))


def _has_digit(mask: Mask, least: float) -> bool:
    """Whether anything that hangs together is as large as a digit, and no line that ends at the border."""
    labels, count = label(mask)
    groups = boxes(labels, count)
    longer, shorter = np.maximum(groups.width, groups.height), np.minimum(groups.width, groups.height)
    cut = np.bincount(border(labels), minlength=count + 1)[1:] > 0
    return bool(((longer > least) & ~(cut & (shorter < longer / 4))).any())


def _is_upright(lines: Mask) -> bool:
    """Whether there is but one line, from top to bottom: it may be a one that is cut close."""
    return bool(_extent(lines)[0] < _SLANT * lines.shape[1])


def _is_wide(frame: Mask) -> bool:
    width, height = _extent(frame)
    return bool(width >= _EMPTY * frame.shape[1] and height >= _EMPTY * frame.shape[0])


def _extent(ink: Plane | Mask) -> tuple[int, int]:
    """The width and the height of the box around all ink, 0 without any."""
    left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, 0, 0)
    return right - left, bottom - top
