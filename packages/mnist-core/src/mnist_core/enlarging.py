"""Pictures that were enlarged, by repeating each pixel or smoothly, brought back to their own size.

Small pictures of digits, as data sets and drawing pages have them, are often kept so. At their own size nobody takes
the stairs of their strokes for lines or corners, nor soft edges, as wide as strokes, for light.
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageFilter

_LEAST = 8  # pixels of the longer side that the picture of a digit has
_LOST = 0.04  # of the contrast that any pixel changes at most where half the size says the same,
_NOISE = 6.5  # or so many times the mean change: noise alone gets no farther
_LIGHT = 8  # parts of the longer side that light changes over: what differs from what is so far around it is ink
_SHORTEST = 28  # pixels of the shorter side that are kept: MNIST's own
_SAMPLE = 32  # rows, and columns, that tell nearly all pictures from enlarged ones


def at_own_size(image: Image.Image) -> Image.Image:
    """Undoes the repeating of pixels.

    Args:
        image: A picture of any mode and size.

    Returns:
        The picture itself, or, if all of it is squares of one colour on one grid, a picture with a pixel for each,
        unless those are too few for a digit.
    """
    width, height = image.size
    side = math.gcd(width, height)
    # A few first: of nearly all pictures they say that nothing was repeated.
    if side > 1:
        side = _common(side, [image.crop((0, row, width, row + 1)) for row in range(0, height, -(-height // _SAMPLE))])
    if side > 1:
        side = _common(side, [image.crop((at, 0, at + 1, height)) for at in range(0, width, -(-width // _SAMPLE))])
    if side == 1 or max(width, height) < _LEAST * side:
        return image
    small = image.resize((width // side, height // side), Image.Resampling.NEAREST)
    for row in range(small.height):  # one at a time, as a second picture of such a size would take much memory
        squares = small.crop((0, row, small.width, row + 1)).resize((width, side), Image.Resampling.NEAREST)
        if squares.tobytes() != image.crop((0, row * side, width, (row + 1) * side)).tobytes():
            return image
    return small


def unblurred(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Undoes smooth enlarging: halves a plane for as long as nothing that it shows is lost.

    Args:
        plane: uint8 (height, width).

    Returns:
        uint8, the plane, or a smaller one that becomes the plane again when it is enlarged.
    """
    image = Image.fromarray(plane)
    light = np.asarray(image.filter(ImageFilter.BoxBlur(max(image.size) / _LIGHT)))
    contrast = int(np.ptp(plane.astype(np.int16) - light))
    while contrast and min(image.size) >= 2 * _SHORTEST:
        half = image.resize((-(-image.width // 2), -(-image.height // 2)), Image.Resampling.LANCZOS)
        again = half.resize(image.size, Image.Resampling.BICUBIC)
        lost = np.asarray(ImageChops.difference(image, again))
        if lost.max() > max(_LOST * contrast, _NOISE * lost.mean()):
            break
        image = half
    return np.asarray(image)


def _common(side: int, lines: list[Image.Image]) -> int:
    """The greatest divisor of a length that all places where lines, all of one size, change their colour divide by."""
    pixels = np.stack([np.asarray(line).reshape(max(line.size), -1) for line in lines])
    changes = (pixels[:, 1:] != pixels[:, :-1]).any(axis=(0, 2))
    return int(np.gcd.reduce(1 + np.flatnonzero(changes), initial=side))
