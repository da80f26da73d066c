"""A picture's shades at any place, as logarithms: what a shadow takes away is the same everywhere then.

Lengths are of half the picture's longer side: in a wide picture, x goes from -1 to 1.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Plane = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float32]

CORNER = 1.42  # the farthest that anything is from the middle

_BLACK = 4  # added to shades: differences next to black say nothing


def logarithm(grey: Plane | Values) -> Values:
    """The logarithms of shades, of any shape."""
    taken: Values = np.log(np.asarray(grey, np.float32) + _BLACK)
    return taken


def shade(logarithms: Values) -> Plane:
    """The shades that have such logarithms: uint8, of the same shape."""
    shades: Plane = np.rint(np.exp(logarithms) - _BLACK).clip(0, 255).astype(np.uint8)
    return shades


class Shades:
    """The logarithms of a picture's shades.

    Attributes:
        shape: The picture's height and width.
        logarithms: float32 (rows, columns), of the picture or of squares of its pixels.
    """

    def __init__(self, grey: Plane, stride: int = 1, median: int = 0) -> None:
        """Takes a picture.

        Args:
            grey: uint8 (height, width).
            stride: The side of the squares of pixels that are taken as one.
            median: Over how many of them, each way, to take the median, which wipes thin ink out; by default they are
                blurred a little.
        """
        self.shape = grey.shape
        self._stride = stride
        kernel = ImageFilter.MedianFilter(median) if median else ImageFilter.BoxBlur(1)
        self.logarithms = logarithm(np.asarray(Image.fromarray(grey).reduce(stride).filter(kernel)))

    def places(self) -> tuple[Values, Values]:
        """Where the middles of what has a logarithm are: float32 x (1, columns) and y (rows, 1)."""
        longer, stride = max(self.shape), self._stride
        y, x = ((np.arange(0, side, stride) + (stride - side) / 2) * (2 / longer) for side in self.shape)
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)

    def at(self, x: Values, y: Values) -> Values:
        """The logarithms nearest to places (...); not a number for those outside the picture."""
        (height, width), scale = self.logarithms.shape, max(self.shape) / 2 / self._stride
        column = np.rint(x * scale + (self.shape[1] / self._stride - 1) / 2).astype(np.intp)
        row = np.rint(y * scale + (self.shape[0] / self._stride - 1) / 2).astype(np.intp)
        inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        found = self.logarithms[row.clip(0, height - 1), column.clip(0, width - 1)]
        return np.where(inside, found, np.float32(np.nan))


def surface(x: Values, y: Values) -> npt.NDArray[np.float64]:
    """The terms of a surface of second degree, as smooth light is: (..., 6) at places (...)."""
    x, y = np.broadcast_arrays(x, y)
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1).astype(np.float64)
