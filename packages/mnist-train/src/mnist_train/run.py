"""One training from data to artifact: what the command `train` does once its options are read."""

import dataclasses
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mnist_core import artifact, models
from mnist_core.artifact import Metadata
from mnist_core.classifier import Classifier
from mnist_core.datasets import Dataset
from mnist_core.errors import ArtifactError, TrainingError
from mnist_train import devices, provenance
from mnist_train.memory import keep_freed_memory
from mnist_train.onnx_export import export
from mnist_train.progress import Progress
from mnist_train.recipes import RECIPES, Recipe
from mnist_train.training import Tensors, fit

# How far the exported model's probabilities may be from torch's.
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Settings:
    """What a training was asked for.

    Attributes:
        model: A name in `RECIPES`.
        seed: What all randomness comes from.
        epochs: Passes over the training set, or None for the recipe's.
        batch_size: Images an update, or None for the recipe's.
        device: "auto", "cpu", "cuda" or "mps".
        threads: CPU threads, or None for torch's choice.
    """

    model: str
    seed: int
    epochs: int | None
    batch_size: int | None
    device: str
    threads: int | None


@dataclass(frozen=True)
class Result:
    """How a training went.

    Attributes:
        metadata: What the artifact says of it.
        folder: Where the artifact is.
        wrong: How many test images were misread.
        epochs: Passes over the training set.
        shown: The model's layers, as PyTorch prints them.
    """

    metadata: Metadata
    folder: Path
    wrong: int
    epochs: int
    shown: str


def train(
    settings: Settings, published: Dataset, test: Dataset, target: Path, start: float, *, renamed_if_taken: bool
) -> Result:
    """Trains a model and writes its artifact.

    Args:
        settings: What was asked for.
        published: The training set as it was published; the fixed validation set is cut off it.
        test: The test set; it is scored once, when nothing can be chosen any more.
        target: The artifact's folder.
        start: `time.perf_counter()` when the command began.
        renamed_if_taken: Whether to take the next free name if the target is taken.

    Raises:
        ArtifactError: The artifact can't be written.
        DeviceError: The device is not there.
        TrainingError: The loss is no longer finite.
    """
    keep_freed_memory()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    device = devices.choose(settings.device)
    precision = devices.training_precision(device)
    recipe = RECIPES[settings.model]
    if settings.batch_size:
        recipe = dataclasses.replace(recipe, batch_size=settings.batch_size)
    training, validation = published.split()
    epochs = settings.epochs or recipe.epochs_for(len(training))

    with artifact.writing(target, renamed_if_taken=renamed_if_taken) as (folder, final):
        torch.manual_seed(settings.seed)
        torch.backends.cudnn.deterministic = True
        model = models.build(recipe.architecture).to(device)
        validation_accuracy = _fit(
            model, recipe, epochs, Tensors.of(training, device), Tensors.of(validation, device), precision, folder
        )
        seconds = time.perf_counter() - start

        # What is scored and saved is the model as others will run it: in float32, which a GPU may round.
        model = model.cpu()
        probabilities = models.probabilities(model, torch.tensor(test.images)).numpy()
        wrong = int((probabilities.argmax(axis=1) != test.labels).sum())

        _save_model(model, folder, final)
        metadata = Metadata(
            model=settings.model,
            architecture=recipe.architecture,
            parameters=models.count_parameters(model),
            classes=list(test.classes),
            dataset={
                "name": test.name,
                "train": {"count": len(published), "sha256": published.sha256},
                "validation": {"count": len(validation), "from": "the end of train"},
                "test": {"count": len(test), "sha256": test.sha256},
            },
            recipe=dataclasses.asdict(recipe) | {"epochs": epochs, "precision": str(precision).removeprefix("torch.")},
            seed=settings.seed,
            validation_accuracy=validation_accuracy,
            test_accuracy=1 - wrong / len(test),
            seconds=round(seconds, 2),
            device=_describe(device),
            versions=provenance.versions(),
            git_commit=provenance.git_commit(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            sha256={name: artifact.sha256(folder / name) for name in (artifact.WEIGHTS, artifact.ONNX)},
        )
        metadata.write(folder)
        _check_export(folder, test, probabilities)
    return Result(metadata, final, wrong, epochs, shown=str(model))


def _save_model(model: nn.Sequential, folder: Path, final: Path) -> None:
    try:
        models.save_weights(model, folder / artifact.WEIGHTS)
        export(model, folder / artifact.ONNX)
    except OSError as error:
        raise ArtifactError(f"{final} can't be written: {error.strerror}.") from error


def _fit(
    model: nn.Module,
    recipe: Recipe,
    epochs: int,
    training: Tensors,
    validation: Tensors,
    precision: torch.dtype,
    folder: Path,
) -> float:
    """Trains, shows and records every epoch; returns the last validation accuracy."""
    images = sum(recipe.images_in(epoch, len(training)) for epoch in range(epochs))
    with Progress(images, epochs) as progress, (folder / artifact.HISTORY).open("w") as history:
        try:
            for epoch in fit(model, training, validation, recipe, epochs, precision, progress):
                progress.epoch(epoch)
                history.write(json.dumps(dataclasses.asdict(epoch)) + "\n")
        except RuntimeError as error:
            if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
                raise TrainingError(
                    f"Batches of {recipe.batch_size:,} images do not fit into memory. Try a smaller --batch-size."
                ) from error
            raise
    return epoch.validation_accuracy


def _describe(device: torch.device) -> str:
    if device.type == "cuda":
        return f"cuda, {torch.cuda.get_device_name(device)}"
    threads = torch.get_num_threads()
    return f"{device.type}, {threads} thread{'s' if threads > 1 else ''}"


def _check_export(folder: Path, test: Dataset, expected: np.ndarray) -> None:
    """Compares the exported model with torch on every test image, so that no other model is ever served."""
    found = Classifier(folder, threads=0)(test.images)
    difference = float(np.abs(found - expected).max())
    differing = int((found.argmax(axis=1) != expected.argmax(axis=1)).sum())
    if difference > _TOLERANCE or differing:
        raise ArtifactError(
            f"The ONNX model reads {differing} of {len(test):,} test images differently from PyTorch, and its "
            f"probabilities differ by up to {difference:.2g}. Nothing was saved; please report this."
        )
