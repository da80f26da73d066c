"""Event files for TensorBoard, read with TensorBoard's own reader."""

import json
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mnist_core import artifact
from mnist_train.train_command import train

SHORT = ["--dataset", "digits", "--epochs", "3", "--threads", "1", "--checkpoint-every", "0", "--tensorboard"]


def curves(run: Path) -> EventAccumulator:
    found = EventAccumulator(str(run / "tensorboard"))
    found.Reload()
    return found


def test_the_curves_are_the_historys(cli: CliRunner) -> None:
    result = cli.invoke(train, [*SHORT, "--output", "mine"])

    assert result.exit_code == 0, result.output
    found = curves(Path("mine"))
    history = [json.loads(line) for line in (Path("mine") / artifact.HISTORY).read_text().splitlines()]
    validation = found.Scalars("accuracy/validation")
    assert [event.value for event in validation] == pytest.approx([row["validation_accuracy"] for row in history])
    assert [event.step for event in validation] == [11, 16, 21]
    losses = found.Scalars("loss/training")
    assert losses[0].value > losses[-1].value > 0
    assert [event.step for event in losses] == [10, 11, 16, 21]


def test_a_training_that_goes_on_draws_on(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was drawn after the last checkpoint did not happen, and every update is drawn once."""
    real, calls = torch.nn.functional.cross_entropy, iter(range(100))

    def cut_off(*arguments: torch.Tensor, **options: object) -> torch.Tensor:
        if next(calls) == 14:
            raise RuntimeError("power cut")
        return real(*arguments, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(torch.nn.functional, "cross_entropy", cut_off)
        cli.invoke(train, [*SHORT, "--output", "mine"])
    assert cli.invoke(train, ["--resume", "mine"]).exit_code == 0

    found = curves(Path("mine"))
    assert [event.step for event in found.Scalars("loss/training")] == [10, 11, 16, 21]
    assert [event.step for event in found.Scalars("accuracy/validation")] == [11, 16, 21]


def test_without_tensorboard_the_extra_is_named(cli: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)

    result = cli.invoke(train, [*SHORT, "--output", "mine"])

    assert result.exit_code == 1
    assert "TensorBoard is not installed. Install it with the extra:" in result.stderr
    assert not Path("mine.unfinished").exists()
