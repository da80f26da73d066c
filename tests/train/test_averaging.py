"""The average of the weights: what it is at first, and what it tends to."""

import pytest
import torch
from torch import nn

from mnist_train.averaging import Average, added, fading


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def test_what_stays_the_same_is_its_own_average() -> None:
    model = network()
    average = Average(model)

    for count in range(1, 30):
        average.update(fading(count, memory=10))

    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(average.model.state_dict()[name], tensor)


def test_it_follows_over_its_memory_and_forgets_the_beginning() -> None:
    model = network()
    average = Average(model)
    bias, averaged = model.get_parameter("0.bias"), average.model.get_parameter("0.bias")
    with torch.no_grad():
        bias.fill_(1.0)
    for count in range(1, 200):
        average.update(fading(count, memory=20))
    torch.testing.assert_close(averaged, bias)

    with torch.no_grad():
        bias.fill_(2.0)
    for count in range(200, 220):
        average.update(fading(count, memory=20))

    assert averaged[0].item() == pytest.approx(2 - (1 - 1 / 20) ** 20)


def test_statistics_are_averaged_and_counts_are_copied() -> None:
    torch.manual_seed(0)
    model = network()
    average = Average(model)
    model.train()
    for count in range(1, 100):
        model(torch.randn(64, 3) + 5)
        average.update(fading(count, memory=20))

    assert average.model.get_buffer("1.num_batches_tracked") == 99
    found, newest = (each.get_buffer("1.running_mean") for each in (average.model, model))
    torch.testing.assert_close(found, newest, atol=0.1, rtol=0.1)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_what_is_added_is_the_mean_of_all_that_came_and_has_its_share(share: float) -> None:
    model = network()
    average = Average(model)
    bias, averaged = model.get_parameter("0.bias"), average.model.get_parameter("0.bias")
    before = bias.detach().clone()

    for count in range(1, 11):
        with torch.no_grad():
            bias.copy_(before + count)
        average.update(added(count, 10, share))

    torch.testing.assert_close(averaged, (1 - share) * before + share * (before + 5.5))
