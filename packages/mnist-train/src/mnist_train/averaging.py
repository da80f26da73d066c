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

    def __init__(self, model: nn.Sequential) -> None:
        """Begins with a model's present weights.

        Args:
            model: The network that is trained.
        """
        self.model = copy.deepcopy(model).requires_grad_(False)
        self._pairs = list(zip(self.model.state_dict().values(), model.state_dict().values(), strict=True))

    @torch.no_grad()
    def update(self, share: float) -> None:
        """Takes in the present weights, as such a share of the average; the rest is what it was."""
        for average, value in self._pairs:
            if value.is_floating_point():
                average.lerp_(value, share)
            else:
                average.copy_(value)


def fading(count: int, memory: float) -> float:
    """The share of the newest weights in an average that forgets the older ones exponentially.

    Args:
        count: How many there were, with the newest.
        memory: Over how many to average, about.
    """
    # At first the memory is short, so that the first weights are soon forgotten.
    return max(1 / max(memory, 1), 9 / (count + 9))


def added(count: int, of: int, share: float) -> float:
    """The share of the newest weights in an average of an older one and the mean of all since then.

    Args:
        count: How many there were since then, with the newest.
        of: How many there will be.
        share: What their mean will have of the average when all are taken in; the older average has the rest.
    """
    return share / ((1 - share) * of + share * count)
