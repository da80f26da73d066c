"""The one way from a picture to what the models read: uint8 (28, 28), light ink on black, as MNIST made its own.

MNIST's recipe (http://yann.lecun.com/exdb/mnist/): the ink is scaled, keeping its proportions, to fit a box of
20x20 pixels with anti-aliasing, and placed in 28x28 so that its centre of mass is the middle.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 28  # pixels of the model's input, each way
BOX = 20  # pixels that the ink fills at most, each way


def to_mnist(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Brings one digit to the size and place that the models were trained on.

    Args:
        picture: uint8 (height, width), light ink on a black background.

    Returns:
        uint8 (28, 28); all zeros if there is no ink.
    """
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    if not rows.size:
        return canvas
    ink = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    scaled = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.LANCZOS))
    if not scaled.any():  # ink too faint and thin to survive
        return canvas

    top, left = _place(scaled, axis=0), _place(scaled, axis=1)
    canvas[top : top + height, left : left + width] = scaled
    return canvas


def _place(ink: npt.NDArray[np.uint8], axis: int) -> int:
    """Where the ink begins along an axis, so that its centre of mass is in the middle and nothing is cut off."""
    weights = ink.sum(axis=1 - axis, dtype=np.float64)
    centre = float(np.average(np.arange(len(weights)) + 0.5, weights=weights))
    return min(max(round(SIDE / 2 - centre), 0), SIDE - len(weights))
