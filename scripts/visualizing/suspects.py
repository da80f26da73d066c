"""Training images whose label is probably wrong, found by networks that never saw them.

The training images are dealt into folds; a network that learned from the other folds judges each. Where it is as sure
of another class as it usually is where that class is right, the label is a suspect. That is the confident joint of
Northcutt, Jiang and Chuang, Confident Learning (2021), https://arxiv.org/abs/1911.00068.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from common.pages import paged
from common.words import count
from mnist_core import models
from mnist_core.datasets import Dataset
from mnist_core.memory import keep_freed_memory
from mnist_train import devices, temperature
from mnist_train.recipes import RECIPES
from mnist_train.training import Epoch, Tensors, Training
from visualizing.sheet import Picture, Sheet
from visualizing.tiles import PER_PAGE, Tile, page

NAME = "suspects"
MOST_PAGES = 4
FOLDS, ROUNDS = 4, 3  # each round deals anew: three networks' mean is wrong less often than one
_RECIPE = RECIPES["fast"]


@dataclass(frozen=True)
class Suspect:
    """A label that is probably wrong.

    Attributes:
        index: Its place in the training set.
        likeness: The class that it seems to be.
        probability: How sure that is, 0 to 1.
        margin: By how much that is more probable than the label, -1 to 1.
    """

    index: int
    likeness: int
    probability: float
    margin: float


def work(dataset: Dataset) -> int:
    """How many images all trainings go through, to measure progress by."""
    sizes = [len(dataset) - len(fold) for fold in _folds(len(dataset), 0)]
    return ROUNDS * sum(sum(_RECIPE.sizes(size)) for size in sizes)


def out_of_fold(dataset: Dataset, tell: Callable[[int], object]) -> npt.NDArray[np.float32]:
    """Judges each training image by networks that did not learn from it.

    Args:
        dataset: The training images.
        tell: Is told how many images the trainings went through since the last time.

    Returns:
        float32 (N, 10): probabilities by the mean of `ROUNDS` networks' logits, at the temperature at which they are
        as high as they are right. (The recipe smooths labels, so that networks are less sure than they could be.)
    """
    keep_freed_memory()
    device = devices.choose("auto")
    everything = Tensors.of(dataset, device)
    mean = torch.zeros(len(dataset), 10, device=device)
    for deal in range(ROUNDS):
        for number, fold in enumerate(_folds(len(dataset), deal)):
            network = _train(everything, fold, seed=deal * FOLDS + number, tell=tell)
            mean[torch.from_numpy(fold).to(device)] += models.logits(network, everything.images[fold]) / ROUNDS
    fitted = temperature.fit(mean, everything.labels)
    return (mean / fitted).softmax(dim=1).cpu().numpy()


def _folds(images: int, deal: int) -> list[npt.NDArray[np.intp]]:
    return np.array_split(np.random.default_rng(deal).permutation(images), FOLDS)


def _train(
    everything: Tensors, fold: npt.NDArray[np.intp], *, seed: int, tell: Callable[[int], object]
) -> torch.nn.Sequential:
    """Trains on all images outside a fold."""
    is_left_out = torch.zeros(len(everything), dtype=torch.bool, device=everything.labels.device)
    is_left_out[fold] = True
    others, own = (Tensors(everything.images[some], everything.labels[some]) for some in (~is_left_out, is_left_out))
    torch.manual_seed(seed)
    training = Training(
        models.build(_RECIPE.architecture).to(everything.labels.device),
        others,
        own,
        _RECIPE,
        seed=seed,
        precision=devices.training_precision(everything.labels.device),
    )
    for report in training:
        if not isinstance(report, Epoch):
            tell(report.images)
    return training.result


def find(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> list[Suspect]:
    """Finds the labels that are probably wrong, the least credible first.

    Args:
        probabilities: float32 (N, C), out of fold.
        labels: int64 (N,).
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=classes)
    # What a class's images have on average; a class without images is never what another one looks like.
    usual = np.where(counts > 0, np.bincount(labels, own, minlength=classes) / np.maximum(1, counts), np.inf)
    sure = np.where(probabilities >= usual, probabilities, -1)
    likeness = sure.argmax(axis=1)
    chosen = np.flatnonzero((sure.max(axis=1) >= 0) & (likeness != labels))
    suspects = [
        Suspect(
            int(index),
            int(likeness[index]),
            float(probabilities[index, likeness[index]]),
            float(probabilities[index, likeness[index]] - own[index]),
        )
        for index in chosen
    ]
    return sorted(suspects, key=lambda suspect: -suspect.margin)


def draw(dataset: Dataset, suspects: list[Suspect]) -> Iterator[Picture]:
    """Draws pages of suspects.

    Args:
        dataset: The training images.
        suspects: The least credible label first; what is beyond `MOST_PAGES` pages is left out.
    """
    some = f"{len(suspects):,}" if suspects else "None"
    title = f"{some} of the {count(len(dataset), 'training label')} of {dataset.title} look wrong"
    if not suspects:
        figure = Sheet(0, title, "Networks that never saw an image agree with its label.").figure
        yield Picture(NAME, title, figure, is_first_page=True)
        return
    tiles = [
        Tile(
            dataset.images[suspect.index],
            dataset.classes[dataset.labels[suspect.index]],
            dataset.classes[suspect.likeness],
            suspect.probability,
        )
        for suspect in suspects[: MOST_PAGES * PER_PAGE]
    ]
    for first in range(0, len(tiles), PER_PAGE):
        part = tiles[first : first + PER_PAGE]
        which = f" Suspects {first + 1:,} to {first + len(part):,}." if len(part) < len(suspects) else ""
        remark = (
            f"Label → what {ROUNDS} networks that never saw the image take it for, and how sure they are on average. "
            f"The least credible label comes first (confident learning, Northcutt et al. 2021): some are wrong, others "
            f"only hard to read.{which}"
        )
        shows = f"suspects {first + 1:,} to {first + len(part):,}" if first else title
        number = 1 + first // PER_PAGE
        yield Picture(paged(NAME, number), shows, page(part, title, remark).figure, is_first_page=number == 1)
