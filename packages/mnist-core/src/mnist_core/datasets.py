"""Loads datasets of handwritten digits, and their like, as arrays in memory.

training, validation = datasets.load("mnist", "train").split()
test = datasets.load("mnist", "test")
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.errors import DataError
from mnist_core.idx import read_idx
from mnist_core.images import to_mnist
from mnist_core.registry import DIGITS, EMBEDDED, NAMES, SOURCES, Part, Source, title
from mnist_core.sizes import SIDE
from mnist_core.storage import data_folder, provide

_VALIDATION = 5_000  # images; fixed, so that choices made on any run are comparable
_EMBEDDED_TEST = 360  # images


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their labels, in the order in which they were published.

    Attributes:
        name: The dataset's name in the registry.
        images: uint8 (N, 28, 28), light ink on black.
        labels: int64 (N,), each an index of `classes`.
        classes: A name for each label.
    """

    name: str
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...] = DIGITS

    def __len__(self) -> int:
        return len(self.images)

    @property
    def title(self) -> str:
        """The name that people know it by."""
        return title(self.name)

    @cached_property
    def sha256(self) -> str:
        """The checksum of the images' and then the labels' bytes, whatever the files were packed in."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(self.labels.astype("<i8").data)
        return digest.hexdigest()

    def split(self) -> tuple["Dataset", "Dataset"]:
        """Cuts the fixed validation set off a training set.

        Returns:
            What to train on, and what to validate on: the last 5,000 images, or the last tenth of a set that has
            fewer than 50,000.
        """
        count = min(_VALIDATION, len(self) // 10)
        if count == 0:
            raise DataError(f"{self.title} has {len(self)} training images; at least 10 are needed.")
        return self._cut(slice(None, -count)), self._cut(slice(-count, None))

    def _cut(self, part: slice) -> "Dataset":
        return Dataset(self.name, self.images[part], self.labels[part], self.classes)


def load(name: str, part: Part, data_dir: Path | None = None) -> Dataset:
    """Loads a part of a dataset, and downloads it first if it is not there yet.

    Args:
        name: One of `registry.NAMES`.
        part: "train" (from which `Dataset.split` takes the validation set) or "test".
        data_dir: Where to look and download to; by default `MNIST_DATA_DIR`, else `./data`.

    Raises:
        DataError: The files are damaged, disagree, are another dataset's, or can't be stored.
        DownloadError: They are not there, and the network does not give them.
    """
    if name == EMBEDDED:
        return _load_embedded(part)
    if name not in SOURCES:
        raise DataError(f"There is no dataset '{name}'. Choose from {', '.join(NAMES)}.")
    source = SOURCES[name]
    images_file, labels_file = provide(source, part, data_folder(data_dir))
    images = _read_images(images_file, source)
    labels = _read_labels(labels_file, source)
    if len(images) != len(labels):
        raise DataError(
            f"{images_file} has {len(images):,} images and {labels_file} {len(labels):,} labels: "
            "they don't belong together. Delete both to have them downloaded anew."
        )
    return Dataset(name, images, labels, source.classes)


def _read_images(path: Path, source: Source) -> npt.NDArray[np.uint8]:
    images = _read_array(
        path, lambda array: array.dtype == np.uint8 and array.shape[1:] == (SIDE, SIDE), "28x28 images"
    )
    return np.ascontiguousarray(images.transpose(0, 2, 1)) if source.transposed else images


def _read_labels(path: Path, source: Source) -> npt.NDArray[np.int64]:
    labels = _read_array(path, lambda array: array.ndim == 1 or (array.ndim == 2 and array.shape[1] > 0), "labels")
    if labels.ndim == 2:  # QMNIST: the class, then who wrote it, and where
        labels = labels[:, 0]
    wrong = np.flatnonzero((labels < 0) | (labels >= len(source.classes)))
    if wrong.size:
        raise DataError(
            f"{path} is damaged: label {wrong[0]:,} is {labels[wrong[0]]}, and {len(source.classes) - 1} is the "
            f"highest. Delete {path.name} to have it downloaded anew."
        )
    return labels.astype(np.int64)


def _read_array(path: Path, fits: Callable[[npt.NDArray[Any]], bool], what: str) -> npt.NDArray[Any]:
    array = read_idx(path)
    if not fits(array) or not len(array):
        raise DataError(
            f"{path} holds {array.dtype} {array.shape}, not {what}. Delete {path.name} to have it downloaded anew."
        )
    return array


def _load_embedded(part: Part) -> Dataset:
    """UCI's optical digits, 8x8 in 17 shades, which scikit-learn carries; the last 360 of the 1,797 test."""
    from sklearn.datasets import load_digits

    small, labels = load_digits(return_X_y=True)
    chosen = slice(None, -_EMBEDDED_TEST) if part == "train" else slice(-_EMBEDDED_TEST, None)
    shades = np.rint(small[chosen].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return Dataset(EMBEDDED, np.stack([to_mnist(image) for image in shades]), labels[chosen].astype(np.int64))
