"""Scores of a classifier, from labels and predictions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class ClassScore:
    """How well one class is read.

    Attributes:
        name: The class.
        precision: Of the images read as this class, the fraction that are; None if none was read so.
        recall: Of this class's images, the fraction read as it; None if there are none.
        count: How many images of this class there are.
    """

    name: str
    precision: float | None
    recall: float | None
    count: int


@dataclass(frozen=True)
class Confusion:
    """Images of one class that were read as another."""

    truth: str
    read_as: str
    count: int


@dataclass(frozen=True, eq=False)
class Scores:
    """Everything that follows from a confusion matrix.

    Attributes:
        matrix: int64 (C, C), truth by prediction.
        classes: A name for each row and column.
    """

    matrix: npt.NDArray[np.int64]
    classes: tuple[str, ...]

    @classmethod
    def of(
        cls, labels: npt.NDArray[np.int64], predictions: npt.NDArray[np.int64], classes: tuple[str, ...]
    ) -> "Scores":
        """Counts labels (N,) against predictions (N,)."""
        count = len(classes)
        pairs = np.bincount(labels * count + predictions, minlength=count * count)
        return cls(pairs.reshape(count, count), classes)

    @property
    def count(self) -> int:
        """How many images were scored."""
        return int(self.matrix.sum())

    @property
    def wrong(self) -> int:
        """How many of them were misread."""
        return self.count - int(np.trace(self.matrix))

    @property
    def accuracy(self) -> float:
        """The fraction that was read correctly."""
        return 1 - self.wrong / self.count

    def per_class(self) -> list[ClassScore]:
        """Precision, recall and count of each class."""
        right, read, there = np.diag(self.matrix), self.matrix.sum(axis=0), self.matrix.sum(axis=1)
        return [
            ClassScore(
                name=name,
                precision=float(right[index] / read[index]) if read[index] else None,
                recall=float(right[index] / there[index]) if there[index] else None,
                count=int(there[index]),
            )
            for index, name in enumerate(self.classes)
        ]

    def confusions(self, most: int) -> list[Confusion]:
        """The most frequent ways to misread, in falling order."""
        wrong = self.matrix * (1 - np.eye(len(self.classes), dtype=np.int64))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        pairs = [divmod(int(position), len(self.classes)) for position in order]
        return [
            Confusion(self.classes[truth], self.classes[read], int(wrong[truth, read]))
            for truth, read in pairs
            if wrong[truth, read]
        ]
