"""The networks: their shapes and sizes, with scaling inside. SimpleCNN is the tutorials'."""

import pytest
import torch
from torch import nn

from mnist_core import models
from mnist_core.models import MEAN, STD


def test_simple_cnn_is_the_tutorials_network() -> None:
    """The same weights in the tutorial's order, scaled outside, ReLU before pooling, give the same logits."""
    torch.manual_seed(0)
    ours = models.build("SimpleCNN")
    conv1, conv2, linear1, linear2 = (getattr(ours, name) for name in ("conv1", "conv2", "linear1", "linear2"))
    tutorial = nn.Sequential(
        conv1, nn.ReLU(), nn.MaxPool2d(2), conv2, nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), linear1, nn.ReLU(), linear2,
    )  # fmt: skip
    images = torch.randint(0, 256, (64, 28, 28), dtype=torch.uint8)
    scaled = ((images.float() / 255 - MEAN) / STD).unsqueeze(1)

    torch.testing.assert_close(ours(images), tutorial(scaled), rtol=1e-4, atol=1e-4)
    assert [tuple(layer.weight.shape) for layer in (conv1, conv2, linear1, linear2)] == [
        (32, 1, 3, 3),
        (64, 32, 3, 3),
        (128, 1600),
        (10, 128),
    ]
    assert models.count_parameters(ours) == 225_034


@pytest.mark.parametrize(
    ("architecture", "parameters"), [("SimpleCNN", 225_034), ("FastCNN", 29_322), ("BestCNN", 94_602)]
)
def test_its_size_is_what_it_says(architecture: str, parameters: int) -> None:
    network = models.ARCHITECTURES[architecture]

    assert models.count_parameters(models.build(architecture)) == parameters
    assert f"{parameters:,} parameters" in (network.__doc__ or "")


@pytest.mark.parametrize("architecture", models.ARCHITECTURES)
def test_probabilities_are_distributions_whatever_the_batch(architecture: str) -> None:
    torch.manual_seed(0)
    model = models.build(architecture)
    images = torch.randint(0, 256, (2_500, 28, 28), dtype=torch.uint8)

    together = models.probabilities(model, images)

    assert together.shape == (2_500, 10)
    torch.testing.assert_close(together.sum(dim=1), torch.ones(2_500))
    torch.testing.assert_close(together[1_234:1_235], models.probabilities(model, images[1_234:1_235]))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides_the_weights(seed: int) -> None:
    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return torch.cat([parameter.flatten() for parameter in models.build("SimpleCNN").parameters()])

    assert torch.equal(weights(seed), weights(seed))
    assert not torch.equal(weights(seed), weights(seed + 1))
