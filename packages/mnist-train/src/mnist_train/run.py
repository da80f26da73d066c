"""One training from data to artifact: what the command `train` does once its options are read."""

import dataclasses
import json
import os
import re
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from mnist_core import artifact, models, placing
from mnist_core.artifact import Metadata
from mnist_core.calibration import calibration_error
from mnist_core.datasets import Dataset
from mnist_core.errors import ArtifactError, TrainingError
from mnist_core.memory import keep_freed_memory
from mnist_train import checkpoint, devices, provenance, saving, temperature
from mnist_train.processes import Processes
from mnist_train.recipes import RECIPES
from mnist_train.reports import Reports
from mnist_train.settings import Settings, Surroundings
from mnist_train.stopping import StoppedError, StopSignals
from mnist_train.training import Epoch, Position, Tensors, Training
from mnist_train.unfinished import Unfinished

# What others than CUDA say, which has an exception for it.
_NO_MEMORY = re.compile("can't allocate memory|out of memory")


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
    settings: Settings,
    published: Dataset,
    test: Dataset,
    place: AbstractContextManager[Unfinished],
    surroundings: Surroundings,
    processes: Processes,
) -> Result | None:
    """Trains a model and writes its artifact.

    Args:
        settings: What was asked for.
        published: The training set as it was published; the fixed validation set is cut off it.
        test: The test set; it is scored once, when nothing can be chosen any more.
        place: Opens the training's folder, a new one or one to go on with. Only the first process does so.
        surroundings: Where to run.
        processes: Who trains together.

    Returns:
        How it went; None in other processes than the first.

    Raises:
        ArtifactError: The checkpoint is of another training, or it or the artifact can't be written.
        DeviceError: The device is not there.
        StoppedError: A signal asked for the end.
        TrainingError: The loss is no longer finite, memory is too small, or another process has ended.
    """
    keep_freed_memory()
    device = devices.choose(surroundings.device)
    with (
        StopSignals(is_patient=processes.count > 1) as stopping,
        place if processes.is_first else nullcontext() as unfinished,
    ):
        contents = unfinished.load() if unfinished and unfinished.has_checkpoint else b""
        run = _Run(settings, published, surroundings, device, processes)
        try:
            run.prepare(processes.tell_bytes(contents))
            run.go(unfinished, stopping)
        except (RuntimeError, torch.OutOfMemoryError) as error:
            if isinstance(error, torch.OutOfMemoryError) or _NO_MEMORY.search(str(error)):
                raise run.too_large() from error
            raise
        except TrainingError as error:
            if unfinished and unfinished.has_checkpoint:
                raise TrainingError(f"{error}\nThe last good checkpoint is kept in {unfinished.folder}.") from error
            raise
        return run.finish(unfinished, test) if unfinished else None


