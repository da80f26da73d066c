"""Samples of a dataset: of each class, from its plainest images to its strangest."""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mnist_core.datasets import Dataset
from mnist_core.sizes import SIDE
from visualizing.colors import QUIET
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet, mosaic

_COLUMNS, _ROWS = 20, 10
_GAP = 2  # pixels between images
_LABEL = 0.62  # inches for a class's name; more for long ones
_HOW = "from what is nearest to its class's mean image to what is farthest"


def overview(dataset: Dataset) -> Picture:
    """Draws a row of images of each class."""
    label = max(_LABEL, 0.1 * max(map(len, dataset.classes)))
    pitch = (WIDTH - 2 * MARGIN - label) / _COLUMNS
    title = f"{dataset.title}: every class, from plain to strange"
    remark = (
        f"{_COLUMNS} of each class's training images, evenly spread {_HOW}. "
        f"Small: how many there are of it, of {len(dataset):,}."
    )
    sheet = Sheet(pitch * len(dataset.classes) + MARGIN, title, remark)
    for row, name in enumerate(dataset.classes):
        images = _of_class(dataset, row)
        middle = (row + 0.5) * pitch
        sheet.write(MARGIN, middle - 0.09, name, size=13 if len(name) < 3 else 10, weight="bold")
        sheet.write(MARGIN, middle + 0.1, f"{len(images):,}", size=9, color=QUIET)
        if not len(images):
            continue
        shown = mosaic(images[_spread(len(images), _COLUMNS)], _COLUMNS, _GAP)
        sheet.image(MARGIN + label, row * pitch, pitch * _COLUMNS, pitch * SIDE / (SIDE + _GAP), shown)
    return Picture("samples", f"{_COLUMNS} training images of each class of {dataset.title}", sheet.figure)


def sheets(dataset: Dataset) -> Iterator[Picture]:
    """Draws a sheet of images of each class that has some."""
    pitch = (WIDTH - 2 * MARGIN) / _COLUMNS
    for label, name in enumerate(dataset.classes):
        images = _of_class(dataset, label)
        if not len(images):
            continue
        shown = images[_spread(len(images), _COLUMNS * _ROWS)]
        title = f"{dataset.title}, class {name}, from plain to strange"
        what = f"{len(shown):,} of {len(images):,}" if len(shown) < len(images) else f"All {len(images):,}"
        remark = f"{what} training images, {_HOW}, row by row."
        rows = -(-len(shown) // _COLUMNS)
        sheet = Sheet(rows * pitch + MARGIN, title, remark)
        sheet.image(MARGIN, 0, _COLUMNS * pitch, rows * pitch, mosaic(shown, _COLUMNS, _GAP))
        yield Picture(f"samples-{_slug(name)}", f"{what} training images of class {name}", sheet.figure)


def _of_class(dataset: Dataset, label: int) -> npt.NDArray[np.uint8]:
    """A class's images, those nearest to their mean first."""
    images: npt.NDArray[np.uint8] = dataset.images[dataset.labels == label]
    if not len(images):
        return images
    flat = images.reshape(len(images), -1).astype(np.float32)
    far = ((flat - flat.mean(axis=0)) ** 2).sum(axis=1)
    return np.take(images, np.argsort(far, kind="stable"), axis=0)


def _spread(count: int, wanted: int) -> npt.NDArray[np.intp]:
    """Places that are spread evenly, first and last included."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.intp))


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
