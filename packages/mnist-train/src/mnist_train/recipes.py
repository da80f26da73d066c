"""How each model is trained: the choices that `--model` names.

Choices were made on the validation set, over three or four seeds each.
"""

import math
from dataclasses import dataclass

# A small dataset gets more epochs, so that it too sees this many updates.
_FEWEST_UPDATES = 150


@dataclass(frozen=True)
class Recipe:
    """The settings of a training.

    Attributes:
        architecture: The network's class in `mnist_core.models`.
        epochs: Passes over a training set of MNIST's size.
        hardest: Fraction of the images that the passes after the first go through: those that had the highest loss
            when they were last seen (after Jiang et al., https://arxiv.org/abs/1910.00762). The rest would teach
            little.
        batch_size: Images an update.
        peak_learning_rate: What the learning rate rises to, in a line, and falls from, in a line, to zero.
        warm_up: Fraction of the updates in which it rises.
        label_smoothing: How much of each label is spread over all classes (Szegedy et al.,
            https://arxiv.org/abs/1512.00567).
        weight_decay: AdamW's, decoupled from the gradient.
        betas: AdamW's decay rates of the gradient's first and second moment.
        averaging: Decay of the weights' moving average, which is the result; 0 for the last weights.
    """

    architecture: str
    epochs: int
    hardest: float
    batch_size: int
    peak_learning_rate: float
    warm_up: float
    label_smoothing: float
    weight_decay: float
    betas: tuple[float, float]
    averaging: float = 0.0

    def epochs_for(self, images: int) -> int:
        """How often to go through a training set of that many images."""
        first, later = (math.ceil(self.images_in(epoch, images) / self.batch_size) for epoch in (0, 1))
        return max(self.epochs, 1 + math.ceil((_FEWEST_UPDATES - first) / later))

    def images_in(self, epoch: int, images: int) -> int:
        """How many of a training set's images a pass goes through; the first pass is number 0."""
        return images if epoch == 0 else math.ceil(self.hardest * images)

    def learning_rate(self, progress: float) -> float:
        """The learning rate at a point of the training, from 0 (the start) to 1 (the end)."""
        if progress < self.warm_up:
            return self.peak_learning_rate * progress / self.warm_up
        return self.peak_learning_rate * (1 - progress) / (1 - self.warm_up)


RECIPES = {
    "simple": Recipe(
        architecture="SimpleCNN",
        epochs=2,
        hardest=0.4,
        batch_size=128,
        peak_learning_rate=5e-3,
        warm_up=0.2,
        label_smoothing=0.1,
        weight_decay=0.01,
        betas=(0.9, 0.99),
    ),
}
