"""The one way from a picture to what the models read: uint8 (28, 28), light ink on black, as MNIST made its own.

MNIST's recipe (http://yann.lecun.com/exdb/mnist/): the ink is scaled, keeping its proportions, to fit a box of
20x20 pixels with anti-aliasing, and placed in 28x28 so that its centre of mass is the middle.
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.grey import to_grey
from mnist_core.ink import find_ink
from mnist_core.light import windowed
from mnist_core.sizes import SIDE

BOX = 20  # pixels that the ink fills at most, each way
_MIDDLE = SIDE // 2  # the pixel that MNIST's centres of mass are nearest to
_NEAR = 0.51  # pixels that a centre of mass is away from it at most, in each direction
_STRONG = 128  # shade that the strongest ink has at least
_THINNEST = 1.5  # pixels in the box: nineteen of twenty of MNIST's digits have wider lines

# Multiplied with an image's pixels, these sum them, and sum their distances below and right of the middle.
_FROM_MIDDLE = np.indices((SIDE, SIDE), np.float32).reshape(2, -1) - _MIDDLE
_MOMENTS = np.stack([np.ones(SIDE * SIDE, np.float32), *_FROM_MIDDLE])


def to_mnist(picture: Image.Image | npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Brings a picture of one digit to the form, size and place that the models were trained on.

    Args:
        picture: A digit of any colour on any ground: a Pillow image of any mode and size; or uint8 (height, width) of
            grey, or (height, width, 3 or 4) of colour.

    Returns:
        uint8 (28, 28), light ink on black; all zeros if there is no ink. A picture in MNIST's form comes as it is.
    """
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    own = _mnists_own(image)
    return _fitted(find_ink(to_grey(image))) if own is None else own


def _mnists_own(image: Image.Image) -> npt.NDArray[np.uint8] | None:
    """The picture itself if it has MNIST's form, in a few microseconds, as it is asked first of every picture."""
    if image.size != (SIDE, SIDE) or image.mode != "L" or "transparency" in image.info:
        return None
    left, top, right, bottom = image.getbbox() or (0, 0, 0, 0)
    if not BOX - 1 <= max(right - left, bottom - top) <= BOX:
        return None
    pixels = np.frombuffer(bytearray(image.tobytes()), np.uint8)
    mass, below, beside = (_MOMENTS @ pixels).tolist()
    if max(abs(below), abs(beside)) > _NEAR * mass or pixels.max() < _STRONG:
        return None
    return pixels.reshape(SIDE, SIDE)


def _fitted(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Scales the ink to the box and puts its centre of mass in the middle."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    ink = _thickened(_cropped(ink))
    if not ink.size:
        return canvas
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    scaled = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.LANCZOS))
    if not scaled.any():  # ink too faint and thin to survive
        return canvas

    top, left = _place(scaled, axis=0), _place(scaled, axis=1)
    canvas[top : top + height, left : left + width] = scaled
    return canvas


def _cropped(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if rows.size else ink[:0, :0]


def _thickened(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Widens lines, as of a fine pen, that would all but vanish in the box."""
    lacking = _THINNEST * max(ink.shape) / BOX - _line_width(ink)
    reach = round(lacking / 2)
    return windowed(np.maximum, np.pad(ink, reach), reach) if reach > 0 else ink


def _line_width(ink: npt.NDArray[np.uint8]) -> float:
    """How wide the lines are, in pixels: a line has two sides, so twice its area for its outline's length."""
    inked = np.pad(ink >= 128, 1)
    steps = np.count_nonzero(np.diff(inked, axis=0)) + np.count_nonzero(np.diff(inked, axis=1))
    outline = steps * math.pi / 4  # counted along rows and columns, a line of any direction is 4/π too long on average
    return 2 * np.count_nonzero(inked) / outline if outline else 0.0


def _place(ink: npt.NDArray[np.uint8], axis: int) -> int:
    """Where the ink begins along an axis, so that its centre of mass is in the middle and nothing is cut off."""
    weights = ink.sum(axis=1 - axis, dtype=np.float64)
    centre = float(np.average(np.arange(len(weights)), weights=weights))
    return min(max(math.floor(_MIDDLE - centre + 0.5), 0), SIDE - len(weights))
