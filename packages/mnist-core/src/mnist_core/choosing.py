"""Chooses, of all that could be ink, what the digit is: one thing, and the parts that belong to it."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask, boxes, coarse, count_strokes, fine, label, pixels_of
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
_SOLID, _BROAD = 0.8, 1.5  # of its box that a bar fills at least, and times wider than high that it is
_FULL = 0.62  # of its box that a blot, such as a stamp or a word that was crossed out, fills at least,
_SQUARE, _BLOT = 0.4, 5  # and of its longer side, and in coarse pixels, that the shorter one has,
_LARGE = 0.45  # and of the picture, that it is long: a digit by a thick pen that is cut close is solid as well
_THICKER = 2  # times as thick as the digit's line, it is no stroke of a pen: a stamp, or what was crossed out
_HIGH, _WIDE = 0.05, 0.06  # of the picture that a digit is at least
_TANGLED = 3  # strokes that rows and columns both cross, on average, in what is no digit: an eight has two and four
# How much less a thing counts for being the digit:
_CUT = 1 / 4  # comes in over the border: perhaps the digit
_EDGE = 1 / 60  # lies along the border, or goes from border to border: hardly
_HOLE = 1 / 60  # is a disc: hardly, too
_BAR = 1 / 10  # is a solid bar, as a button is, or a blot


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
    shades = np.asarray(Image.fromarray(np.where(mask, strength, 0).astype(np.uint8)).reduce(factor))
    mass = np.bincount(labels.ravel(), weights=shades.ravel())[1:]
    area = np.bincount(labels.ravel())[1:]
    left, top, right, bottom = groups = boxes(labels, count)
    width, height = groups.width, groups.height
    longer = np.maximum(width, height)
    rows, columns = small.shape

    contact = np.bincount(border(labels), minlength=count + 1)[1:]
    through = ((width == columns) & (height < _THIN * columns)) | ((height == rows) & (width < _THIN * rows))
    weight = np.where(contact > 0, _CUT, 1.0)
    weight[(contact > 0) & ((contact > _ALONG * longer) | through)] = _EDGE
    weight[(area > _SOLID * width * height) & (width > _BROAD * height)] *= _BAR
    cover = np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).reduce(factor))
    full = np.bincount(labels.ravel(), weights=cover.ravel())[1:] / 255
    shorter = np.minimum(width, height)
    blot = (full > _FULL * width * height) & (shorter > _SQUARE * longer) & (shorter >= _BLOT)
    blot &= longer < _LARGE * max(rows, columns)
    weight[blot] *= _BAR
    tangled = (count_strokes(labels, count) > _TANGLED * height) & (count_strokes(labels.T, count) > _TANGLED * width)
    weight[tangled] *= _BAR
    hole = are_holes(mask, labels, groups, factor)
    weight[hole] *= _HOLE
    weighed = mass * weight
    large = (height >= max(3, _HIGH * rows)) & (longer >= _WIDE * max(rows, columns))
    digit = int((weighed * large if (weighed * large).any() else weighed).argmax())

    def along(low: npt.NDArray[np.intp], high: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], Mask]:
        """How many pixels of one axis are shared with the digit, less than 0 for a gap; whether the middle is near."""
        beyond = np.abs((low + high - low[digit] - high[digit]) / 2) - (high[digit] - low[digit]) / 2
        return np.minimum(high, high[digit]) - np.maximum(low, low[digit]), beyond < _NEAR * longer[digit]

    across, near_across = along(left, right)
    down, near_down = along(top, bottom)
    beside = np.maximum(across / width, down / height) > _BESIDE
    part = (longer > _LONG * longer[digit]) & near_across & near_down & beside
    other = (height > np.where(beside, _DIGIT, _APART) * height[digit]) | ((across >= 0) & (down >= 0))
    around = across.clip(0) * down.clip(0) > _COVERED * width[digit] * height[digit]
    outline = around & (area < _OUTLINE * width * height)
    thickness = area / (width + height)  # of a straight line, or two that meet; more of what bends
    edge = (longer > _LONGER * longer[digit]) & (thickness < _THINNER * thickness[digit])
    kept = ((mass * _SPECK > mass[digit]) & other) | ((mass * _STROKE > mass[digit]) & part)
    line = full / (width + height)  # the same, of what is fine
    kept &= ~((line > _THICKER * line[digit]) | outline | edge | tangled | (hole & ~part))
    if not contact[digit]:
        kept &= contact == 0
    kept[digit] = True
    return mask & fine(pixels_of(kept, labels), factor, mask.shape)
