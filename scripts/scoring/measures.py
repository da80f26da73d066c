"""What the answers to many pictures are worth, in figures."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.calibration import calibration_error
from scoring.answers import Answer

_NO_DIGIT = 10  # row and column of the confusion matrix, after those of the digits
_LEAST = float(np.finfo(np.float32).eps)  # probability that the log-loss takes instead of a smaller one


@dataclass(frozen=True)
class Scores:
    """What the answers are worth. Shares are 0 to 1, and None where there is nothing that they could be of.

    Attributes:
        pictures: How many pictures were read.
        digits: How many of them have a digit.
        accuracy: Share of the digits that are right if none is refused: by the most probable digit.
        refused: How many of the digits were refused.
        accepted_accuracy: Share of the digits that are right, of those that were not refused.
        non_digits: How many pictures have no digit.
        non_digits_refused: How many of those were refused, as is right.
        confidence: Mean probability of the most probable digit, over the digits with ink.
        calibration_error: The expected calibration error, over the same.
        log_loss: Mean negative logarithm (natural) of the right digit's probability, over the same.
        confusion: How many pictures of which (row: 0 to 9, none) got which answer (column: 0 to 9, none).
    """

    pictures: int
    digits: int
    accuracy: float | None
    refused: int
    accepted_accuracy: float | None
    non_digits: int
    non_digits_refused: int
    confidence: float | None
    calibration_error: float | None
    log_loss: float | None
    confusion: list[list[int]]


@dataclass(frozen=True)
class Group:
    """What the answers to some of the pictures are worth.

    Attributes:
        value: What they have in common.
        pictures: How many they are.
        accuracy: Share that is right: of digits by the most probable digit, of others by being refused.
        refused: How many were refused.
        wrong: How many got a digit that is wrong.
    """

    value: str
    pictures: int
    accuracy: float
    refused: int
    wrong: int


def measure(answers: Sequence[Answer]) -> Scores:
    """Measures answers, of which there may be none."""
    digits = [answer for answer in answers if answer.picture.digit is not None]
    others = [answer for answer in answers if answer.picture.digit is None]
    accepted = [answer for answer in digits if answer.digit is not None]
    inked = [answer for answer in digits if answer.probabilities]
    probabilities = np.array([answer.probabilities for answer in inked], np.float64).reshape(-1, 10)
    labels = np.array([answer.picture.digit for answer in inked], np.int64)
    confidences = probabilities.max(axis=1)
    return Scores(
        pictures=len(answers),
        digits=len(digits),
        accuracy=_share(answer.likeliest == answer.picture.digit for answer in digits),
        refused=len(digits) - len(accepted),
        accepted_accuracy=_share(answer.is_right for answer in accepted),
        non_digits=len(others),
        non_digits_refused=sum(answer.is_right for answer in others),
        confidence=float(confidences.mean()) if inked else None,
        calibration_error=calibration_error(confidences, probabilities.argmax(axis=1) == labels) if inked else None,
        log_loss=log_loss(probabilities, labels) if inked else None,
        confusion=_confusion(answers),
    )


def by_group(answers: Sequence[Answer], column: str) -> list[Group]:
    """Measures the answers for each value in a column of `labels.csv`, the worst first."""

    def value(answer: Answer) -> str:
        return answer.picture.columns[column]

    groups = [group(name, list(members)) for name, members in itertools.groupby(sorted(answers, key=value), key=value)]
    return sorted(groups, key=lambda group: (group.accuracy, -group.pictures))


def group(value: str, answers: Sequence[Answer]) -> Group:
    """Measures answers that have something in common; at least one."""
    right = [
        answer.is_right if answer.picture.digit is None else answer.likeliest == answer.picture.digit
        for answer in answers
    ]
    refused = sum(answer.digit is None for answer in answers)
    wrong = sum(answer.digit is not None and not answer.is_right for answer in answers)
    return Group(value, len(answers), sum(right) / len(answers), refused, wrong)


def log_loss(probabilities: npt.NDArray[np.float64], labels: npt.NDArray[np.int64]) -> float:
    """The mean negative logarithm of the right class's probability: (N, classes), (N,); N at least 1."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], _LEAST)).mean())


def _share(right: Iterable[bool]) -> float | None:
    values = list(right)
    return sum(values) / len(values) if values else None


def _confusion(answers: Sequence[Answer]) -> list[list[int]]:
    counts = np.zeros((_NO_DIGIT + 1, _NO_DIGIT + 1), np.int64)
    for answer in answers:
        row, column = (_NO_DIGIT if digit is None else digit for digit in (answer.picture.digit, answer.digit))
        counts[row, column] += 1
    return [[int(count) for count in row] for row in counts]
