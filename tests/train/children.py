"""What tests have processes of their own do: to start those, it must be possible to import it."""

import dataclasses
import json
import os
import signal
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from mnist_core import datasets
from mnist_core.models import Normalize
from mnist_train.processes import Processes, together
from mnist_train.recipes import RECIPES, Finish
from mnist_train.train_command import train
from mnist_train.training import Epoch, Step, Tensors, Training


def train_in(folder: Path, arguments: list[str], errors: str = "errors") -> None:
    """Runs the command `train` in a folder; its stderr goes into a file there, or to a terminal."""
    os.chdir(folder)
    os.dup2(os.open(errors, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)  # which sees what it now writes to
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    train.main(arguments, prog_name="train")


def train_until_written(folder: Path, arguments: list[str]) -> None:
    """Runs the command `train`, and is killed when all of the run is written, before it is put in its place."""
    Path.rename = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment,method-assign]
    train_in(folder, arguments)


def network() -> nn.Sequential:
    """One with all kinds of layers that look at a whole batch."""
    torch.manual_seed(0)
    return nn.Sequential(
        Normalize(), nn.Conv2d(1, 8, 5, stride=2, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.Flatten(), nn.Linear(256, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip


def train_briefly(processes: Processes, data_dir: Path) -> tuple[list[Step | Epoch], dict[str, torch.Tensor]]:
    """A short training, in full precision: what it reports, and what it ends with."""
    digits = [Tensors.of(part, torch.device("cpu")) for part in datasets.load("mnist", "train", data_dir).split()]
    finish = Finish(passes=0.5, peak_learning_rate=1e-4, share=0.3)
    recipe = dataclasses.replace(
        RECIPES["simple"], averaging=0.9, shares=(1.0,), peak_learning_rate=1e-4, finish=finish
    )
    model = network()
    training = Training(
        model, digits[0], digits[1], recipe, epochs=2, seed=0, precision=torch.float32, processes=processes
    )
    return list(training), training.state()


def one_of_two(rank: int, port: int, data_dir: Path, folder: Path) -> None:
    """A process of two that trains; the first one writes what came of it."""
    rendezvous = {"RANK": rank, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ |= {name: str(value) for name, value in rendezvous.items()} | {"TORCHELASTIC_RUN_ID": "test"}
    torch.set_num_threads(1)
    with together() as processes:
        reports, state = train_briefly(processes, data_dir)
        if processes.is_first:
            save_file({name: tensor.contiguous() for name, tensor in state.items()}, folder / "state")
            (folder / "reports").write_text(json.dumps([dataclasses.asdict(report) for report in reports]))
