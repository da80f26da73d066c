"""Reads pictures with every step, and without each, and counts what is right."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from ablating.steps import STEPS
from mnist_core.errors import PictureError
from mnist_serve.reading import Classify
from mnist_serve.settings import MIN_CONFIDENCE
from scoring import answers, measures
from scoring.labels import Picture


@dataclass(frozen=True)
class Column:
    """Pictures that are counted together: a folder's, or those of it that have something in common."""

    name: str
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Row:
    """What is read right without a step.

    Attributes:
        without: The step's name; None where none is left out.
        accuracy: The share of each column's pictures, 0 to 1.
    """

    without: str | None
    accuracy: list[float]


def columns(folders: dict[Path, list[Picture]], group: str | None) -> list[Column]:
    """Makes a column of each folder; or, where its `labels.csv` has the column `group`, of each value in that."""
    found = []
    for folder, pictures in folders.items():
        if group not in pictures[0].columns:
            found.append(Column(folder.resolve().name, pictures))
            continue
        for value in dict.fromkeys(picture.columns[group] for picture in pictures):
            some = [picture for picture in pictures if picture.columns[group] == value]
            found.append(Column(value or "(empty)", some))
    return found


def measure(found: Sequence[Column], classify: Classify, tick: Callable[[], object]) -> list[Row]:
    """Reads all pictures once with every step, and once without each.

    Args:
        found: The pictures.
        classify: The model.
        tick: Called after each picture.

    Returns:
        The row of all steps, and one for each that was left out.

    Raises:
        PictureError: A picture is missing or damaged.
    """
    rows = []
    for step in (None, *STEPS):
        with step.left_out() if step else nullcontext():
            accuracy = [_accuracy(column, classify, tick) for column in found]
        rows.append(Row(step.name if step else None, accuracy))
    return rows


def _accuracy(column: Column, classify: Classify, tick: Callable[[], object]) -> float:
    def ticked() -> Iterator[Picture]:
        for picture in column.pictures:
            yield picture
            tick()

    read, unreadable = answers.read(ticked(), classify, MIN_CONFIDENCE)
    for one in unreadable:
        path = next(picture.path for picture in column.pictures if picture.name == one.file)
        raise PictureError(f"{path}: {one.error}")
    return measures.group(column.name, read).accuracy
