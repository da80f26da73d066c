"""The loop: what it goes through, and what it does with it."""

import dataclasses

import numpy as np
import pytest
import torch

from mnist_core import datasets, models
from mnist_train.recipes import RECIPES
from mnist_train.training import Epoch, Tensors, fit


class Counter:
    """Counts the images of every update."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def update(self, images: int, loss: float, correct: int) -> None:
        self.sizes.append(images)


class Remembering(torch.nn.Module):
    """Remembers which images it was shown in training; image i has i in its first two pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.model = models.build("SimpleCNN")
        self.shown: list[int] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.shown += (images[:, 0, 0].long() * 256 + images[:, 0, 1].long()).tolist()
        return self.model(images)  # type: ignore[no-any-return]


@pytest.fixture
def digits() -> tuple[Tensors, Tensors]:
    training, validation = datasets.load("digits", "train").split()
    images = training.images.copy()
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(len(images)), 256)
    numbered = dataclasses.replace(training, images=images)
    cpu = torch.device("cpu")
    return Tensors.of(numbered, cpu), Tensors.of(validation, cpu)


def run(model: torch.nn.Module, digits: tuple[Tensors, Tensors], epochs: int) -> tuple[list[Epoch], Counter]:
    counter = Counter()
    return list(fit(model, *digits, RECIPES["simple"], epochs, torch.float32, counter)), counter


def test_the_first_epoch_shows_every_image_once_and_the_next_two_fifths(digits: tuple[Tensors, Tensors]) -> None:
    torch.manual_seed(0)
    model = Remembering()

    epochs, counter = run(model, digits, epochs=2)

    first, second = model.shown[:1294], model.shown[1294:]
    assert sorted(first) == list(range(1294))
    assert first != sorted(first)
    assert len(set(second)) == len(second) == 518
    assert [epoch.images for epoch in epochs] == [1294, 518]
    assert counter.sizes == [128] * 10 + [14] + [128] * 4 + [6]


def test_the_later_epochs_show_what_was_hardest(digits: tuple[Tensors, Tensors]) -> None:
    """Images with a wrong label are the hardest, so they come again."""
    torch.manual_seed(0)
    training, validation = digits
    wrong = torch.arange(0, 1294, 20)
    labels = training.labels.clone()
    labels[wrong] = (labels[wrong] + 5) % 10
    model = Remembering()

    run(model, (Tensors(training.images, labels), validation), epochs=6)

    last = set(model.shown[-518:])
    assert len(last & set(wrong.tolist())) > 0.9 * len(wrong)


def test_the_last_epoch_is_better_than_the_first(digits: tuple[Tensors, Tensors]) -> None:
    torch.manual_seed(0)

    epochs, _ = run(models.build("SimpleCNN"), digits, epochs=8)

    assert epochs[-1].loss < epochs[0].loss
    assert epochs[-1].validation_accuracy > 0.9


def test_bfloat16_learns_as_well(digits: tuple[Tensors, Tensors]) -> None:
    torch.manual_seed(0)
    model = models.build("SimpleCNN")

    epochs = list(fit(model, *digits, RECIPES["simple"], 8, torch.bfloat16, Counter()))

    assert epochs[-1].validation_accuracy > 0.9
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
