"""Random numbers for a batch of which each process has its share."""

from collections.abc import Callable

import torch
from torch import Tensor


class Chance:
    """Draws numbers for every picture of a batch, and gives those of the pictures that are here.

    They are drawn whether they are needed or not: what becomes of a picture must not depend on the others, nor on how
    many processes there are.
    """

    def __init__(
        self, source: torch.Generator, count: int, share: Callable[[Tensor], Tensor], device: torch.device
    ) -> None:
        """Prepares to draw.

        Args:
            source: Where the numbers come from, on the CPU.
            count: Pictures in the batch.
            share: Picks of values (count, ...) those of the pictures that are here, N of them.
            device: Where the numbers are needed.
        """
        self._source, self._count, self._share, self._device = source, count, share, device

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """Even chances: float32 (N, *shape)."""
        drawn = torch.rand(self._count, *shape, generator=self._source)
        return self._share(drawn).to(self._device) * (high - low) + low

    def normal(self, deviation: float, *shape: int) -> Tensor:
        """A normal distribution around 0: float32 (N, *shape)."""
        drawn = torch.randn(self._count, *shape, generator=self._source)
        return self._share(drawn).to(self._device) * deviation

    def happens(self, probability: float) -> Tensor:
        """What has that probability: bool (N,)."""
        return self.between(0, 1) < probability
