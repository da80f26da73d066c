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

    def __init__(self, model: nn.Sequential, decay: float) -> None:
        """Begins with a model's present weights.

        Args:
            model: The network that is trained.
            decay: How much of the average stays in an update, once there were enough of them.
        """
        self.model = copy.deepcopy(model).requires_grad_(False)
        self._decay = decay
        self._pairs = list(zip(self.model.state_dict().values(), model.state_dict().values(), strict=True))

    @torch.no_grad()
    def update(self, count: int) -> None:
        """Takes in the weights after an update; `count` is how many there were, with this one."""
        # The first weights are soon forgotten: after n updates the average is over a tenth of them, at most.
        share = 1 - min(self._decay, (1 + count) / (10 + count))
        for average, value in self._pairs:
            if value.is_floating_point():
                average.lerp_(value, share)
            else:
                average.copy_(value)
