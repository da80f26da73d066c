"""Says whether a picture is dark on light or light on dark."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mnist_core.light import LIT, border
from mnist_core.threshold import otsu

Plane = npt.NDArray[np.uint8]

_SAMPLE = 128  # pixels each way: enough to tell ink from paper
_FAR, _NEAR = 4, 16  # parts of the picture's longer side that what is around something reaches, each way
_BORDER = 0.12  # of the shorter side that a border around the picture takes at most, each side
_PAPER = 0.6  # of what is within the border, and of its edge, that is paper
_SLIM = 2  # times longer than wide: what is all of one shade within the border is a one, cut close


def is_dark_on_light(grey: Plane) -> bool:
    """Tells paper from ink.

    Paper is what most of the picture, and most of its border, is; and what ink is thin on. The first alone is wrong
    where the corners are dark, the second alone where a thick digit fills the picture.

    Args:
        grey: uint8 (height, width).

    Returns:
        Whether the paper is the lighter of the two.
    """
    light = grey > otsu(grey)
    inner = _within_border(light)
    light, grey = light[inner], grey[inner]
    return bool(light.mean() + border(light).mean() - 1 + _thin_is_dark(grey) >= 0)


def _within_border(light: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """The picture without a thin border around it, which says nothing of the paper; all of it if there is none."""
    height, width = light.shape
    rim = border(light)
    if rim.any() != rim.all():
        return slice(height), slice(width)
    left, top, right, bottom = Image.fromarray(light ^ rim[0]).getbbox() or (0, 0, width, height)
    inner = slice(top, bottom), slice(left, right)
    within = light[inner] ^ rim[0]
    thin = max(left, top, width - right, height - bottom) <= max(1, min(height, width) * _BORDER)
    bar = within.all() and max(within.shape) > _SLIM * min(within.shape)
    paper = min(border(within).mean(), within.mean()) > _PAPER
    return inner if thin and paper and not bar else (slice(height), slice(width))


def _thin_is_dark(grey: Plane) -> float:
    """1 if all that differs from what is around it is darker, -1 if it is lighter; strong differences count most.

    From what is far around a thick stroke differs, and from what is near a thin one, in light that changes.
    """
    image = Image.fromarray(grey).reduce(-(-max(grey.shape) // _SAMPLE))
    hints = [_darker(image, max(2, max(image.size) // part)) for part in (_FAR, _NEAR)]
    return sum(hints) / 2 if max(grey.shape) >= LIT else hints[0]


def _darker(image: Image.Image, reach: int) -> float:
    """The same, with what is around it as far as the reach, in pixels."""
    sample = np.asarray(image)
    around = Image.fromarray(np.pad(sample, reach, "edge")).filter(ImageFilter.BoxBlur(reach))
    lighter = sample - np.asarray(around)[reach:-reach, reach:-reach].astype(np.float32)
    cubes = lighter**3
    return -float(cubes.sum()) / (float(np.abs(cubes).sum()) or 1)
