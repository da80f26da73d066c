"""Changes a batch of digits at random, and adds pictures of no digit."""

from collections.abc import Callable

import torch
from torch import Tensor

from mnist_train.augmentation import strokes, wear
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.impostors import impostors
from mnist_train.augmentation.settings import Augmentation
from mnist_train.augmentation.warping import Warper


class Augmenter:
    """Augments batches on a device."""

    def __init__(self, augmentation: Augmentation, device: torch.device) -> None:
        """Prepares to augment.

        Args:
            augmentation: How far and how often.
            device: Where the images are.
        """
        self._augmentation = augmentation
        self._device = device
        # What strokes were added to has grown, and would be placed anew if it were sent.
        self._warper = Warper(augmentation.warp, device, is_placing=augmentation.strokes is not None)

    def __call__(
        self, images: Tensor, labels: Tensor, source: torch.Generator, share: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """Augments a process's share of a batch.

        Args:
            images: The whole batch, uint8 (B, 28, 28).
            labels: Its digits, int64 (B,).
            source: What chance comes from, the same in every process.
            share: Picks the process's share of what the batch has, (B, ...) or fewer.

        Returns:
            The share's digits, and after them its impostors: float32 (N + M, 28, 28), 0 to 255.
        """
        everything = images.float() / 255
        chance = Chance(source, len(images), share, self._device)
        digits = share(everything).clone()  # what made no copy must not be drawn into
        if self._augmentation.strokes:
            strokes.add(digits, share(labels), self._augmentation.strokes, chance)
        digits = self._change(digits, chance)
        others = Chance(source, round(self._augmentation.impostors * len(images)), share, self._device)
        return torch.cat([digits, self._change(impostors(everything, labels, others), others)]) * 255

    def _change(self, images: Tensor, chance: Chance) -> Tensor:
        warped = self._warper(images, chance)
        return wear.worn(warped, self._augmentation.wear, chance) if self._augmentation.wear else warped
