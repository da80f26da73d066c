"""Finds the card, sheet or canvas that lies on something else: a desk, a window of a program."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask, filled, fine, grown, label
from mnist_core.corners import four_cornered
from mnist_core.light import border, windowed
from mnist_core.stickers import is_sticker
from mnist_core.threshold import otsu

_SAMPLE = 64  # pixels each way
_APART = 24  # shades between a card and what it lies on
_SHARE = (0.05, 0.95)  # of the picture that a card fills
_STRAIGHT = 0.85  # of its hull that four corners span: a spot of light may miss one; an ellipse, as of a zero, has 0.64
_STRAIGHTER = 0.95  # the same where the picture's border cuts it, as it cuts what shadows leave in the light
_MIDDLING = 0.92  # the same where the border cuts one whose edges are
_SHARPER = 0.9  # so sharp, by the measure of `_SHARP`, and that takes
_SIDE = 0.9  # no more of any side of the picture: what a shadow leaves in the light does
_MOST = 0.75  # of the picture's border that is on a card at most: more is paper around a digit
_OWN = 0.6  # of a card, without what is on it, that is of the card's shade; and of the rest that is not
_SHARP = 0.6  # of the difference of shades that is at the card's very edge; a shadow's is soft
_ANYWHERE = 0.35  # of it that is at the edge on all sides
_FLAT = 12  # shades by which it differs in the sample at most: print is grey there, and paper where one looks closer
_BAR = 0.25  # of the picture that a bar from side to side, with what a program writes on it, takes at most
_CUT = 0.1  # of the picture's border: a card that covers as much goes on outside


def cards(grey: npt.NDArray[np.uint8]) -> Iterator[Mask]:
    """Finds what could be a card: straight or round, of one shade, with sharp edges.

    Args:
        grey: uint8 (height, width).

    Yields:
        bool (height, width), the inside of each, what is drawn on it included; those within the picture first,
        and of these what the first threshold shows: the others may show the part of it that a lamp lights.
    """
    factor = -(-max(grey.shape) // _SAMPLE)
    sample = np.asarray(Image.fromarray(grey).reduce(factor))
    regions: list[Mask] = []
    for number, threshold in enumerate(_thresholds(sample)):
        light = sample > threshold
        if light.any() and not light.all() and sample[light].mean() - sample[~light].mean() >= _APART:
            found = [region for shade in (light, ~light) if _is_card(region := _largest(shade), shade, sample)]
            regions += [region for region in found if not number or border(region).mean() < _CUT]
    for region in sorted(regions, key=_outside):
        inside = ~grown(~region, 2)
        card = fine(inside, factor, grey.shape)
        if inside.any() and abs(float(np.median(grey[card]) - np.median(sample[inside]))) <= _FLAT:
            yield card


def _softest(region: Mask, sample: npt.NDArray[np.uint8]) -> float:
    """By how many shades the pixels on either side of a region's edge differ, but for a seventh of it: the softest.

    What a lamp lights of a card ends here at the card's own edge, and there at none.
    """
    steps = windowed(np.maximum, sample, 2) - windowed(np.minimum, sample, 2)
    return float(np.percentile(steps[grown(region) & ~region], 15))


def _outside(region: Mask) -> float:
    """How much of a card lies outside the picture, at a guess; of two that share the picture, more of the smaller."""
    covered = float(border(region).mean())
    return max(_CUT, 1 - covered if _is_through(region) else covered)


def _is_through(region: Mask) -> bool:
    """Whether it goes from one side of the picture to the opposite one."""
    return any(ends[0].any() and ends[-1].any() for ends in (region.T, region))


def _thresholds(sample: npt.NDArray[np.uint8]) -> list[int]:
    """Shades that may part a card from what it lies on: Otsu's, and those that part again what is above, and below.

    A lamp may light a part of a desk as brightly as another part of it is dark, and the card is brighter than both.
    What is parted again may be light and shadow as well: only what lies within the picture is a card then.
    """
    whole = otsu(sample)
    parts = (part for part in (sample[sample > whole], sample[sample <= whole]) if part.size)
    return [whole, *(otsu(part.reshape(1, -1)) for part in parts)]


def _largest(mask: Mask) -> Mask:
    """The largest group, with its holes."""
    labels, _ = label(mask)
    return filled(labels == np.bincount(labels[mask]).argmax())


def _is_card(region: Mask, shade: Mask, sample: npt.NDArray[np.uint8]) -> bool:
    if not _SHARE[0] < region.mean() < _SHARE[1] or border(region).mean() > _MOST:
        return False
    if shade[region].mean() < _OWN or shade[~region].mean() > 1 - _OWN:
        return False
    if _is_through(region) and region.mean() < _BAR:
        return False
    outer = grown(region, 2) & ~grown(region)
    inner = region & ~grown(~region)
    inner &= grown(~inner, 2) & shade
    if not outer.any() or not inner.any():
        return False
    step = abs(np.median(sample[outer]) - np.median(sample[inner]))
    contrast = abs(sample[shade].mean() - sample[~shade].mean())
    sharp = step / contrast
    if sharp < _SHARP or _softest(region, sample) < _ANYWHERE * contrast:
        return False
    straight = _STRAIGHT if border(region).mean() < _CUT else _STRAIGHTER
    sides = (region[0], region[-1], region[:, 0], region[:, -1])
    if sharp >= _SHARPER and all(side.mean() <= _SIDE for side in sides):
        straight = min(straight, _MIDDLING)
    return four_cornered(region) >= straight or (not border(region).any() and is_sticker(region, shade))
