"""Pictures as people are shown them: of any mode and size, in colours that a screen has, as large as there is room."""

import numpy as np
from PIL import Image

from mnist_core.grey import to_grey
from mnist_core.images import Steps

_CHECKS, _CHECK = ("#ffffff", "#dedae2"), 13  # behind what is transparent, and pixels of a check
_LEFT_OUT = 0.4  # of its light is left to what was not taken for ink


def showable(picture: Image.Image, side: int) -> Image.Image:
    """Brings a picture to a size and to colours that can be shown.

    Args:
        picture: A picture of any mode and size.
        side: Pixels that it shall have at most, each way.

    Returns:
        RGB, with checks where it is transparent.
    """
    if picture.mode.startswith(("I", "F", "LAB")):  # more than 8 bits, or what Pillow has no colours for
        picture = Image.fromarray(to_grey(picture))
    if not picture.has_transparency_data:
        return fitted(picture.convert("RGB"), side)
    picture = fitted(picture.convert("RGBA"), side)
    rows, columns = np.indices((picture.height, picture.width)) // _CHECK
    ground = Image.new("RGB", picture.size, _CHECKS[0])
    ground.paste(_CHECKS[1], mask=Image.fromarray((rows + columns) % 2 == 1))
    ground.paste(picture, mask=picture)
    return ground


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """Scales a picture, keeping its proportions, to at most a size: single pixels of a small one stay visible."""
    scale = side / max(picture.size)
    if scale >= 1:
        return picture.resize((picture.width * int(scale), picture.height * int(scale)), Image.Resampling.NEAREST)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def inked(steps: Steps, color: str) -> Image.Image:
    """What was taken for ink in a colour of its own, above what was left out; RGB, of the size of `steps.ink`."""
    faint = Image.fromarray((steps.grey * _LEFT_OUT).astype(np.uint8)).convert("RGB")
    faint.paste(color, mask=Image.fromarray(steps.ink))
    return faint
