"""The loop: what it goes through, and what it does with it."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from mnist_core import datasets, models
from mnist_train.augmentation.augmenter import Augmenter
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.impostors import impostors
from mnist_train.processes import Processes
from mnist_train.recipes import RECIPES, Finish
from mnist_train.training import Epoch, Step, Tensors, Training

CPU = torch.device("cpu")


class Remembering(torch.nn.Sequential):
    """Remembers which images it was shown in training; image i has i in its first two pixels."""

    def __init__(self) -> None:
        super().__init__(models.build("SimpleCNN"))
        self.shown: list[list[int]] = []  # a list a batch

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.shown.append((images[:, 0, 0].long() * 256 + images[:, 0, 1].long()).tolist())
        return super().forward(images)  # type: ignore[no-any-return, no-untyped-call]


@pytest.fixture
def digits() -> tuple[Tensors, Tensors]:
    training, validation = datasets.load("digits", "train").split()
    images = training.images.copy()
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(len(images)), 256)
    numbered = dataclasses.replace(training, images=images)
    cpu = torch.device("cpu")
    return Tensors.of(numbered, cpu), Tensors.of(validation, cpu)


def begin(
    model: torch.nn.Sequential,
    digits: tuple[Tensors, Tensors],
    epochs: int,
    precision: torch.dtype = torch.float32,
    shares: tuple[float, ...] = (1.0, 0.4),
) -> Training:
    recipe = dataclasses.replace(RECIPES["simple"], shares=shares)
    return Training(model, *digits, recipe, epochs=epochs, seed=0, precision=precision, processes=Processes())


def test_best_becomes_unsure_of_what_is_no_digit(digits: tuple[Tensors, Tensors]) -> None:
    """Of pictures made of straight lines, as none of the training's are, it says less than of digits."""
    torch.manual_seed(0)
    recipe = RECIPES["best"]
    assert recipe.augmentation
    without = dataclasses.replace(recipe.augmentation, impostors=0)
    source = torch.Generator().manual_seed(5)
    strange = impostors(digits[1].images / 255, digits[1].labels, Chance(source, 300, lambda all_: all_, CPU))
    sureness = []
    for each in (recipe, dataclasses.replace(recipe, augmentation=without)):
        model = models.build("BestCNN")
        training = Training(model, *digits, each, epochs=5, seed=0, precision=torch.float32, processes=Processes())
        run(training)
        pictures = (strange * 255).to(torch.uint8)
        sureness.append(float(models.probabilities(training.result, pictures).amax(dim=1).mean()))

    assert sureness[0] < 0.4
    assert sureness[1] > sureness[0] + 0.2


def test_what_goes_without_saying_can_be_left_out() -> None:
    """A training in a notebook: as many epochs as the recipe has, in float32, by one process on the processor."""
    training, validation = (Tensors.of(part) for part in datasets.load("digits", "train").split())
    recipe = dataclasses.replace(RECIPES["fast"], shares=(1.0,))
    weights = []
    for given in ({}, {"epochs": None, "precision": torch.float32, "processes": Processes()}):
        torch.manual_seed(0)
        model = models.build(recipe.architecture)
        run(Training(model, training, validation, recipe, seed=0, **given))  # type: ignore[arg-type]
        weights.append(torch.cat([parameter.flatten() for parameter in model.parameters()]))

    assert training.images.device == CPU
    assert weights[0].equal(weights[1])


def run(training: Training) -> list[Epoch]:
    return [report for report in training if isinstance(report, Epoch)]


def test_the_first_epoch_shows_every_image_once_and_the_next_two_fifths(digits: tuple[Tensors, Tensors]) -> None:
    torch.manual_seed(0)
    model = Remembering()

    reports = list(begin(model, digits, epochs=2))

    shown = [image for batch in model.shown for image in batch]
    first, second = shown[:1294], shown[1294:]
    assert sorted(first) == list(range(1294))
    assert first != sorted(first)
    assert len(set(second)) == len(second) == 518
    assert [report.images for report in reports if isinstance(report, Epoch)] == [1294, 518]
    assert sum(report.images for report in reports if isinstance(report, Step)) == 1294 + 518
    assert [len(batch) for batch in model.shown] == [118] * 7 + [117] * 4 + [104] * 3 + [103] * 2  # 128 at most


@pytest.fixture
def mislabelled(digits: tuple[Tensors, Tensors]) -> tuple[Tensors, set[int]]:
    """The training images with every twentieth label wrong, and which those are."""
    training, _ = digits
    wrong = torch.arange(0, 1294, 20)
    labels = training.labels.clone()
    labels[wrong] = (labels[wrong] + 5) % 10
    return Tensors(training.images, labels), set(wrong.tolist())


def test_the_later_epochs_show_what_was_hardest(
    digits: tuple[Tensors, Tensors], mislabelled: tuple[Tensors, set[int]]
) -> None:
    """Images with a wrong label are the hardest, so they come again."""
    torch.manual_seed(0)
    training, wrong = mislabelled
    model = Remembering()

    run(begin(model, (training, digits[1]), epochs=6))

    last = {image for batch in model.shown[-5:] for image in batch}
    assert len(last & wrong) > 0.9 * len(wrong)


