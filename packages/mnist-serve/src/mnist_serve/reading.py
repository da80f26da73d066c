"""Reads the digit in a picture: the one way that the command line and the server share."""

import warnings
from collections.abc import Callable
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import UNSET, Meta, Struct, UnsetType

from mnist_core.images import to_mnist
from mnist_core.pictures import decode

# Pillow remarks on damaged details in a file that nobody who sends one could read: either the picture can be read or it
# can't. Silenced once for all: around each call it would take time, and threads would undo each other's.
warnings.filterwarnings("ignore", module=r"PIL\.")

Image = npt.NDArray[np.uint8]
Classify = Callable[[Image], npt.NDArray[np.float32]]  # (N, 28, 28) to (N, 10)


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


def see(contents: bytes, max_pixels: int) -> Image:
    """What the model will see of a picture.

    Args:
        contents: A picture file's bytes.
        max_pixels: How many pixels the picture may have.

    Returns:
        uint8 (28, 28), light ink on black; all zeros if there is no ink.

    Raises:
        PictureError: It is no picture, damaged, or too large.
    """
    return to_mnist(decode(contents, max_pixels))


def judge(probabilities: npt.NDArray[np.float32]) -> Reading:
    """What was read, by what the model says: float32 (10,)."""
    digit = int(probabilities.argmax())
    shares = probabilities.tolist()
    return Reading(digit=digit, confidence=shares[digit], probabilities=shares)


def find_nothing() -> Reading:
    """What was read where there is no ink."""
    return Reading(reason="There is no ink in the picture.")
