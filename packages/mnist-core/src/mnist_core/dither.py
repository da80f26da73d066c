"""Pictures of two shades whose dots stand for grey, as a fax or an old scan has, brought back to grey."""

import numpy as np
from PIL import Image, ImageFilter

_SMALLEST = 100  # pixels of the longer side from which dots can be told from a drawing's thinnest lines
_SAMPLE = 640  # rows in the middle that say enough
_DOTTED = 0.01  # of the sample's pixels that are dots: specks of dust are fewer
_BLUR = 2.5  # pixels to all sides: dots come again after four pixels at most, and a stroke is as wide as that


def undithered(image: Image.Image) -> Image.Image:
    """Blurs dots into the shades of grey that they stand for: how densely they lie says what is ink.

    A dot is a pixel that differs from its four neighbours. What is drawn or scanned in black and white has lines and
    areas, and hardly a dot.

    Args:
        image: A picture of any mode and size.

    Returns:
        The picture itself, or in grey if it has dots.
    """
    if image.mode not in ("1", "L", "P") or max(image.size) < _SMALLEST or image.has_transparency_data:
        return image
    width, height = image.size
    top = max(0, height - _SAMPLE) // 2
    sample = image.crop((0, top, width, min(top + _SAMPLE, height))).convert("L")
    if sum(map(bool, sample.histogram())) != 2:
        return image
    light = np.asarray(sample) > np.mean(sample.getextrema())
    dots = (light[1:-1] ^ light[:-2])[:, 1:-1] & (light[1:-1] ^ light[2:])[:, 1:-1]
    dots &= (light[:, 1:-1] ^ light[:, :-2])[1:-1] & (light[:, 1:-1] ^ light[:, 2:])[1:-1]
    return image.convert("L").filter(ImageFilter.BoxBlur(_BLUR)) if dots.size and dots.mean() > _DOTTED else image
