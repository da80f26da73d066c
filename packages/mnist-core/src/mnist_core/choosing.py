"""Chooses, of all that could be ink, what the digit is: one thing, and the parts that belong to it."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Boxes, Counts, Mask, boxes, coarse, count_strokes, fine, label, pixels_of, slimness
from mnist_core.empty_boxes import are_empty_boxes
from mnist_core.holes import are_holes
from mnist_core.light import border

_COARSE = 96  # pixels each way, for telling what hangs together: parts of a broken line do
_SPECK = 8  # times less ink than the digit has is too little for a part of it
_STROKE = 16  # times less is too little for a stroke beside it, such as a five's top
_LONG = 0.25  # of the digit's longer side: from here on it is a stroke and no dot
_NEAR = 0.4  # of the digit's longer side, that the middle of a stroke is beyond the digit at most
_BESIDE = 0.3  # of a thing that lies beside or above the digit, and not off its corner
_DIGIT = 0.5  # of the digit's height: from here on it may be another digit, and is left for whoever counts them
_APART = 0.8  # the same of what lies off its corner, as a postmark does
_OUTLINE = 0.12  # of its box that the edge of a sheet around the digit fills at most
_LONGER, _THINNER = 1.3, 0.6  # times the digit, and its line's width, that the edge of a sheet beside it is
_COVERED = 0.5  # of the digit's box, that the box of what is around it covers at least
_ALONG = 0.35  # of a thing's longer side: from here on it lies along the border
_THIN = 0.25  # of the picture that what goes from border to border is thick at most
_SLIM = 8  # times longer than wide that a pen is
_SOLID, _BROAD = 0.8, 1.5  # of its box that a bar fills at least, and times wider than high that it is
_FULL = 0.62  # of its box that a blot, such as a stamp or a word that was crossed out, fills at least,
_SQUARE, _BLOT = 0.4, 5  # and of its longer side, and in coarse pixels, that the shorter one has,
_LARGE = 0.45  # and of the picture, that it is long: a digit by a thick pen that is cut close is solid as well
_THICKER = 2  # times as thick as the digit's line, it is no stroke of a pen: a stamp, or what was crossed out
_CORE, _SOLIDER = 5, 2.5  # coarse pixels, and times as wide as all lines that hang together with it, that a stamp is
_HIGH, _WIDE = 0.05, 0.06  # of the picture that a digit is at least
_TANGLED = 3  # strokes that rows and columns both cross, on average, in what is no digit: an eight has two and four
_WRITTEN = 0.4, 0.8  # of a pen's length that what was written with it has at least, and at most
_PEN_LONG = 0.6  # of the picture that a pen is long, if all of it is seen
_RULE = 20  # times longer than wide that a printed line is,
_RULE_LONG, _FINER = 1.5, 1.3  # and longer than the digit, and finer than the digit's line: a one is by the same pen
_RULED = 0.2  # of it that the digit is long at least: next to what is smaller it may be a one
_NARROW, _AS_HIGH, _LEVEL = 1.2, 0.25, 0.7  # higher than wide, as high as the digit, level with it: a box may be a zero
# How much less a thing counts for being the digit:
_CUT = 1 / 4  # comes in over the border: perhaps the digit
_HARDLY = 1 / 60  # lies along the border, or goes from border to border; is a disc, a stamp, a pen or a printed line
_BAR = 1 / 10  # is a solid bar, as a button is, a blot, tangled, or an empty box

_Values = npt.NDArray[np.float64]


class _Things(NamedTuple):
    """What hangs together in a coarse picture.

    Attributes:
        shape: The picture's height and width.
        boxes: The boxes around the things.
        area: (count,), the coarse pixels of each.
        ink: (count,), the same by how much of them is ink.
        mass: (count,), the same by how strong that is.
        contact: (count,), how many of them are at the border, those in a corner twice.
        slim: (count,), how many times longer than wide it is, whichever way it lies.
        line: (count,), how many coarse pixels its line is wide, on average; of what is solid, more than half its width.
        widest: (count,), how many the largest square is wide that it holds.
        hole: (count,), whether it is a disc.
        tangled: (count,), whether it is too tangled for a digit.
        stamp: (count,), whether it is a stamp, with a postmark that hangs together with it.
        box: (count,), whether it is an empty box, as for a tick or a stamp.
    """

    shape: tuple[int, ...]
    boxes: Boxes
    area: Counts
    ink: _Values
    mass: _Values
    contact: Counts
    slim: _Values
    line: _Values
    widest: Counts
    hole: Mask
    tangled: Mask
    stamp: Mask
    box: Mask

    @property
    def longer(self) -> Counts:
        """The longer side of each box."""
        return np.maximum(self.boxes.width, self.boxes.height)

    @property
    def box_area(self) -> Counts:
        """How many pixels are in each box."""
        return self.boxes.width * self.boxes.height


def choose(mask: Mask, strength: npt.NDArray[np.uint8]) -> Mask:
    """Drops specks, dots, neighbours and what comes in over the border, where there is something else.

    Args:
        mask: bool (height, width), what might be ink.
        strength: uint8 (height, width), how strong it is.

    Returns:
        bool (height, width), what of the mask is the digit's.
    """
    small, factor = coarse(mask, _COARSE)
    labels, count = label(small)
    if count <= 1:
        return mask
    things = _things(mask, strength, labels, count, factor)
    return mask & fine(pixels_of(_belonging(things, _digit(things)), labels), factor, mask.shape)


def _things(mask: Mask, strength: npt.NDArray[np.uint8], labels: Counts, count: int, factor: int) -> _Things:
    groups = boxes(labels, count)
    cover = Image.fromarray(mask.astype(np.uint8) * 255).reduce(factor)
    shades = Image.fromarray(np.where(mask, strength, 0).astype(np.uint8)).reduce(factor)
    ink = _sums(cover, labels) / 255
    line, widest = _line_widths(labels, ink), _widest(labels, count)
    across = count_strokes(labels, count) > _TANGLED * groups.height
    down = count_strokes(labels.T, count) > _TANGLED * groups.width
    return _Things(
        shape=labels.shape,
        boxes=groups,
        area=np.bincount(labels.ravel())[1:],
        ink=ink,
        mass=_sums(shades, labels),
        contact=np.bincount(border(labels), minlength=count + 1)[1:],
        slim=slimness(labels, count),
        line=line,
        widest=widest,
        hole=are_holes(mask, labels, groups, factor),
        tangled=across & down,
        stamp=(widest >= _CORE) & (widest - 1 > _SOLIDER * line),
        box=are_empty_boxes(mask, labels, groups, factor),
    )


def _sums(plane: Image.Image, labels: Counts) -> _Values:
    """What the pixels of each thing sum up to: (count,)."""
    return np.bincount(labels.ravel(), weights=np.asarray(plane).ravel())[1:].astype(np.float64)


def _line_widths(labels: Counts, ink: _Values) -> _Values:
    """How wide each thing's line is: it has two sides, so twice its ink for the length of its outline."""
    steps = np.zeros(len(ink) + 1)
    for plane in (np.pad(labels, 1), np.pad(labels.T, 1)):
        one, other = plane[:-1], plane[1:]
        for side in (one, other):
            steps += np.bincount(side[one != other], minlength=len(steps))
    return 2 * ink / (steps[1:] * math.pi / 4)  # along rows and columns, a line is 4/π too long on average


