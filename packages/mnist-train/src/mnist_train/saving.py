"""Writes a trained model's files, and makes sure that what is served reads as what was trained."""

import dataclasses
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import nn

from mnist_core import artifact, models
from mnist_core.classifier import Classifier
from mnist_core.datasets import Dataset
from mnist_core.errors import ArtifactError
from mnist_train.onnx_export import export
from mnist_train.training import Epoch

# How far the exported model's probabilities may be from torch's.
_TOLERANCE = 1e-4


def save(model: nn.Sequential, history: Iterable[Epoch], folder: Path, final: Path) -> None:
    """Writes weights, the ONNX model and the history.

    Args:
        model: The network, on the CPU.
        history: Its epochs.
        folder: Where to write.
        final: What to call the folder in a message.

    Raises:
        ArtifactError: The disk is full, or the folder can't be written.
    """
    try:
        models.save_weights(model, folder / artifact.WEIGHTS)
        export(model, folder / artifact.ONNX)
        write_history(history, folder / artifact.HISTORY)
    except OSError as error:
        raise ArtifactError(f"{final} can't be written: {error.strerror}.") from error


def copy(source: Path, folder: Path, final: Path) -> None:
    """Copies a folder's files into another folder; `final` is what to call that in a message."""
    try:
        shutil.copytree(source, folder / source.name)
    except OSError as error:  # of all files that it could not copy
        raise ArtifactError(f"{source} can't be copied to {final}: is the disk full?") from error


def write_history(history: Iterable[Epoch], path: Path) -> None:
    """Writes a line of JSON for each epoch."""
    path.write_text("".join(json.dumps(dataclasses.asdict(epoch)) + "\n" for epoch in history))


def check_export(folder: Path, test: Dataset, expected: npt.NDArray[np.float32]) -> None:
    """Compares the exported model with torch on every test image, so that no other model is ever served.

    Args:
        folder: The artifact.
        test: The test images.
        expected: Their probabilities as torch has them, (N, 10).

    Raises:
        ArtifactError: They differ.
    """
    found = Classifier(folder, threads=0)(test.images)
    difference = float(np.abs(found - expected).max())
    differing = int((found.argmax(axis=1) != expected.argmax(axis=1)).sum())
    if not difference <= _TOLERANCE or differing:  # not a number is no agreement either
        raise ArtifactError(
            f"The ONNX model reads {differing} of {len(test):,} test images differently from PyTorch, and its "
            f"probabilities differ by up to {difference:.2g}. Nothing was saved; please report this."
        )