class _Run:
    """A training and what is around it."""

    def __init__(
        self,
        settings: Settings,
        published: Dataset,
        surroundings: Surroundings,
        device: torch.device,
        processes: Processes,
    ) -> None:
        self._settings, self._surroundings = settings, surroundings
        self._published, self._device, self._processes = published, device, processes
        recipe = RECIPES[settings.model].suited_to(published.name)
        self._recipe = dataclasses.replace(recipe, batch_size=settings.batch_size or recipe.batch_size)
        self._precision = torch.float32
        self._seconds_before = 0.0  # what it took before it was interrupted
        self._training: Training

    def prepare(self, contents: bytes) -> None:
        """Makes everything ready, from the beginning or from a checkpoint's contents."""
        state, described = checkpoint.unpack(contents) if contents else ({}, None)
        threads, precision = self._surroundings.threads, _name(devices.training_precision(self._device))
        if described:
            _check_same(described, self._describe_settings())
            precision = described["precision"]
            self._seconds_before = described["seconds"]
            # Results are the same bit for bit only with the same number of threads.
            if not threads and described["processes"] == self._processes.count:
                threads = min(described["threads"], os.cpu_count() or 1)
        if threads:
            torch.set_num_threads(threads)
        # The same everywhere: what the first process multiplies fastest.
        self._precision = getattr(torch, self._processes.tell(precision))
        training, validation = self._published.split()
        torch.manual_seed(self._settings.seed)
        torch.backends.cudnn.deterministic = True
        self._training = Training(
            models.build(self._recipe.architecture).to(self._device),
            Tensors.of(training, self._device),
            Tensors.of(validation, self._device),
            self._recipe,
            epochs=self._settings.epochs,
            seed=self._settings.seed,
            precision=self._precision,
            processes=self._processes,
        )
        if described:
            history = [Epoch(**epoch) for epoch in described["history"]]
            self._training.restore(Position(**described["position"]), history, state)

    def go(self, unfinished: Unfinished | None, stopping: StopSignals) -> None:
        """Trains to the end, or until a signal comes; the first process saves checkpoints and tells how it goes."""
        saved = time.monotonic()
        with Reports(self._training, unfinished, has_tensorboard=self._surroundings.has_tensorboard) as reports:
            for report in self._training:
                reports.tell(report)
                is_due = time.monotonic() - saved >= self._surroundings.checkpoint_every
                wishes = torch.tensor([stopping.noted, self._processes.is_first and is_due])
                signal, must_save = self._processes.most(wishes).tolist()
                if signal or must_save:
                    self._save(unfinished)
                    saved = time.monotonic()
                if signal:
                    raise StoppedError(signal, unfinished.target if unfinished else None)

    def too_large(self) -> TrainingError:
        """What to say when memory is too small."""
        size = self._recipe.batch_size
        return TrainingError(f"Batches of {size:,} images do not fit into memory. Try a smaller --batch-size.")

    def finish(self, unfinished: Unfinished, test: Dataset) -> Result:
        """Scores the model once on the test set and writes the artifact."""
        seconds = self._seconds()
        # What is scored and saved is the model as others will run it: in float32, which a GPU may round.
        model = models.build(self._recipe.architecture)
        model.load_state_dict(self._training.result.state_dict())
        found_temperature = self._calibrate(model)
        probabilities = models.probabilities(model, torch.tensor(test.images)).numpy()
        right = probabilities.argmax(axis=1) == test.labels
        wrong = int((~right).sum())
        history, epochs = self._training.history, len(self._training.history)

        with placing.writing(unfinished.target, unfinished.scratch) as folder:
            saving.save(model, history, folder, unfinished.target)
            if unfinished.tensorboard.exists():
                saving.copy(unfinished.tensorboard, folder, unfinished.target)
            metadata = Metadata(
                model=self._settings.model,
                architecture=self._recipe.architecture,
                parameters=models.count_parameters(model),
                classes=list(test.classes),
                dataset={
                    "name": test.name,
                    "train": {"count": len(self._published), "sha256": self._published.sha256},
                    "validation": {"count": self._training.validation_count, "from": "the end of train"},
                    "test": {"count": len(test), "sha256": test.sha256},
                },
                recipe=self._describe_recipe(epochs),
                seed=self._settings.seed,
                validation_accuracy=history[-1].validation_accuracy,
                test_accuracy=1 - wrong / len(test),
                seconds=round(seconds, 2),
                device=self._describe_device(),
                versions=provenance.versions(),
                git_commit=provenance.git_commit(),
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                temperature=found_temperature,
                calibration_error=calibration_error(probabilities.max(axis=1), right),
                sha256={name: artifact.sha256(folder / name) for name in (artifact.WEIGHTS, artifact.ONNX)},
            )
            metadata.write(folder)
            saving.check_export(folder, test, probabilities)
        unfinished.is_done = True
        return Result(metadata, unfinished.target, wrong, epochs, shown=str(model))

    def _calibrate(self, model: torch.nn.Sequential) -> float:
        """Makes the model as sure of itself as it is right on the validation images; returns the temperature."""
        validation = Tensors.of(self._published.split()[1], torch.device("cpu"))
        found = temperature.fit(models.logits(model, validation.images), validation.labels)
        temperature.apply(model, found)
        return found

    def _save(self, unfinished: Unfinished | None) -> None:
        state = self._training.state()
        if unfinished is None:
            return
        description = self._describe_settings() | {
            "precision": _name(self._precision),
            "threads": torch.get_num_threads(),
            "processes": self._processes.count,
            "data_dir": self._surroundings.data_dir,
            "has_tensorboard": self._surroundings.has_tensorboard,
            "version": version("mnist-train"),
            "position": dataclasses.asdict(self._training.position),
            "history": [dataclasses.asdict(epoch) for epoch in self._training.history],
            "seconds": self._seconds(),
        }
        unfinished.save(checkpoint.pack(state, description))

    def _describe_settings(self) -> dict[str, Any]:
        return {
            "settings": dataclasses.asdict(self._settings),
            "recipe": dataclasses.asdict(self._recipe),
            "training_set": self._published.sha256,
        }

    def _describe_recipe(self, epochs: int) -> dict[str, Any]:
        """The recipe as it was followed in so many passes: a few have no finish."""
        followed = self._recipe if self._recipe.finishing(epochs) else dataclasses.replace(self._recipe, finish=None)
        return dataclasses.asdict(followed) | {"epochs": epochs, "precision": _name(self._precision)}

    def _seconds(self) -> float:
        return self._seconds_before + time.perf_counter() - self._surroundings.start

    def _describe_device(self) -> str:
        if self._device.type == "cuda":
            described = f"cuda, {torch.cuda.get_device_name(self._device)}"
        else:
            threads = torch.get_num_threads()
            described = f"{self._device.type}, {threads} thread{'s' if threads > 1 else ''}"
        return described if self._processes.count == 1 else f"{self._processes.count} processes on {described}"


def _check_same(described: dict[str, Any], expected: dict[str, Any]) -> None:
    """Makes sure that a checkpoint is of a training that would go on as it began."""
    if described["training_set"] != expected["training_set"]:
        raise ArtifactError("The training began with other images than those that are there now. Use --data-dir.")
    if _given(described["recipe"]) != _given(json.loads(json.dumps(expected["recipe"]))):
        raise ArtifactError(
            f"The training began with other settings of `{expected['settings']['model']}`, those of mnist-train "
            f"{described['version']}. Go on with that version, or train anew."
        )


def _given(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe without what it leaves out, which an earlier version may not know at all."""
    return {name: value for name, value in recipe.items() if value is not None}


def _name(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")
