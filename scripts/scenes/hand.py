"""Writes MNIST's digits with other pens: enlarged until they look like strokes, then written anew along their middle.

The middle is what is left when layer after layer is taken off, as Guo and Hall do (1989), which never breaks a line.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mnist_core.blobs import label

Cover = npt.NDArray[np.float32]  # (height, width), how much of each pixel is covered, 0 to 1
Digit = npt.NDArray[np.uint8]  # (28, 28), light ink on black
_Mask = npt.NDArray[np.bool_]

_ENLARGED = 8  # times, for working on the strokes
_BLUR = 2  # pixels, of the enlarged image: no staircase is left of the small one
_INK = 0.4  # of the darkest: from here on it is ink
_SPECK = 0.25  # of the largest part: a five's top is larger
_RUN = 1.7  # times wider than the lines are on average, ink that has run together is
_LEFT = 0.4  # of the width of the lines: so far such ink is drawn around its middle
_FINEST = 3  # pixels, of the enlarged image, that a line has at least


class Hand:
    """Whoever writes: the digit that a picture is of, and others beside it."""

    def __init__(self, digit: Digit, others: npt.NDArray[np.uint8], random: np.random.Generator) -> None:
        """Nothing is written yet.

        Args:
            digit: The digit.
            others: uint8 (N, 28, 28), what neighbours may be.
            random: Where chance comes from.
        """
        self._digit, self._others, self._random = digit, others, random

    def digit(self, side: float, line: float) -> Cover:
        """Writes the digit.

        Args:
            side: Pixels that it is high, or wide if it is wider.
            line: Pixels that its line is wide.

        Returns:
            The ink, cropped.
        """
        return written(self._digit, side, line, self._random.uniform(-8, 8))

    def neighbour(self, side: float, line: float) -> Cover:
        """Writes another digit."""
        other = self._others[self._random.integers(len(self._others))]
        return written(other, side, line, self._random.uniform(-8, 8))


def written(digit: Digit, side: float, line: float, angle: float = 0) -> Cover:
    """Writes a digit.

    Args:
        digit: The digit.
        side: Pixels that it is high, or wide if it is wider.
        line: Pixels that its line is wide.
        angle: Degrees that it is turned by.

    Returns:
        The ink, cropped.
    """
    middle = _middle(_enlarged(digit))
    width = max(_FINEST, float(line / (side - line) * max(middle.shape)))  # which the digit grows by
    strokes = _thickened(np.pad(middle, round(width)), width)
    blur = min(_BLUR, width / 3)  # more would wipe the line out
    image = Image.fromarray(strokes.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(blur))
    image = image.rotate(angle, Image.Resampling.BICUBIC)
    image = image.crop(image.getbbox())
    scale = side / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    cover = np.asarray(image.resize(size, Image.Resampling.LANCZOS), np.float32) / 255
    sharper = max(1.0, blur * scale * 1.7)  # an edge is soft for a pixel or two, however large the digit is
    return ((cover - 0.5) * np.float32(sharper) + np.float32(0.5)).clip(0, 1)


def _enlarged(digit: Digit) -> _Mask:
    """The strokes, cropped, without specks that MNIST's scanner saw beside them."""
    height, width = (side * _ENLARGED for side in digit.shape)
    image = Image.fromarray(digit).resize((width, height), Image.Resampling.BICUBIC)
    smooth = np.asarray(image.filter(ImageFilter.GaussianBlur(_BLUR)))
    labels, _ = label(smooth > smooth.max() * _INK)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    large = (areas > areas.max() * _SPECK)[labels]
    return np.pad(_cropped(large), 1)


def _cropped(mask: _Mask) -> _Mask:
    left, top, right, bottom = Image.fromarray(mask).getbbox() or (0, 0, 0, 0)
    return mask[top:bottom, left:right]


def _middle(strokes: _Mask) -> _Mask:
    """The lines' middle, a pixel wide; wider where ink has run together, as in a small loop."""
    middle, thinner = strokes, _thinned(strokes)
    while (thinner != middle).any():
        middle, thinner = thinner, _thinned(thinner)
    width = 2 * np.count_nonzero(strokes) / np.count_nonzero(strokes & _thickened(~strokes, 3))  # a line has two sides
    return _cropped(middle | _thickened(~_thickened(~strokes, width * _RUN), width * _LEFT))


def _thinned(mask: _Mask) -> _Mask:
    """Takes one layer of pixels off, but for what holds a line together, and for its ends."""
    for side in (0, 4):  # from the right and below, then from the left and above
        around = _neighbours(mask)
        after, next_but_one = around[1:] + around[:1], around[2:] + around[:2]
        sides = range(0, 8, 2)  # the others are corners
        groups = _sum([~around[one] & (after[one] | next_but_one[one]) for one in sides])
        pairs = [_sum([around[one] | around[one + to] for one in sides]) for to in (-1, 1)]
        fewest = np.minimum(*pairs)
        turned = around[side:] + around[:side]
        kept = (turned[4] | turned[5] | ~turned[7]) & turned[6]
        mask = mask & ~((groups == 1) & (fewest >= 2) & (fewest <= 3) & ~kept)
    return mask


def _thickened(middle: _Mask, line: float) -> _Mask:
    """Makes a line of a pixel as wide as wanted."""
    for step in range(round((line - 1) / 2)):
        around = _neighbours(middle)[:: 1 + step % 2]  # corners by turns: a round pen has neither corners nor sides
        middle = np.logical_or.reduce([middle, *around])
    return middle


def _neighbours(mask: _Mask) -> list[_Mask]:
    """The eight pixels around each, clockwise from the one above."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    places = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    return [padded[top : top + height, left : left + width] for top, left in places]


def _sum(masks: list[_Mask]) -> npt.NDArray[np.uint8]:
    """How many of the masks each pixel is in."""
    count: npt.NDArray[np.uint8] = np.sum(masks, axis=0, dtype=np.uint8)
    return count
