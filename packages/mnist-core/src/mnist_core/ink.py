"""Finds the ink of one digit in a plane of grey: first where it is, then, in a closer look, what it is."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.bands import without_bands
from mnist_core.blobs import Mask, slimness
from mnist_core.cards import cards
from mnist_core.edges import is_edge
from mnist_core.enlarging import unblurred
from mnist_core.glare import without_glare
from mnist_core.light import border, is_of_two_shades
from mnist_core.looking import look, stands_free
from mnist_core.shades import is_dark_on_light
from mnist_core.shadows.lighting import lit_evenly
from mnist_core.streak import without_streak
from mnist_core.words import is_print

Plane = npt.NDArray[np.uint8]

_WHOLE = 0.1  # of the picture's border: a card that covers more may be what a shadow leaves in the light
_CARDS = 2  # one on another: a canvas in a window on a screen that was photographed
_INKED = 64  # of 255: paler is a soft edge, by which letters touch
_HIGH, _TOUCHED = 0.6, 0.2  # of a card's height, and of its edge, that a digit takes that fills it: at least, at most
_SLIP = 5  # times longer than wide that a card's inside is, if it may be a stroke:
_LONG = 0.4  # of its length, what is found on it is longer,
_LITTLE = 0.006  # of it, or takes less,
_PALE = 0.3  # of its contrast with what is around, or has less with it
_MARGIN = 0.4  # of the digit's longer side, around it, for the closer look
_CLOSE = 0.6  # of the picture: a look at more would be no closer


def find_ink(grey: Plane) -> tuple[Plane, Plane]:
    """Tells the digit's ink from paper, and from all else that may be in the picture.

    Args:
        grey: uint8 (height, width), dark on light or light on dark.

    Returns:
        uint8, the picture turned to light on dark, without mirrored lamps, streaks and bands, and smaller if it was
        enlarged smoothly; and uint8, of the same size: 0 for paper, up to 255 for ink.
    """
    # Lamps, and dirt on a scanner's glass, are told by how sharp they are: before that changes.
    grey = without_bands(unblurred(without_streak(without_glare(grey))))
    dark, ink = _on_card(grey, _CARDS)
    return ~grey if dark else grey, ink


def _on_card(grey: Plane, depth: int) -> tuple[bool, Plane]:
    """Looks for ink on a card first, and in all of the picture if there is none; tells whether it is dark on light.

    What is cut by the picture's border may be a card, or what a shadow leaves in the light: shadows go first.
    """
    found = _within_card(grey, depth, 0, _WHOLE)
    if found:
        return found
    lit = lit_evenly(grey)
    found = _within_card(lit, depth, _WHOLE if lit is grey else 0, math.inf)
    if found:
        return found
    dark, ink = _twice(lit)
    if is_edge(~grey if dark else grey, ink >= _INKED):
        ink = np.zeros_like(ink)
    return dark, ink


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
        place = slice(top, bottom), slice(left, right)
        inside, part = card[place], grey[place]
        dark, found = _on_card(np.where(inside, part, np.median(part[inside])).astype(np.uint8), depth - 1)
        written = np.where(inside, found, 0)
        inked = written >= _INKED
        if _is_stroke(grey, card, place, inked):
            continue
        if (stands_free(written) or _fills(~part if dark else part, inked)) and not is_print(inked):
            ink = np.zeros_like(grey)
            ink[place] = written
            return dark, ink
    return None


def _is_stroke(grey: Plane, card: Mask, place: tuple[slice, slice], ink: Mask) -> bool:
    """Whether what was taken for a slim card is a one itself, or a pen, which have four corners, too.

    What is found on it then is pale, or little, or as long as it is: on a slip of paper, a digit is none of these.

    Args:
        grey: uint8 (height, width).
        card: bool (height, width), its inside.
        place: The rows and columns that it takes.
        ink: bool, what was found in these.
    """
    if slimness(card.astype(np.intp), 1)[0] <= _SLIP:
        return False
    left, top, right, bottom = Image.fromarray(ink).getbbox() or (0, 0, 0, 0)
    long = max(right - left, bottom - top) > _LONG * max(ink.shape)
    little = np.count_nonzero(ink) < _LITTLE * np.count_nonzero(card)
    if long or little:
        return True
    paper = np.median(grey[card])
    return bool(abs(np.median(grey[place][ink]) - paper) < _PALE * abs(np.median(grey[~card]) - paper))


def _fills(card: Plane, ink: Mask) -> bool:
    """Whether a digit as large as the card, which touches its edge here and there, is all that is on it."""
    is_high = ink.any(axis=1).mean() >= _HIGH
    return bool(is_high and border(ink).mean() < _TOUCHED) and is_of_two_shades(card, ~ink)


def _twice(grey: Plane) -> tuple[bool, Plane]:
    """Looks where the digit is, and then at that place: light, print and lines are simpler there."""
    dark = is_dark_on_light(grey)
    ink, lines = look(~grey if dark else grey, np.zeros(grey.shape, bool))
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
    found, _ = look(~part if dark_there else part, wiped)
    if not found.any():
        return dark, ink
    closer = np.zeros_like(ink)
    closer[top:bottom, left:right] = found
    return dark_there, closer
