"""Says whether a picture is dark on light or light on dark."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mnist_core.blobs import boxes, count_strokes, filled, label
from mnist_core.closeness import is_cut_close
from mnist_core.light import LIT, border, is_of_two_shades, levelled
from mnist_core.threshold import otsu, separability

Plane = npt.NDArray[np.uint8]

_SAMPLE = 128  # pixels each way: enough to tell ink from paper
_FAR, _NEAR = 4, 16  # parts of the picture's longer side that what is around something reaches, each way
_BORDER = 0.12  # of the shorter side that a border around the picture takes at most, each side
_PAPER = 0.6  # of what is within the border, and of its edge, that is paper
_TWO_SHADES = 0.8  # of the variance of shades that is between ink and paper, if light makes few other shades
_WINDING = 0.2  # of the rows and columns through something, that cross it twice: more than through a hole
_SLIM = 2  # times longer than wide: what is all of one shade within the border is a one, cut close


def is_dark_on_light(grey: Plane) -> bool:
    """Tells paper from ink.

    Paper is what most of the picture, and most of its border, is; and what ink is thin on. The first alone is wrong
    where the corners are dark, the second alone where a thick digit fills the picture. Where light makes many shades of
    paper, as a flash does that leaves most of a white sheet and all of its border in the dark, its smooth part is taken
    off. In a few pixels that are cut close to a digit nothing of this holds, but only ink goes from side to side.

    Args:
        grey: uint8 (height, width).

    Returns:
        Whether the paper is the lighter of the two.
    """
    light = grey > otsu(grey)
    is_small = max(grey.shape) < LIT
    if is_small and (dark_ink := _may_be_ink(~grey, ~light)) != _may_be_ink(grey, light):
        return dark_ink
    inner = _within_border(light)
    light, grey = light[inner], grey[inner]
    image = Image.fromarray(grey).reduce(-(-max(grey.shape) // _SAMPLE))
    sample = np.asarray(image)
    far, near = (_darker(image, max(2, max(image.size) // part)) for part in (_FAR, _NEAR))
    much = _much_is_light(light)
    if is_small:
        return much + far >= 0
    if separability(sample, otsu(sample)) >= _TWO_SHADES:
        return much + (far + near) / 2 >= 0
    level = levelled(sample)
    much = (much + _much_is_light(level > otsu(level))) / 2
    return much + (far + 2 * near) / 3 >= 0  # what is far around may be light as well


def _much_is_light(light: npt.NDArray[np.bool_]) -> float:
    """1 if all of the picture and all of its border are light, -1 if all is dark."""
    return float(light.mean() + border(light).mean() - 1)


def _may_be_ink(plane: Plane, light: npt.NDArray[np.bool_]) -> bool:
    """Whether what is light is a digit that reaches all four sides: paper that does is wider, or lies along them."""
    return is_cut_close(light) and is_of_two_shades(plane, ~light) and not _is_written_on(light)


def _is_written_on(paper: npt.NDArray[np.bool_]) -> bool:
    """Whether what is within it has bays or bows, as strokes have; a digit's loops are closed around simple shapes."""
    labels, count = label(filled(paper) & ~paper)
    groups = boxes(labels, count)
    rows = count_strokes(labels, count) - groups.height
    columns = count_strokes(labels.T, count) - groups.width
    return bool((rows + columns > _WINDING * (groups.width + groups.height)).any())


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


def _darker(image: Image.Image, reach: int) -> float:
    """1 if all that differs from what is around it is darker, -1 if it is lighter; strong differences count most.

    From what is far around a thick stroke differs, and from what is near a thin one, in light that changes.

    Args:
        image: Of mode L.
        reach: How far what is around something reaches, in pixels.
    """
    sample = np.asarray(image)
    around = Image.fromarray(np.pad(sample, reach, "edge")).filter(ImageFilter.BoxBlur(reach))
    lighter = sample - np.asarray(around)[reach:-reach, reach:-reach].astype(np.float32)
    cubes = lighter**3
    return -float(cubes.sum()) / (float(np.abs(cubes).sum()) or 1)
