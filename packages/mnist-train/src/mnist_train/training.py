"""The training loop: data in memory, whole batches, a validation score after every epoch."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core import models
from mnist_core.datasets import Dataset
from mnist_core.errors import TrainingError
from mnist_train.optimizer import AdamW
from mnist_train.recipes import Recipe


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training set gave.

    Attributes:
        epoch: Its number, from 1.
        images: How many it went through.
        loss: Mean cross-entropy over the images, each at the time it was seen, with the labels as the recipe smooths
            them: a perfect answer to a label smoothed by 0.1 still has 0.5.
        train_accuracy: Fraction of them read correctly at that time.
        validation_accuracy: Fraction of the validation images read correctly at its end.
        seconds: Its wall-clock time, validation left out.
        images_per_second: Training images a second.
    """

    epoch: int
    images: int
    loss: float
    train_accuracy: float
    validation_accuracy: float
    seconds: float
    images_per_second: float


class Watcher(Protocol):
    """Is told of every update."""

    def update(self, images: int, loss: float, correct: int) -> None:
        """Takes a batch's size, its mean loss, and how many of its images were read correctly."""


@dataclass(frozen=True)
class Tensors:
    """A dataset on the device.

    Attributes:
        images: uint8 (N, 28, 28).
        labels: int64 (N,).
    """

    images: Tensor
    labels: Tensor

    @classmethod
    def of(cls, dataset: Dataset, device: torch.device) -> "Tensors":
        """Puts a dataset onto a device, where it stays."""
        # A copy: torch warns of arrays that can't be written, as those read from a file are.
        return cls(torch.tensor(dataset.images, device=device), torch.tensor(dataset.labels, device=device))

    def __len__(self) -> int:
        return len(self.labels)


def fit(
    model: nn.Module,
    training: Tensors,
    validation: Tensors,
    recipe: Recipe,
    epochs: int,
    precision: torch.dtype,
    watcher: Watcher,
) -> Iterator[Epoch]:
    """Trains a model, and yields after each epoch.

    All randomness, the order of the images, comes from torch's CPU generator: seed it first.

    Args:
        model: A network on the data's device; it is changed in place.
        training: What to learn from.
        validation: What to measure on after each epoch.
        recipe: Batch size, learning rate and the like.
        epochs: Passes over the training set.
        precision: The type in which layers multiply, float32 or bfloat16.
        watcher: Is told of every update.

    Raises:
        TrainingError: The loss is no longer a finite number.
    """
    optimizer = AdamW(model.parameters(), recipe.betas, recipe.weight_decay)
    sizes = [recipe.images_in(epoch, len(training)) for epoch in range(epochs)]
    updates, update = sum(math.ceil(size / recipe.batch_size) for size in sizes), 0
    losses = torch.zeros(len(training), device=training.labels.device)  # of each image, when it was last seen
    for epoch, size in enumerate(sizes):
        start = time.perf_counter()
        model.train()
        total_loss, total_correct = 0.0, 0
        hardest = losses.topk(size).indices  # all of them in the first epoch
        for chosen in torch.split(hardest[torch.randperm(size).to(hardest.device)], recipe.batch_size):
            labels = training.labels[chosen]
            with torch.autocast(labels.device.type, precision, enabled=precision != torch.float32):
                logits = model(training.images[chosen])
            each = F.cross_entropy(logits.float(), labels, reduction="none", label_smoothing=recipe.label_smoothing)
            loss = each.mean()
            loss.backward()  # type: ignore[no-untyped-call]
            # The middle of the update, so that neither the first nor the last has a learning rate of zero.
            optimizer.step(recipe.learning_rate((update + 0.5) / updates))
            update += 1

            losses[chosen] = each.detach()
            batch_loss, correct = loss.item(), int((logits.argmax(dim=1) == labels).sum())
            if not math.isfinite(batch_loss):
                raise TrainingError(
                    f"The loss is no longer finite, in update {update} of {updates}. "
                    "Try another --seed or a larger --batch-size."
                )
            total_loss += batch_loss * len(labels)
            total_correct += correct
            watcher.update(len(labels), batch_loss, correct)
        seconds = time.perf_counter() - start
        yield Epoch(
            epoch=epoch + 1,
            images=size,
            loss=total_loss / size,
            train_accuracy=total_correct / size,
            validation_accuracy=accuracy(model, validation),
            seconds=seconds,
            images_per_second=size / seconds,
        )


def accuracy(model: nn.Module, data: Tensors) -> float:
    """Fraction of the images that a model reads correctly."""
    return float((models.probabilities(model, data.images).argmax(dim=1) == data.labels).float().mean())
