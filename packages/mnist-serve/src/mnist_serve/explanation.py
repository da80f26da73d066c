"""How a picture was read, in a form that is small enough to send."""

import base64
import io
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct
from PIL import Image

from mnist_core.images import Steps

_MOST = 256  # pixels of what is sent, each way: enough to see every stroke


class Explanation(Struct):
    """The steps from the picture to what the model saw."""

    size: Annotated[tuple[int, int], Meta(description="Width and height in which the picture was searched for ink.")]
    grey: Annotated[
        str,
        Meta(
            description="The picture as one plane, turned so that ink is light: base64 of a PNG file, "
            f"made smaller than `size` if that has more than {_MOST} pixels each way."
        ),
    ]
    ink: Annotated[str, Meta(description="What was taken for ink, white on black, in the same form as `grey`.")]
    box: Annotated[
        tuple[int, int, int, int] | None,
        Meta(description="Left, top, right and bottom of the ink, in pixels of `size`; null without ink."),
    ]
    digits: Annotated[int, Meta(description="How many things could each be a digit.")]


def explain(steps: Steps) -> Explanation:
    """Packs the steps for who asks for them."""
    height, width = steps.grey.shape
    return Explanation((width, height), _packed(steps.grey), _packed(steps.ink), steps.box, steps.digits)


def _packed(plane: npt.NDArray[np.uint8]) -> str:
    image = Image.fromarray(plane)
    image.thumbnail((_MOST, _MOST), Image.Resampling.BOX)
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")