def test_what_the_first_epoch_left_out_is_looked_at_before_the_second(
    digits: tuple[Tensors, Tensors], mislabelled: tuple[Tensors, set[int]]
) -> None:
    """Of images with a wrong label, those come in the second epoch too that the first has not shown."""
    torch.manual_seed(0)
    training, wrong = mislabelled
    model = Remembering()

    reports = list(begin(model, (training, digits[1]), epochs=3, shares=(0.8, 0.3)))

    assert [report.images for report in reports if isinstance(report, Epoch)] == [1036, 389, 389]
    first, second = ({image for batch in model.shown[a:b] for image in batch} for a, b in ((0, 9), (9, 13)))
    assert len(first) == 1036
    left_out = wrong - first
    assert left_out
    assert len(left_out & second) > 0.5 * len(left_out)


def test_the_last_epoch_is_better_than_the_first(digits: tuple[Tensors, Tensors]) -> None:
    torch.manual_seed(0)

    epochs = run(begin(models.build("SimpleCNN"), digits, epochs=8))

    assert epochs[-1].loss < epochs[0].loss
    assert epochs[-1].validation_accuracy > 0.9


Begin = Callable[..., Training]


@pytest.fixture
def finishing(digits: tuple[Tensors, Tensors]) -> Begin:
    """Begins a training of `best` with three passes, the last of which is a finish."""

    def begin_one(peak: float = 5e-3, finishing_peak: float = 1e-2) -> Training:
        torch.manual_seed(0)
        finish = Finish(0.34, finishing_peak, share=0.3)
        recipe = dataclasses.replace(
            RECIPES["best"], whole_at_end=0, averaging=0.9, peak_learning_rate=peak, finish=finish
        )
        return Training(models.build("BestCNN"), *digits, recipe, epochs=3, seed=0)

    return begin_one


def before_the_finish(training: Training) -> tuple[Iterator[Step | Epoch], dict[str, torch.Tensor]]:
    """Trains as far as that; gives what goes on from there, and the averaged weights."""
    reports = iter(training)
    while len(training.history) < 2:
        next(reports)
    return reports, {name: weights.clone() for name, weights in training.result.named_parameters()}


def test_a_finish_goes_on_from_the_average(finishing: Begin) -> None:
    """And from no gradients: where it does not learn, the average stays."""
    training = finishing(finishing_peak=0.0)
    reports, before = before_the_finish(training)
    assert any(not weights.equal(before[name]) for name, weights in training.model.named_parameters())

    next(reports)

    for name, weights in training.model.named_parameters():
        torch.testing.assert_close(weights, before[name], rtol=0, atol=0)
    assert training.state()["optimizer.step.0"] == 10  # of its eleven updates


def test_a_finish_learns_at_its_own_rate_and_is_taken_over_in_part(finishing: Begin) -> None:
    training = finishing(peak=0.0)
    reports, before = before_the_finish(training)

    found = [report.images for report in reports if isinstance(report, Epoch)]

    assert found == [1294]
    last = dict(training.model.named_parameters())
    for name, weights in training.result.named_parameters():
        moved, went = (weights - before[name]).norm(), (last[name] - before[name]).norm()
        assert 0 < moved < 0.5 * went


def test_a_finish_shows_pictures_without_added_strokes_and_wear(
    finishing: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool, float]] = []
    changed = Augmenter.__call__

    def noted(self: Augmenter, *arguments: Any) -> torch.Tensor:
        changes = self._augmentation
        seen.append((changes.wear is None, changes.strokes is None, changes.impostors))
        return changed(self, *arguments)

    monkeypatch.setattr(Augmenter, "__call__", noted)
    run(finishing())

    assert seen == [(False, False, 3 / 16)] * 16 + [(True, True, 3 / 16)] * 11


@pytest.mark.parametrize("steps", [1, 3, 4, 5, 6])  # within a pass, between two, and in the finish
def test_taken_up_again_around_a_finish_it_ends_with_the_very_same_weights(steps: int, finishing: Begin) -> None:
    whole = finishing()
    run(whole)
    stopped = finishing()
    for _ in zip(range(steps), stopped, strict=False):
        pass
    state = {name: tensor.clone() for name, tensor in stopped.state().items()}

    again = finishing()
    again.restore(stopped.position, stopped.history, state)
    run(again)

    for name, tensor in whole.result.state_dict().items():
        assert tensor.equal(again.result.state_dict()[name]), name


def test_bfloat16_learns_as_well(digits: tuple[Tensors, Tensors]) -> None:
    torch.manual_seed(0)
    model = models.build("SimpleCNN")

    epochs = run(begin(model, digits, epochs=4, precision=torch.bfloat16))

    assert epochs[-1].validation_accuracy > 0.9
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
