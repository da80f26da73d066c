"""Reads and writes `labels.csv`: which pictures there are in a folder, and which digit is right for each."""

import contextlib
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_core.errors import DataError, MnistError

LABELS = "labels.csv"
FILE, LABEL = "file", "label"
NO_DIGIT = "-"
_DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class Picture:
    """A picture to be read, and what is right for it.

    Attributes:
        name: Its file, from the folder on.
        path: Its file.
        digit: The digit that is right; None where it is right to find no digit.
        columns: Its line in `labels.csv`, by column.
    """

    name: str
    path: Path
    digit: int | None
    columns: dict[str, str]


def read(folder: Path) -> list[Picture]:
    """Reads a folder's `labels.csv`: a column `file`, a column `label`, and any others.

    Returns:
        At least one picture, in the order of the lines.

    Raises:
        DataError: It is not there, or not as described.
    """
    path = folder / LABELS
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets begin theirs with a byte order mark
            reader = csv.DictReader(file, strict=True)
            _check_columns(path, reader.fieldnames or [])
            pictures = [_picture(folder, f"{path}, line {reader.line_num}", line) for line in reader]
    except OSError as error:
        raise DataError(
            f"{path} can't be read: {error.strerror}. It has to say what is right: a first line `{FILE},{LABEL}`, "
            "then a line a picture, such as `photo.jpg,7`."
        ) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no table that can be read ({error}). Save it as CSV in UTF-8.") from error
    if not pictures:
        raise DataError(f"{path} names no pictures. Write a line for each, such as `photo.jpg,7`.")
    return pictures


def check_groups(pictures: Mapping[Path, Sequence[Picture]], columns: Sequence[str]) -> None:
    """Checks columns to group by: not every folder needs to have every one, but one has to.

    Args:
        pictures: The pictures of each folder.
        columns: The columns.

    Raises:
        DataError: No folder has one of them.
    """
    there = list(dict.fromkeys(column for some in pictures.values() for column in some[0].columns))
    for column in columns:
        if column not in there:
            raise DataError(f"No labels.csv has a column {column!r} to group by. There are: {', '.join(there)}.")


@contextlib.contextmanager
def new(folder: Path, *columns: str) -> Iterator[Callable[..., None]]:
    """Makes a new folder, and writes its `labels.csv`.

    Args:
        folder: The folder.
        columns: What is told of the pictures beside `file` and `label`.

    Yields:
        What adds a line: the picture's file, the digit that is right, or None, and the other columns.

    Raises:
        MnistError: The folder exists already.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise MnistError(f"{folder} exists already. Name a new folder.") from None
    with (folder / LABELS).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([FILE, LABEL, *columns])
        yield lambda name, digit, *more: table.writerow([name, NO_DIGIT if digit is None else digit, *more])


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    for column in (FILE, LABEL):
        if column not in columns:
            there = f"It has: {', '.join(columns)}" if columns else "It is empty"
            raise DataError(f"{path} has no column `{column}`. {there}. Name the columns in its first line.")


def _picture(folder: Path, where: str, line: dict[str, str]) -> Picture:
    # DictReader puts cells beyond the last column under the key None, and None into columns that have no cell.
    if None in line or None in line.values():
        raise DataError(f"{where} has more or fewer cells than the first line. Put quotes around cells with a comma.")
    name, label = line[FILE], line[LABEL].strip()
    if not name or "\0" in name:
        raise DataError(f"{where} names no file. Write its name into the column `{FILE}`, or remove the line.")
    if label not in (*_DIGITS, NO_DIGIT):
        wrong = f": the label is {label!r}" if label else " has no label"
        raise DataError(f"{where}{wrong}. Write 0 to 9, or {NO_DIGIT} where no digit is right.")
    return Picture(name, folder / name, None if label == NO_DIGIT else int(label), line)
