"""Reads pictures as `predict` does, refusals included, and keeps what is needed to judge and to show the answers."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.errors import PictureError, in_words
from mnist_core.sizes import MAX_PIXELS
from mnist_serve import reading
from mnist_serve.reading import Classify
from scoring.labels import Picture


@dataclass(frozen=True)
class Answer:
    """What was read in a picture.

    Attributes:
        picture: The picture.
        digit: The digit that was answered; None if the picture was refused.
        probabilities: The probability of each digit, 0 to 9; empty if there was no ink.
        reason: Why the picture was refused, in words.
        seen: What the model saw, uint8 (28, 28).
    """

    picture: Picture
    digit: int | None
    probabilities: list[float]
    reason: str
    seen: npt.NDArray[np.uint8]

    @property
    def likeliest(self) -> int | None:
        """The most probable digit, whether or not it was refused; None if there was no ink."""
        return None if self.confidence is None else self.probabilities.index(self.confidence)

    @property
    def confidence(self) -> float | None:
        """The probability of the most probable digit; None if there was no ink."""
        return max(self.probabilities, default=None)

    @property
    def is_right(self) -> bool:
        """Whether the right digit was answered, or a picture without a digit was refused."""
        return self.digit == self.picture.digit


@dataclass(frozen=True)
class Unreadable:
    """A picture that could not be read.

    Attributes:
        file: Its file, from the folder on.
        error: What is wrong with it, in words.
    """

    file: str
    error: str


def read(
    pictures: Iterable[Picture], classify: Classify, min_confidence: float
) -> tuple[list[Answer], list[Unreadable]]:
    """Reads pictures one by one, as people send them.

    Args:
        pictures: The pictures.
        classify: The model.
        min_confidence: The probability from which the most probable digit is the answer.

    Returns:
        The answers, and the pictures that are missing or damaged.
    """
    answers, unreadable = [], []
    for picture in pictures:
        try:
            steps = reading.see(picture.path.read_bytes(), MAX_PIXELS)
        except (PictureError, OSError) as error:
            unreadable.append(Unreadable(picture.name, in_words(error)))
            continue
        found = reading.read(steps, classify, min_confidence)
        answers.append(Answer(picture, found.digit, found.probabilities or [], found.reason or "", steps.image))
    return answers, unreadable


def mistakes(answers: Iterable[Answer]) -> list[Answer]:
    """The answers that are wrong, the worst first: wrong digits before refusals, and what was sure before the rest."""
    wrong = [answer for answer in answers if not answer.is_right]
    return sorted(wrong, key=lambda answer: (answer.digit is None, -(answer.confidence or 0)))
