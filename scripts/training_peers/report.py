"""The table and the ratios: what was measured of each contender, over all its runs."""

import statistics
from collections.abc import Iterator

from common.tables import table as laid_out
from common.words import count
from mnist_core.cli import percent
from training_peers.running import Run

TARGET = 0.99  # the accuracy that all are after
EXAMPLE = "PyTorch example"
TRAIN_MNIST_FAST = "train_mnist_fast"
FAST, SIMPLE, BEST = OURS = ("train --model fast", "train --model simple", "train --model best")

_HEADINGS = ("seeds", "whole process, s", "training, s", "test accuracy, %", "± (st. dev.)", "worst, %")
_OF_MODELS = ("parameters", "ONNX model, MB", "one image in onnxruntime, µs")


def example_name(run: Run) -> str:
    """The example's name, which says where it stopped."""
    length = count(int(run.epochs), "epoch") if run.epochs >= 1 else f"{percent(run.epochs, 0)} of an epoch"
    return f"{EXAMPLE}, {length} {'to 99.0 %' if run.accuracy >= TARGET else 'only'}"


def whole(runs: list[Run]) -> float:
    """The median of the processes' seconds."""
    return statistics.median(run.whole for run in runs)


def training(runs: list[Run]) -> float:
    """The median of the trainings' seconds."""
    return statistics.median(run.training for run in runs)


def accuracy(runs: list[Run]) -> float:
    """The mean of the accuracies."""
    return statistics.mean(run.accuracy for run in runs)


def table(measured: dict[str, list[Run]]) -> str:
    """A line a contender: medians of the seconds; mean, standard deviation and worst of the accuracies."""
    lines = [["", *_HEADINGS]]
    for name, runs in measured.items():
        accuracies = [100 * run.accuracy for run in runs]
        spread = f"{statistics.stdev(accuracies):.2f}" if len(runs) > 1 else "–"
        lines.append(
            [
                name, str(len(runs)), f"{whole(runs):.1f}", f"{training(runs):.1f}",
                f"{statistics.mean(accuracies):.2f}", spread, f"{min(accuracies):.2f}",
            ]
        )  # fmt: skip
    return laid_out(lines)


def models(measured: dict[str, list[Run]]) -> str:
    """A line for each contender that saves its model: parameters and size; the median of what an image takes."""
    lines = [["", *_OF_MODELS]]
    for name, runs in measured.items():
        saved = [run.model for run in runs if run.model]
        if saved:
            microseconds = statistics.median(model.microseconds for model in saved)
            lines.append([name, f"{saved[0].parameters:,}", f"{saved[0].size / 1e6:.1f}", f"{microseconds:.0f}"])
    return laid_out(lines)


def ratios(measured: dict[str, list[Run]]) -> Iterator[str]:
    """Lines that compare the first contender, the example, and train_mnist_fast with `train`."""
    example, runs = next(iter(measured.items()))
    for name in OURS:
        if name in measured and runs[0].epochs >= 1:  # a part of an epoch compares with nothing
            times = whole(runs) / whole(measured[name])
            yield f"Whole process, {example}: {times:.1f} times as long as {name}."
    fast = measured[FAST]
    times = training(measured[TRAIN_MNIST_FAST]) / training(fast)
    yield f"Training alone, {TRAIN_MNIST_FAST}: {times:.1f} times as long as {FAST}."
    there = sum(run.accuracy >= TARGET for run in fast)
    yield f"{FAST} reaches {percent(TARGET, 1)} with {there} of {len(fast)} seeds ({percent(there / len(fast), 0)})."
