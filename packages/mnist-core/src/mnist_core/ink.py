"""Finds the ink of one digit in a plane of grey: first where it is, then, in a closer look, what it is."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.bands import without_bands
from mnist_core.blobs import Mask, boxes, grown, label
from mnist_core.cards import cards
from mnist_core.choosing import choose
from mnist_core.frames import frame_pixels
from mnist_core.glare import without_glare
from mnist_core.light import SMALLEST, border, flattened
from mnist_core.lines import line_pixels, post_pixels
from mnist_core.shades import is_dark_on_light
from mnist_core.shadows.lighting import lit_evenly
from mnist_core.streak import without_streak
from mnist_core.threshold import otsu

Plane = npt.NDArray[np.uint8]

_WEAK = 0.3  # of the threshold: pencil lines are faint in places
_FAINTEST = 8  # shades between ink and paper from which there is ink
_SIGMAS = 3  # standard deviations that paper strays from its own shade at most
_STRONGEST = 2000  # one pixel of so many is ink at least, so that is how strong ink gets
_LINED = 0.2  # of the strongest: from here on something may be a line
_PRINTED = 100  # pixels of the longer side, from which paper shows what is printed on it
_FREE = 0.5  # of the strongest: what the border shows below this is print
_CERTAIN = 4  # standard deviations that ink is above paper: noise alone does not get there
_DIGIT = 0.06  # of the picture's longer side that a digit has at least
_LARGE = 0.45  # of the picture's longer side: from here on a digit's own stroke may go from edge to edge
_WHOLE = 0.1  # of the picture's border: a card that covers more may be what a shadow leaves in the light
_CARDS = 2  # one on another: a canvas in a window on a screen that was photographed
_MARGIN = 0.4  # of the digit's longer side, around it, for the closer look
_CLOSE = 0.6  # of the picture: a look at more would be no closer
_THIN = 0.11  # of the shorter side: thicker than that is a stroke and no line
_SLANT = 0.4  # of the width that a slanted one takes at most
_EMPTY = 0.6  # of the picture's sides that a frame has, if it may be one without a digit: a smaller one is a zero
_INSIDE = 0.15  # of the picture's longer side that is left within a frame at least, and of all other ink twice this,
_FILLING = 0.3  # or so much of the frame's shorter side: a row of boxes is not high


def find_ink(grey: Plane) -> tuple[Plane, Plane]:
    """Tells the digit's ink from paper, and from all else that may be in the picture.

    Args:
        grey: uint8 (height, width), dark on light or light on dark.

    Returns:
        uint8 (height, width), the picture turned to light on dark; and uint8 (height, width): 0 for paper, up to 255
        for ink.
    """
    dark, ink = _on_card(without_bands(without_streak(without_glare(grey))), _CARDS)
    return ~grey if dark else grey, ink


def _on_card(grey: Plane, depth: int) -> tuple[bool, Plane]:
    """Looks for ink on a card first, and in all of the picture if there is none; tells whether it is dark on light.

    What is cut by the picture's border may be a card, or what a shadow leaves in the light: shadows go first.
    """
    found = _within_card(grey, depth, 0, _WHOLE)
    if found is None:
        lit = lit_evenly(grey)
        found = _within_card(lit, depth, _WHOLE if lit is grey else 0, math.inf)
        grey = lit
    return found or _twice(grey)


def _within_card(grey: Plane, depth: int, least: float, most: float) -> tuple[bool, Plane] | None:
    """The ink on the first card that has any, and whether it is dark on light; None where there is no such card.

    Args:
        grey: uint8 (height, width).
        depth: How many cards may lie on one another.
        least: Of the picture's border, what the card covers at least.
        most: Of the border, what it covers less than.
    """
    for card in cards(grey) if depth and max(grey.shape) >= 60 else ():
        covered = border(card).mean()
        if covered >= most:
            break  # as those that come are cut even more
        if covered < least:
            continue
        left, top, right, bottom = Image.fromarray(card).getbbox() or (0, 0, 0, 0)
        inside = card[top:bottom, left:right]
        part = grey[top:bottom, left:right]
        dark, found = _on_card(np.where(inside, part, np.median(part[inside])).astype(np.uint8), depth - 1)
        ink = np.zeros_like(grey)
        ink[top:bottom, left:right] = np.where(inside, found, 0)
        if _stands_free(ink[top:bottom, left:right]):
            return dark, ink
    return None


def _twice(grey: Plane) -> tuple[bool, Plane]:
    """Looks where the digit is, and then at that place: light, print and lines are simpler there."""
    dark = is_dark_on_light(grey)
    ink, lines = _look(~grey if dark else grey, np.zeros(grey.shape, bool))
    box = Image.fromarray(ink).getbbox()
    if box is None:
        return dark, ink
    height, width = ink.shape
    margin = round(max(box[2] - box[0], box[3] - box[1]) * _MARGIN) + 2
    left, top = max(0, box[0] - margin), max(0, box[1] - margin)
    right, bottom = min(width, box[2] + margin), min(height, box[3] + margin)
    if (right - left) * (bottom - top) > _CLOSE * width * height or max(right - left, bottom - top) < 40:
        return dark, ink
    part = grey[top:bottom, left:right]
    dark_there = is_dark_on_light(part)
    wiped = lines[top:bottom, left:right] & (dark == dark_there)
    found, _ = _look(~part if dark_there else part, wiped)
    if not found.any():
        return dark, ink
    closer = np.zeros_like(ink)
    closer[top:bottom, left:right] = found
    return dark_there, closer


def _look(grey: Plane, wiped: Mask) -> tuple[Plane, Mask]:
    """Finds ink on dark paper: without lines if there are any, else without a frame.

    Takes what is known for lines already, and returns it with what was found; all (height, width).
    """
    strength, noise = flattened(grey)
    if max(grey.shape) < SMALLEST:
        return strength, wiped
    strength = np.where(wiped, 0, strength).astype(np.uint8)
    strongest = _strongest(strength)
    if strongest < max(_FAINTEST, _SIGMAS * noise):
        return np.zeros_like(grey), wiped
    mask = strength > max(_SIGMAS * noise, _LINED * strongest)
    frame = frame_pixels(mask, strength)
    if frame.any():
        frame |= post_pixels(mask, frame)
        without = wiped | _soft(frame, mask) | _outside(frame)
        framed = _separated(np.where(without, 0, strength).astype(np.uint8), noise)
        if _is_wide(frame) and _only_lines(frame, mask, framed):
            return np.zeros_like(grey), without
    lines = line_pixels(mask, strength)
    if lines.any():
        lines |= post_pixels(mask, lines)
        unlined = wiped | _soft(lines, mask)
        ink = _separated(np.where(unlined, 0, strength).astype(np.uint8), noise)
        if not _is_upright(lines) and _only_lines(lines, mask, ink):
            return np.zeros_like(grey), unlined
        if _stands_free(ink) and not _is_stroke(lines, ink):
            return ink, unlined
    if frame.any():
        least = 2 * _INSIDE * np.count_nonzero(mask & ~frame & ~without)
        high = min(_INSIDE * max(grey.shape), _FILLING * min(_extent(frame)))
        if max(_extent(framed)) > high and np.count_nonzero(framed) > least:
            return framed, without
    return _separated(strength, noise), wiped


def _strongest(strength: Plane) -> float:
    place = -1 - strength.size // _STRONGEST
    return float(np.partition(strength.ravel(), place)[place])


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
    return alone and bool((grown(grown(lines)) & (ink > 0)).any())


def _only_lines(lines: Mask, mask: Mask, ink: Plane) -> bool:
    """Whether nothing is there but lines, as thin as those of paper or of a form, and bits where they meet."""
    padded = np.pad(lines, 1)
    steps = np.count_nonzero(np.diff(padded, axis=0)) + np.count_nonzero(np.diff(padded, axis=1))
    thick = 2 * np.count_nonzero(lines) / steps  # a line has two sides
    least = max(_DIGIT * max(lines.shape), 2 * thick)
    return thick <= _THIN * min(lines.shape) and not any(_has_digit(left, least) for left in (mask & ~lines, ink > 0))


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


def _stands_free(ink: Plane) -> bool:
    """Whether there is ink, of some size, that is clear of the border: no line or edge that was mistaken for it."""
    height, width = ink.shape
    left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, 0, 0)
    return min(left, top) > 0 and right < width and bottom < height and max(_extent(ink)) > _DIGIT * max(ink.shape)


def _separated(strength: Plane, noise: float) -> Plane:
    """Parts ink from paper twice: over all, to choose the digit, and then by the digit's own strength."""
    floor = min(_floor(strength, noise), 255.0)
    threshold = otsu(np.where(strength > floor, strength - np.uint8(floor), 0).astype(np.uint8)) + floor
    digit = choose(strength > _weak(strength, threshold, floor), strength)
    threshold = max(otsu(np.where(digit, strength, 0).astype(np.uint8)), floor)
    strong = digit & (strength > threshold)
    if not strong.any():
        return np.zeros_like(strength)
    full = float(np.percentile(strength[strong], 75))  # as strong as ink gets, but for the odd pixel
    if full < max(_FAINTEST, _CERTAIN * noise):
        return np.zeros_like(strength)
    digit &= strength > max(threshold * _WEAK, floor)
    edged = grown(digit) & (strength > noise)  # with the pixels that a line covers in part
    return (np.where(edged, strength, 0) * (255 / full)).clip(0, 255).astype(np.uint8)


def _floor(strength: Plane, noise: float) -> float:
    """What paper reaches: its noise, and the print that two sides of the border show at least."""
    floor = _SIGMAS * noise
    if max(strength.shape) >= _PRINTED:
        wide = max(1, max(strength.shape) // 25)
        sides = strength[:wide], strength[-wide:], strength[:, :wide], strength[:, -wide:]
        printed = sorted(float(np.percentile(side, 98)) for side in sides)[2]
        if printed < _FREE * _strongest(strength):
            floor = max(floor, printed * 1.1)
    return floor


def _weak(strength: Plane, threshold: float, floor: float) -> float:
    """The strength that parts of ink may fall to: more than that of what is printed around it."""
    weak = max(threshold * _WEAK, floor)
    if max(strength.shape) < _PRINTED:
        return weak
    paper = strength[~grown(grown(grown(strength > threshold)))]
    return max(weak, min(float(np.percentile(paper, 99.5)) * 1.3, 0.7 * threshold)) if paper.size else weak
