"""Batch normalisation over a batch of which every process has its share: with it, two processes train as one would.

torch's SyncBatchNorm does the same, but on GPUs only.
"""

from typing import Any

import torch
from torch import Tensor, distributed, nn


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Normalises by the mean and variance of the whole batch; otherwise as its parent."""

    @classmethod
    def like(cls, layer: nn.BatchNorm2d) -> "SharedBatchNorm2d":
        """Takes over a layer's settings, weights and statistics."""
        shared = cls(layer.num_features, layer.eps, layer.momentum).to(layer.weight.device)
        shared.load_state_dict(layer.state_dict())
        return shared

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the parent's name)
        """Normalises activations (N, C, H, W)."""
        if not self.training:
            return super().forward(input)
        values = input.float()
        count = values.new_tensor([values.numel() / self.num_features])
        sums: Tensor = _Sum.apply(torch.cat([values.sum((0, 2, 3)), values.square().sum((0, 2, 3)), count]))
        total, squares, counted = torch.split(sums, [self.num_features, self.num_features, 1])
        mean = total / counted
        variance = (squares / counted - mean.square()).clamp_min(0)  # rounding may make it less
        self._remember(mean.detach(), (variance * counted / (counted - 1)).detach())
        scale = self.weight * (variance + self.eps).rsqrt()
        shift = self.bias - mean * scale
        normal: Tensor = values * scale[:, None, None] + shift[:, None, None]
        return normal.to(input.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or self.num_batches_tracked is None:
            return
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum or 0)
        self.running_var.lerp_(variance, self.momentum or 0)


class _Sum(torch.autograd.Function):
    """Adds up over all processes; so does its gradient."""

    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        distributed.all_reduce(total)
        return total
