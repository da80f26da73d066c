"""Our AdamW makes the same updates as torch's."""

import copy

import torch
from torch import nn

from mnist_train.optimizer import AdamW


def test_updates_are_those_of_torch() -> None:
    torch.manual_seed(0)
    ours = nn.Sequential(nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 3))
    theirs = copy.deepcopy(ours)
    optimizer = AdamW(ours.parameters(), betas=(0.9, 0.99), weight_decay=0.1)
    reference = torch.optim.AdamW(theirs.parameters(), betas=(0.9, 0.99), weight_decay=0.1)

    for learning_rate in (0.1, 0.05, 0.01):
        inputs = torch.randn(11, 7)
        ours(inputs).square().sum().backward()
        optimizer.step(learning_rate)
        for group in reference.param_groups:
            group["lr"] = learning_rate
        theirs(inputs).square().sum().backward()
        reference.step()
        reference.zero_grad()

    for our_parameter, their_parameter in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(our_parameter, their_parameter)
        assert our_parameter.grad is None
