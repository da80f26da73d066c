"""How each model is trained: the choices that `--model` names.

What they reach on the 10,000 test images (mean and standard deviation over 7 seeds, median seconds, in one run of
scripts/benchmark_training.py; two cores of an AMD EPYC with AVX-512 and bfloat16, torch 2.15.0, 2026-11-22):

    fast      99.16 ± 0.11 %, worst 99.02 %    1.6 s of training    4.2 s from the process's start to its end
    simple    99.35 ± 0.04 %, worst 99.28 %    7.6 s                11.3 s

Choices were made on the last 5,000 training images, which validate, over several seeds each.
"""

import math
from dataclasses import dataclass, replace

from mnist_core.registry import IN_MNISTS_FORM
from mnist_train.augmentation.settings import Augmentation, Strokes, Warp, Wear

# A small dataset gets more epochs, so that it too sees this many updates.
_FEWEST_UPDATES = 150


@dataclass(frozen=True)
class Finish:
    """A training of the averaged weights on pictures that are bent but not worn, which is taken over in part.

    Who learned of other people's strokes, and of worn pictures, has forgotten some of what clean ones look like; who
    learns of clean ones alone, all of the rest. Weights between the two read both better than either (Wortsman et al.,
    https://arxiv.org/abs/2109.01903).

    Attributes:
        passes: Fraction of all passes that are such; they go through all images.
        peak_learning_rate: As of the recipe, over the finish's own updates.
        share: Of the weights in the end, how much is the mean of those after each of its updates. The rest is what
            there was before.
    """

    passes: float
    peak_learning_rate: float
    share: float


@dataclass(frozen=True)
class Recipe:
    """The settings of a training.

    Attributes:
        architecture: The network's class in `mnist_core.models`.
        epochs: Passes over a training set of MNIST's size, with those of the finish.
        shares: Fractions of the images that the passes go through; the last one stands for all that follow. The first
            pass takes any images, the later ones those that had the highest loss when they were last seen (after Jiang
            et al., https://arxiv.org/abs/1910.00762): the rest would teach little. Images that the first pass left out
            are looked at before the second.
        whole_at_end: How many of the last passes before the finish go through all images again.
        batch_size: Images an update, at most.
        peak_learning_rate: What the learning rate rises to, in a line, and falls from, in a line, to zero.
        warm_up: Fraction of the updates in which it rises.
        label_smoothing: How much of each label is spread over all classes (Szegedy et al.,
            https://arxiv.org/abs/1512.00567).
        weight_decay: AdamW's, decoupled from the gradient.
        betas: AdamW's decay rates of the gradient's first and second moment.
        averaging: Over which fraction of all updates the weights are averaged; 0 for the last weights.
        augmentation: How images are changed at random; None for not at all.
        finish: What follows, if weights are averaged; None for nothing.
    """

    architecture: str
    epochs: int
    shares: tuple[float, ...]
    batch_size: int
    peak_learning_rate: float
    warm_up: float
    label_smoothing: float
    weight_decay: float
    betas: tuple[float, float]
    whole_at_end: int = 0
    averaging: float = 0.0
    augmentation: Augmentation | None = None
    finish: Finish | None = None

    def suited_to(self, dataset: str) -> "Recipe":
        """The recipe for a dataset: one for digits has changes that make no sense of other things.

        Args:
            dataset: Its name in `mnist_core.registry`.
        """
        if not self.augmentation or dataset in IN_MNISTS_FORM:
            return self
        # A coat gets no foot, and one that is turned is still a coat.
        return replace(self, augmentation=replace(self.augmentation, strokes=None, impostors=0.0))

    def sizes(self, images: int, epochs: int | None = None) -> list[int]:
        """How many images each pass goes through.

        Args:
            images: How many there are.
            epochs: How many passes to make; by default the recipe's, and more where images are few.
        """
        if epochs is None:
            first, later = (math.ceil(share * images / self.batch_size) for share in (self.shares[0], self.shares[-1]))
            epochs = max(self.epochs, 1 + math.ceil((_FEWEST_UPDATES - first) / later))
        sizes = [math.ceil(self.shares[min(epoch, len(self.shares) - 1)] * images) for epoch in range(epochs)]
        whole = min(self.whole_at_end + self.finishing(epochs), epochs - 1)
        return sizes[: epochs - whole] + [images] * whole

    def finishing(self, epochs: int) -> int:
        """How many of so many passes are the finish."""
        return round(self.finish.passes * epochs) if self.finish else 0

    def learning_rate(self, progress: float, finish: Finish | None = None) -> float:
        """The learning rate at a point of the training, or of its finish, from 0 (the start) to 1 (the end)."""
        peak = (finish or self).peak_learning_rate
        if progress < self.warm_up:
            return peak * progress / self.warm_up
        return peak * (1 - progress) / (1 - self.warm_up)


RECIPES = {
    "simple": Recipe(
        architecture="SimpleCNN",
        epochs=2,
        shares=(1.0, 0.4),
        batch_size=128,
        peak_learning_rate=5e-3,
        warm_up=0.2,
        label_smoothing=0.1,
        weight_decay=0.01,
        betas=(0.9, 0.99),
    ),
    "fast": Recipe(
        architecture="FastCNN",
        epochs=3,
        shares=(5 / 11, 2 / 11, 1 / 11),
        batch_size=128,
        peak_learning_rate=12e-3,
        warm_up=0.2,
        label_smoothing=0.1,
        weight_decay=0.05,
        betas=(0.9, 0.95),
    ),
    "best": Recipe(
        architecture="BestCNN",
        epochs=75,
        shares=(1.0, 0.4),
        whole_at_end=6,
        batch_size=128,
        peak_learning_rate=5e-3,
        warm_up=0.1,
        label_smoothing=0.0,
        weight_decay=0.3,
        betas=(0.9, 0.99),
        averaging=0.05,
        augmentation=Augmentation(
            warp=Warp(rotation=10, scale=0.1, squeeze=0.25, shear=0.1, shift=1.5, elasticity=0.5),
            strokes=Strokes(slashed_zero=0.2, crossed_seven=0.2, flagged_one=0.3, footed_one=0.12),
            wear=Wear(width=0.5, blur=0.25, grain=0.1, gap=0.08, line=0.05, speck=0.05),
            impostors=3 / 16,  # the more, the more letters are refused, and the more digits are misread
        ),
        finish=Finish(passes=0.08, peak_learning_rate=4e-4, share=0.4),
    ),
}
