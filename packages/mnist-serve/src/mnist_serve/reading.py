"""Reads the digit in a picture: the one way that the command line and the server share."""

import base64
from collections.abc import Callable
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import UNSET, Meta, Struct, UnsetType

from mnist_core.images import to_mnist
from mnist_core.pictures import decode

Classify = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]  # (N, 28, 28) to (N, 10)

NO_INK = "There is no ink in the picture."


class Reading(Struct):
    """What was read in a picture."""

    file: Annotated[str | UnsetType, Meta(description="The picture's name, where it has one.")] = UNSET
    digit: Annotated[int | None, Meta(description="The digit; null if there is none.")] = None
    confidence: Annotated[float | None, Meta(description="The probability of that digit.")] = None
    probabilities: Annotated[list[float] | None, Meta(description="The probability of each digit, 0 to 9.")] = None
    reason: Annotated[str | UnsetType, Meta(description="Why there is no digit.")] = UNSET
    seen: Annotated[
        str | UnsetType,
        Meta(description="What the model saw, if asked for: base64 of 28 rows of 28 bytes, light ink on black."),
    ] = UNSET


def read(contents: bytes, classify: Classify, max_pixels: int, *, with_seen: bool = False) -> Reading:
    """Reads the digit in a picture.

    Args:
        contents: A picture file's bytes.
        classify: The model.
        max_pixels: How many pixels the picture may have.
        with_seen: Whether to add what the model saw.

    Raises:
        PictureError: It is no picture, damaged, or too large.
    """
    image = to_mnist(decode(contents, max_pixels))
    reading = Reading()
    if with_seen:
        reading.seen = base64.b64encode(image.tobytes()).decode("ascii")
    if not image.any():
        reading.reason = NO_INK
        return reading
    probabilities = classify(image[np.newaxis])[0]
    reading.probabilities = probabilities.tolist()
    reading.digit = int(probabilities.argmax())
    reading.confidence = reading.probabilities[reading.digit]
    return reading
