"""The one way from a picture to what the models read: uint8 (28, 28), light ink on black, as MNIST made its own.

MNIST's recipe (http://yann.lecun.com/exdb/mnist/): the ink is scaled, keeping its proportions, to fit a box of
20x20 pixels with anti-aliasing, and placed in 28x28 so that its centre of mass is the middle.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import line_width
from mnist_core.counting import count_digits
from mnist_core.enlarging import at_own_size
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


@dataclass(frozen=True)
class Steps:
    """How a picture became what the models see.

    Attributes:
        grey: uint8 (H, W), the picture as one plane, at most `grey.WORKING` each way, turned so that ink is light;
            without mirrored lamps, streaks and bands, and smaller if it was enlarged smoothly.
        ink: uint8 (H, W), what of it was taken for ink: 0 for paper, up to 255 for ink.
        box: Left, top, right and bottom (exclusive) of the ink that was used, in pixels of `ink`; None without ink.
        digits: How many things there are that could each be a digit of its own; 0 without ink.
        image: uint8 (28, 28), light ink on black; all zeros if there is no ink.
    """

    grey: npt.NDArray[np.uint8]
    ink: npt.NDArray[np.uint8]
    box: tuple[int, int, int, int] | None
    digits: int
    image: npt.NDArray[np.uint8]


def to_mnist(picture: Image.Image | npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Brings a picture of one digit to the form, size and place that the models were trained on.

    Args:
        picture: A digit of any colour on any ground: a Pillow image of any mode and size; or uint8 (height, width) of
            grey, or (height, width, 3 or 4) of colour.

    Returns:
        uint8 (28, 28), light ink on black; all zeros if there is no ink. A picture in MNIST's form comes as it is.
    """
    return trace(picture).image


def trace(picture: Image.Image | npt.NDArray[np.uint8]) -> Steps:
    """Does what `to_mnist` does, and tells each step.

    Args:
        picture: As for `to_mnist`.

    Returns:
        The steps, the last of which is what `to_mnist` returns.
    """
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    own = _mnists_own(image)
    if own is None:
        image = at_own_size(image)
        own = _mnists_own(image)
    if own is not None:
        return own
    grey, ink = find_ink(to_grey(image))
    box = Image.fromarray(ink).getbbox()
    if box is None:
        return Steps(grey, ink, None, 0, np.zeros((SIDE, SIDE), np.uint8))
    left, top, right, bottom = box
    used = ink[top:bottom, left:right]
    return Steps(grey, ink, box, count_digits(used), _fitted(used))


def _mnists_own(image: Image.Image) -> Steps | None:
    """The picture itself if it has MNIST's form, light on dark or dark on light; in microseconds, as all are asked."""
    if image.size != (SIDE, SIDE) or image.mode != "L" or "transparency" in image.info:
        return None
    pixels = np.frombuffer(bytearray(image.tobytes()), np.uint8)
    if pixels[0] >= _STRONG:
        pixels = ~pixels
        image = Image.frombytes("L", image.size, pixels.tobytes())
    box = image.getbbox() or (0, 0, 0, 0)
    if not BOX - 1 <= max(box[2] - box[0], box[3] - box[1]) <= BOX:
        return None
    mass, below, beside = (_MOMENTS @ pixels).tolist()
    if max(abs(below), abs(beside)) > _NEAR * mass or pixels.max() < _STRONG:
        return None
    own = pixels.reshape(SIDE, SIDE)
    return Steps(own, own, box, 1, own)


def _fitted(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Scales ink, (height, width) without margins, to the box, and puts its centre of mass in the middle."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    ink = _thickened(ink)
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    scaled = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.LANCZOS))
    top, left = _place(scaled, axis=0), _place(scaled, axis=1)
    canvas[top : top + height, left : left + width] = scaled
    return canvas


def _thickened(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Widens lines, as of a fine pen, that would all but vanish in the box."""
    lacking = _THINNEST * max(ink.shape) / BOX - line_width(ink >= _STRONG)
    if lacking <= 1:
        return ink
    whole, rest = divmod((lacking - 1) / 2, 1)
    less = windowed(np.maximum, np.pad(ink, 1 + int(whole)), int(whole))
    more = windowed(np.maximum, np.pad(ink, 1 + int(whole)), 1 + int(whole))
    widened: npt.NDArray[np.uint8] = (less + np.float32(rest) * (more.astype(np.float32) - less)).astype(np.uint8)
    return widened


def _place(ink: npt.NDArray[np.uint8], axis: int) -> int:
    """Where the ink begins along an axis, so that its centre of mass is in the middle and nothing is cut off."""
    weights = ink.sum(axis=1 - axis, dtype=np.float64)
    centre = float(np.average(np.arange(len(weights)), weights=weights))
    return min(max(math.floor(_MIDDLE - centre + 0.5), 0), SIDE - len(weights))
