"""Reads the digit in a picture, or says why there is none: the one way that the command line and the server share."""

import warnings
from collections.abc import Callable
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import UNSET, Meta, Struct, UnsetType

from mnist_core.cli import sureness
from mnist_core.images import Steps, trace
from mnist_core.pictures import decode
from mnist_serve.explanation import Explanation
from mnist_serve.settings import MIN_CONFIDENCE

# Pillow remarks on damaged details in a file that nobody who sends one could read: either the picture can be read or it
# can't. Silenced once for all: around each call it would take time, and threads would undo each other's.
warnings.filterwarnings("ignore", module=r"PIL\.")

Classify = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]  # (N, 28, 28) to (N, 10)


class Reading(Struct):
    """What was read in a picture."""

    file: Annotated[str | UnsetType, Meta(description="The picture's name, where it has one.")] = UNSET
    digit: Annotated[int | None, Meta(description="The digit; null if there is none, or no single one.")] = None
    confidence: Annotated[
        float | None,
        Meta(description="The probability of the most probable digit, whether it is the answer or not; null if blank."),
    ] = None
    probabilities: Annotated[
        list[float] | None, Meta(description="The probability of each digit, 0 to 9; null if the picture is blank.")
    ] = None
    reason: Annotated[str | UnsetType, Meta(description="Why there is no digit, in a sentence.")] = UNSET
    seen: Annotated[
        str | UnsetType,
        Meta(description="What the model saw, if asked for: base64 of 28 rows of 28 bytes, light ink on black."),
    ] = UNSET
    explanation: Annotated[
        Explanation | UnsetType, Meta(description="How the picture became what the model saw, if asked for.")
    ] = UNSET


def see(contents: bytes, max_pixels: int) -> Steps:
    """What the model will see of a picture, and how it came about.

    Args:
        contents: A picture file's bytes.
        max_pixels: How many pixels the picture may have.

    Raises:
        PictureError: It is no picture, damaged, or too large.
    """
    return trace(decode(contents, max_pixels))


def read(steps: Steps, classify: Classify, min_confidence: float = MIN_CONFIDENCE) -> Reading:
    """What was read in a picture; `judge` says how."""
    return judge(steps, classify(steps.image[None])[0], min_confidence) if steps.image.any() else find_nothing()


def judge(steps: Steps, probabilities: npt.NDArray[np.float32], min_confidence: float) -> Reading:
    """What was read where there is ink: a digit, or the reason why there is none.

    Args:
        steps: How the picture became what the model saw.
        probabilities: float32 (10,), what the model says.
        min_confidence: The probability from which the most probable digit is the answer. The models give nearly even
            ones to what is no digit.
    """
    digit = int(probabilities.argmax())
    shares = probabilities.tolist()
    confidence = shares[digit]
    if steps.digits > 1:
        reason = f"There seem to be {steps.digits} digits: send one at a time."
    elif confidence < min_confidence:
        likeness = f"most like {'an' if digit == 8 else 'a'} {digit} ({sureness(confidence)})"
        # Who asks for more than usual refuses what does look like a digit, too.
        is_like = confidence >= MIN_CONFIDENCE
        reason = f"Not sure enough: {likeness}." if is_like else f"It does not look like a digit; {likeness}."
    else:
        return Reading(digit=digit, confidence=confidence, probabilities=shares)
    return Reading(confidence=confidence, probabilities=shares, reason=reason)


def find_nothing() -> Reading:
    """What was read where there is no ink."""
    return Reading(reason="There is no ink in the picture.")
