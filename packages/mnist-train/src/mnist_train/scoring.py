"""Runs a trained model over a dataset's test images."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_core import datasets
from mnist_core.calibration import calibration_error
from mnist_core.errors import ArtifactError
from mnist_core.imports import uncollected
from mnist_core.registry import NAMES
from mnist_train.metrics import Scores


@dataclass(frozen=True)
class Scored:
    """A model and how it did.

    Attributes:
        name: What to call the model.
        shown: Its layers.
        dataset: The dataset's name.
        scores: Its predictions against the labels.
        calibration_error: How far its confidence is from that, on average, 0 to 1.
    """

    name: str
    shown: str
    dataset: str
    scores: Scores
    calibration_error: float


def score(model: Path, dataset: str | None, data_dir: Path | None) -> Scored:
    """Scores a model on test images.

    Args:
        model: A run's folder, whose weights run in torch, or a `.onnx` file, which runs in onnxruntime.
        dataset: Whose test images; None for the dataset the model was trained on (a `.onnx` file: MNIST).
        data_dir: Where datasets are.

    Raises:
        ArtifactError: The model is missing or damaged.
        DataError: The test images are missing or damaged.
    """
    run = _score_run if model.is_dir() else _score_onnx
    return run(model, dataset, data_dir)


def _score_run(folder: Path, dataset: str | None, data_dir: Path | None) -> Scored:
    with uncollected():
        import torch

        from mnist_core import models

    model, metadata = models.load(folder)
    trained_on = metadata.dataset.get("name")
    if dataset is None and trained_on not in NAMES:
        raise ArtifactError(f"{folder} was trained on '{trained_on}', which is not known here. Pass --dataset.")
    test = datasets.load(dataset or str(trained_on), "test", data_dir)
    probabilities = models.probabilities(model, torch.tensor(test.images)).numpy()
    return Scored(metadata.architecture, str(model), test.name, *_compare(test, probabilities))


def _score_onnx(path: Path, dataset: str | None, data_dir: Path | None) -> Scored:
    import onnx

    from mnist_core.classifier import Classifier

    classifier = Classifier(path, threads=0)  # 0: as many threads as there are cores
    test = datasets.load(dataset or "mnist", "test", data_dir)
    steps = " → ".join(node.op_type for node in onnx.load(path).graph.node)
    shown = f"{path.name}: images uint8 (N, 28, 28) → {steps} → probabilities float32 (N, 10)"
    return Scored(path.name, shown, test.name, *_compare(test, classifier(test.images)))


def _compare(test: datasets.Dataset, probabilities: npt.NDArray[np.float32]) -> tuple[Scores, float]:
    answers = probabilities.argmax(axis=1)
    error = calibration_error(probabilities.max(axis=1), answers == test.labels)
    return Scores.of(test.labels, answers, test.classes), error
