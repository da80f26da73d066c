"""Runs a contender in a process of its own, and times it from its start to its end."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_core.errors import MnistError
from training_peers.models import Model

_SCRIPTS = Path(__file__).parents[1]


class ContenderError(MnistError):
    """A contender failed."""


@dataclass(frozen=True)
class Epoch:
    """What a peer prints after an epoch, as a line of JSON.

    Attributes:
        seconds: What its training took.
        accuracy: Fraction of the test images that are read correctly at its end.
        part: Fraction of the training set that it went through.
    """

    seconds: float
    accuracy: float
    part: float = 1.0


@dataclass(frozen=True)
class Run:
    """A run of a contender.

    Attributes:
        whole: Seconds from the process's start to its end.
        training: Seconds of the training alone.
        accuracy: Fraction of the test images that are read correctly at the end.
        epochs: How many the training had.
        model: What it saved; None of a peer, which saves nothing.
    """

    whole: float
    training: float
    accuracy: float
    epochs: float
    model: Model | None = None


def run_peer(
    module: str, root: Path, number: float, hear: Callable[[int, Epoch, float], None] = lambda *_: None
) -> Run:
    """Runs a module of this package.

    Args:
        module: Its name.
        root: Where MNIST is.
        number: Its second argument, after the data folder.
        hear: Called after each epoch, with its number, the epoch, and the seconds since the start.
    """
    epochs: list[Epoch] = []

    def read(line: str, seconds: float) -> None:
        epochs.append(Epoch(**json.loads(line)))
        hear(len(epochs), epochs[-1], seconds)

    command = [sys.executable, "-m", f"training_peers.{module}", str(root), str(number)]
    whole = timed(command, root, read)
    return Run(whole, sum(epoch.seconds for epoch in epochs), epochs[-1].accuracy, sum(epoch.part for epoch in epochs))


def run_ours(name: str, root: Path, seed: int) -> Run:
    """Runs `train`, and measures what it saved."""
    command = [sys.executable, "-m", "mnist_train", "--model", name, "--dataset", "mnist", "--seed", str(seed)]
    with tempfile.TemporaryDirectory(dir=root) as folder:
        output = Path(folder, "run")
        whole = timed([*command, "--data-dir", str(root), "--output", str(output)], Path(folder))
        accuracy = json.loads((output / "model.json").read_text())["test_accuracy"]
        model = Model.measured(output)
        seconds = [json.loads(line)["seconds"] for line in (output / "history.jsonl").read_text().splitlines()]
    return Run(whole, sum(seconds), accuracy, len(seconds), model)


def timed(command: Sequence[str], folder: Path, hear: Callable[[str, float], None] = lambda *_: None) -> float:
    """Runs a command to its end.

    Args:
        command: What to run.
        folder: Where to run it.
        hear: Called with each line of its output, and the seconds since the start.

    Returns:
        Seconds from its start to its end.

    Raises:
        ContenderError: It failed.
    """
    # A file takes any amount of messages; a pipe that nobody reads would stop the contender once it is full.
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        with subprocess.Popen(
            command, cwd=folder, env={**os.environ, "PYTHONPATH": str(_SCRIPTS)}, text=True, encoding="utf-8",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
        ) as process:  # fmt: skip
            try:
                for line in process.stdout or ():
                    hear(line, time.perf_counter() - start)
                code = process.wait()
            finally:
                process.kill()  # after Ctrl-C
        seconds = time.perf_counter() - start
        if code:
            log.seek(0)
            messages = log.read().decode(errors="replace")
            raise ContenderError(f"{shlex.join(command)}\nfailed with exit code {code}:\n{messages}".rstrip())
    return seconds
