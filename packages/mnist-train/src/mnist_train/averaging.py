"""A moving average of a network's weights, which reads better than the weights that the last batches left.

Polyak averaging with exponential decay, as in Tarvainen and Valpola, https://arxiv.org/abs/1703.01780.
"""

import copy

import torch
from torch import nn


class Average:
    """The average of what a model's weights and buffers were after each update.

    Attributes:
        model: A network that has the average.
    """

    def __init__(self, model: nn.Sequential, memory: float) -> None:
        """Begins with a model's present weights.

        Args:
            model: The network that is trained.
            memory: Over how many updates to average, about.
        """
        self.model = copy.deepcopy(model).requires_grad_(False)
        self._least_share = 1 / max(memory, 1)
        self._pairs = list(zip(self.model.state_dict().values(), model.state_dict().values(), strict=True))

    @torch.no_grad()
    def update(self, count: int) -> None:
        """Takes in the weights after an update; `count` is how many there were, with this one."""
        # At first the memory is short, so that the first weights are soon forgotten.
        share = max(self._least_share, 9 / (count + 9))
        for average, value in self._pairs:
            if value.is_floating_point():
                average.lerp_(value, share)
            else:
                average.copy_(value)
