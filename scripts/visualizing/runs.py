"""The history of trainings: a line an epoch, as `train` wrote it."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_core import artifact
from mnist_core.artifact import HISTORY, LATEST, METADATA, RUNS
from mnist_core.errors import ArtifactError


@dataclass(frozen=True)
class Epoch:
    """What an epoch gave.

    Attributes:
        epoch: Its number, from 1.
        loss: Mean cross-entropy over the images it went through.
        train_accuracy: Fraction of those that was read correctly at that time.
        validation_accuracy: Fraction of the validation images that was read correctly at its end.
    """

    epoch: int
    loss: float
    train_accuracy: float
    validation_accuracy: float


@dataclass(frozen=True)
class Run:
    """A training.

    Attributes:
        name: What to call it, different from what the others are called.
        epochs: Its history, at least one.
    """

    name: str
    epochs: list[Epoch]


def read(folders: Sequence[Path]) -> list[Run]:
    """Reads runs.

    Args:
        folders: Their folders, finished or not; none for the newest run.

    Raises:
        ArtifactError: There is none, or it has no history, or a damaged one.
    """
    located = list(dict.fromkeys(_located(folder) for folder in folders or [RUNS / LATEST]))
    return [Run(name, _history(folder)) for name, folder in zip(_names(located), located, strict=True)]


def _located(folder: Path) -> Path:
    if folder.is_dir() or (folder.name == LATEST and folder.is_file()):  # on a Windows that allows no links
        return artifact.locate(folder).resolve()
    if folder.exists():
        what = f"{folder} is no run's folder."
    else:
        what = f"There is no {folder} yet." if folder == RUNS / LATEST else f"There is no run {folder}."
    others = artifact.newest(folder.parent, f"*/{HISTORY}")
    advice = f"Name a run: curves {others[0]}" if others else "Train a model: uv run --package mnist-train train"
    raise ArtifactError(f"{what} {advice}")


def _names(folders: Sequence[Path]) -> list[str]:
    """The folders' names, with as many of their parents' as tell them apart."""
    for length in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = [str(Path(*folder.parts[-length:])) for folder in folders]
        if len(set(names)) == len(names):
            break
    return names


def _history(folder: Path) -> list[Epoch]:
    path = folder / HISTORY
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        is_model = (folder / METADATA).exists()
        reason = (
            "The model is there without its training; name another run." if is_model else f"Is {folder} a run's folder?"
        )
        raise ArtifactError(f"{path} can't be read: {error.strerror}. {reason}") from error
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path} is damaged: {error}.") from error
    epochs = [_epoch(f"{path}, line {number}", line) for number, line in enumerate(lines, 1)]
    if not epochs:
        raise ArtifactError(f"{path} is empty: no epoch has ended yet. Train on, then draw again.")
    return epochs


def _epoch(where: str, line: str) -> Epoch:
    try:
        fields = json.loads(line)
        epoch = Epoch(
            int(fields["epoch"]),
            float(fields["loss"]),
            float(fields["train_accuracy"]),
            float(fields["validation_accuracy"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise ArtifactError(f"{where} is damaged: it does not tell of an epoch.") from error
    shares = (epoch.train_accuracy, epoch.validation_accuracy)
    if epoch.epoch < 1 or not math.isfinite(epoch.loss) or not all(0 <= share <= 1 for share in shares):
        raise ArtifactError(f"{where} is damaged: it tells of an epoch that can't have been.")
    return epoch
