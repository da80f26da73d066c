"""Temperature scaling: it finds what made a model too sure, and changes nothing but how sure it is."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core import models
from mnist_core.calibration import calibration_error
from mnist_train import temperature


def outcomes(count: int) -> tuple[Tensor, Tensor]:
    """Logits that say the truth, and labels drawn by them."""
    source = torch.Generator().manual_seed(1)
    logits = 2 * torch.randn(count, 10, generator=source)
    labels = torch.multinomial(logits.softmax(dim=1), 1, generator=source).squeeze(1)
    return logits, labels


@pytest.mark.parametrize("times", [0.4, 1.0, 3.0])
def test_it_finds_how_many_times_too_sure_a_model_is(times: float) -> None:
    logits, labels = outcomes(20_000)

    assert temperature.fit(times * logits, labels) == pytest.approx(times, rel=0.03)


def test_no_other_temperature_has_a_lower_loss() -> None:
    logits, labels = outcomes(500)
    logits = 2.2 * logits
    found = temperature.fit(logits, labels)

    losses = [F.cross_entropy(logits / each, labels).item() for each in (0.97 * found, found, 1.03 * found)]
    assert losses[1] == min(losses)


@pytest.mark.parametrize("right", [True, False])
def test_where_all_or_nothing_is_right_it_stays_within_its_limits(right: bool) -> None:
    logits = 5 * torch.eye(10)
    labels = torch.arange(10) if right else (torch.arange(10) + 1) % 10

    assert temperature.fit(logits, labels) == pytest.approx(0.25 if right else 4)


def test_a_model_is_calibrated_and_answers_the_same() -> None:
    logits, labels = outcomes(5_000)
    layer = nn.Linear(10, 10)
    model = nn.Sequential(layer)
    with torch.no_grad():
        layer.weight.copy_(2.5 * torch.eye(10))
        layer.bias.copy_(torch.zeros(10))
    before = model(logits)

    temperature.apply(model, temperature.fit(before, labels))

    after = model(logits).detach()
    assert torch.equal(after.argmax(dim=1), before.argmax(dim=1))

    def error(logits: Tensor) -> float:
        confidences, answers = logits.detach().softmax(dim=1).max(dim=1)
        return calibration_error(confidences.numpy(), (answers == labels).numpy())

    assert error(before) > 0.1
    assert error(after) < 0.02


@pytest.mark.parametrize("architecture", models.ARCHITECTURES)
def test_every_architecture_can_be_cooled(architecture: str) -> None:
    model = models.build(architecture)
    images = torch.randint(0, 256, (3, 28, 28), dtype=torch.uint8)
    before = models.logits(model, images)

    temperature.apply(model, 2.0)

    torch.testing.assert_close(models.logits(model, images), before / 2)


def test_a_model_that_does_not_end_in_a_linear_layer_is_refused() -> None:
    with pytest.raises(TypeError, match="ReLU"):
        temperature.apply(nn.Sequential(nn.ReLU()), 2.0)