def _widest(labels: Counts, count: int) -> Counts:
    widest = np.zeros(count, np.intp)
    mask, wide = labels > 0, 0
    while mask.any():
        wide += 1
        widest[np.unique(labels[mask]) - 1] = wide
        mask[1:, 1:] &= mask[:-1, :-1] & mask[1:, :-1] & mask[:-1, 1:]
        mask[0] = False
        mask[:, 0] = False
    return widest


def _digit(things: _Things) -> int:
    """The number of the thing that is most like the digit."""
    rows, columns = things.shape
    weighed = things.mass * _weights(things)
    large = (things.boxes.height >= max(3, _HIGH * rows)) & (things.longer >= _WIDE * max(rows, columns))
    weighed[_are_pens(things, large) | _are_rules(things, large)] *= _HARDLY
    return int((weighed * large if (weighed * large).any() else weighed).argmax())


def _are_pens(things: _Things, large: Mask) -> Mask:
    """Which things are slim, and thicker than the line of something that may have been written with them: (count,).

    A one by a thick pen, beside a sign, is so, too: a pen is longer than what was written, though not many times, and
    long in the picture, if all of it is seen.
    """
    slim, cut = things.slim > _SLIM, things.contact > 0
    thicker = things.line[:, None] > _THICKER * things.line
    length = things.longer / things.longer[:, None]  # of what was written, for each that may be a pen
    written = large & ~slim & ~cut & (length > _WRITTEN[0]) & (length < _WRITTEN[1])
    seen = cut | (things.longer >= _PEN_LONG * max(things.shape))
    pens: Mask = slim & seen & (thicker & written).any(axis=1)
    return pens


