"""Any picture as one plane of grey of a handy size, in which ink and paper differ as they do to the eye."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from mnist_core.dither import undithered

WORKING = 640  # pixels of the longer side at most: a digit of a tenth of a photograph still has lines of some pixels
_AVERAGED = {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}  # modes in which neighbours' mean is their mixture
_OPAQUE = 128  # alpha from which a pixel counts as seen
_CARD = 0.7  # part of its bounding box that something opaque fills, if it is paper and not ink
_COLOURED = 1.5  # times more contrast than brightness has
_SAMPLE = 128  # pixels each way that say enough of the colours
_CONTRAST = 64  # difference of grey, within what is opaque, from which it is a drawing of its own


def to_grey(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Brings a picture of any mode to one plane.

    Args:
        image: A picture of any mode and size.

    Returns:
        uint8 (height, width), both at most `WORKING`; dark on light or light on dark, as it comes.
    """
    image = undithered(image)  # before shrinking it mixes some dots and not others
    if image.mode in _AVERAGED and "transparency" not in image.info:
        image = _shrunk(image)  # before the conversion copies it
    if image.mode.startswith(("I", "F")):
        image = _to_bytes(image)
    elif image.has_transparency_data:
        return _from_transparent(_shrunk(image.convert("RGBA")))
    elif image.mode == "LAB":
        image = image.getchannel("L")  # Pillow converts it no other way
    elif image.mode != "L":
        image = image.convert("L" if image.mode == "1" else "RGB")
    image = _shrunk(image)
    return np.asarray(image if image.mode == "L" else _most_contrast(image))


def _shrunk(image: Image.Image) -> Image.Image:
    factor = math.ceil(max(image.size) / WORKING)
    return image.reduce(factor) if factor > 1 else image


def _to_bytes(image: Image.Image) -> Image.Image:
    """Whole numbers of 10, 12 or 16 bits and fractions of one, brought to 8 bits; what is no number becomes 0."""
    values: npt.NDArray[Any] = np.nan_to_num(np.asarray(image, np.float32), nan=0, posinf=0, neginf=0).clip(-1e30, 1e30)
    values = values - min(values.min(), 0)
    highest = float(values.max())
    # The depth is unknown, but a whole number of bits: an all but even picture must not be stretched to full range.
    full = 2.0 ** math.ceil(math.log2(highest)) if highest > 1 else 1.0
    return Image.fromarray((values * (255 / full)).clip(0, 255).astype(np.uint8))


def _from_transparent(image: Image.Image) -> npt.NDArray[np.uint8]:
    """The ink is what is opaque, whatever its colour; unless what is opaque is a card that has its own drawing."""
    alpha = np.asarray(image.getchannel("A"))
    if alpha.min() >= _OPAQUE:
        return np.asarray(_most_contrast(image.convert("RGB")))
    seen = alpha >= _OPAQUE
    box = Image.fromarray(seen).getbbox()
    if box is not None:
        seen = seen[box[1] : box[3], box[0] : box[2]]
        card = image.convert("RGB").crop(box)
        dark, light = np.percentile(np.asarray(card.convert("L"))[seen], (2, 98))
        if seen.mean() > _CARD and light - dark > _CONTRAST:
            colours = np.array(card)
            colours[~seen] = np.median(colours[seen], axis=0)
            return np.asarray(_most_contrast(Image.fromarray(colours)))
    return alpha


def _most_contrast(image: Image.Image) -> Image.Image:
    """The colours (RGB) along the line on which ink differs most from paper; for shades of grey their brightness."""
    sample = image.reduce(-(-max(image.size) // _SAMPLE))
    # The light may change more from side to side than ink does from paper, but it does so slowly.
    around = sample.filter(ImageFilter.BoxBlur(max(sample.size) / 8))
    apart = (np.asarray(sample, np.float32) - np.asarray(around, np.float32)).reshape(-1, 3)
    spread = (apart * np.square(apart).sum(axis=1, keepdims=True)).T @ apart  # what differs strongly is ink, not noise
    shades, axes = np.linalg.eigh(spread.astype(np.float64))
    axis = axes[:, -1]
    if not spread.any() or shades[-1] < _COLOURED * spread.sum() / 3:  # what it is along the diagonal, which is grey
        return image.convert("L")
    axis = axis * np.sign(axis.sum() or 1) / np.abs(axis).sum()
    lowest = 255 * np.minimum(axis, 0).sum()
    return image.convert("L", (*axis, -lowest))