def _are_rules(things: _Things, large: Mask) -> Mask:
    """Which things are printed lines beside something that may be the digit: (count,)."""
    digit = large & (things.slim <= _SLIM) & (things.contact == 0) & ~things.box
    length = things.longer / things.longer[:, None]  # of what may be the digit, for each that may be a line
    rules: Mask = (_rules_beside(things) & digit & (length > _RULED)).any(axis=1)
    return rules


def _rules_beside(things: _Things) -> Mask:
    """Which things are slim, much longer than another, and finer: (count, count), the other second."""
    longer = things.longer[:, None] > _RULE_LONG * things.longer
    finer = things.line[:, None] * _FINER < things.line
    rules: Mask = (things.slim > _RULE)[:, None] & longer & finer
    return rules


def _weights(things: _Things) -> _Values:
    """How much each thing's ink counts: (count,)."""
    rows, columns = things.shape
    width, height, longer, contact = things.boxes.width, things.boxes.height, things.longer, things.contact
    through = ((width == columns) & (height < _THIN * columns)) | ((height == rows) & (width < _THIN * rows))
    weights = np.where(contact > 0, _CUT, 1.0)
    weights[(contact > 0) & ((contact > _ALONG * longer) | through)] = _HARDLY
    weights[(things.area > _SOLID * things.box_area) & (width > _BROAD * height)] *= _BAR
    shorter = np.minimum(width, height)
    blot = (things.ink > _FULL * things.box_area) & (shorter > _SQUARE * longer) & (shorter >= _BLOT)
    weights[blot & (longer < _LARGE * max(rows, columns))] *= _BAR
    weights[things.tangled | things.box] *= _BAR
    weights[things.hole | things.stamp] *= _HARDLY
    return weights


def _belonging(things: _Things, digit: int) -> Mask:
    """What is the digit, a part of it, or another one that is left to be counted: (count,)."""
    left, top, right, bottom = things.boxes
    width, height, longer, mass = things.boxes.width, things.boxes.height, things.longer, things.mass

    def along(low: Counts, high: Counts) -> tuple[Counts, Mask]:
        """How many pixels of one axis are shared with the digit, less than 0 for a gap; whether the middle is near."""
        beyond = np.abs((low + high - low[digit] - high[digit]) / 2) - (high[digit] - low[digit]) / 2
        return np.minimum(high, high[digit]) - np.maximum(low, low[digit]), beyond < _NEAR * longer[digit]

    across, near_across = along(left, right)
    down, near_down = along(top, bottom)
    beside = np.maximum(across / width, down / height) > _BESIDE
    part = (longer > _LONG * longer[digit]) & near_across & near_down & beside
    other = (height > np.where(beside, _DIGIT, _APART) * height[digit]) | ((across >= 0) & (down >= 0))
    around = across.clip(0) * down.clip(0) > _COVERED * things.box_area[digit]
    outline = around & (things.area < _OUTLINE * things.box_area)
    thickness = things.area / (width + height)  # of a straight line, or two that meet; more of what bends
    edge = (longer > _LONGER * longer[digit]) & (thickness < _THINNER * thickness[digit])
    edge |= _rules_beside(things)[:, digit]
    thick = things.line > _THICKER * things.line[digit]
    kept: Mask = ((mass * _SPECK > mass[digit]) & other) | ((mass * _STROKE > mass[digit]) & part)
    as_high = np.abs(height - height[digit]) < _AS_HIGH * height[digit]
    zero = (height > _NARROW * width) & as_high & (down > _LEVEL * height)
    kept &= ~(thick | outline | edge | (things.box & ~zero) | things.tangled | things.stamp | (things.hole & ~part))
    if not things.contact[digit]:
        kept &= things.contact == 0
    kept[digit] = True
    return kept
