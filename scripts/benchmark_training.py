# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.5",         # command line
#     "matplotlib>=3.11",   # draws the chart
#     "mnist-train",        # what is measured
#     "torch>=2.15",        # the peers' networks and loops
#     "torchvision>=0.29",  # the example's data set and transforms
# ]
#
# [tool.uv.sources]
# mnist-train = { path = "../packages/mnist-train", editable = true }
# ///
"""Times `train` beside two published recipes, on the same machine in one run: accuracy against seconds.

    MNIST_DATA_DIR=data uv run scripts/benchmark_training.py

The peers are the PyTorch MNIST example, to the first epoch that reaches 99.0 %, and the last step of train_mnist_fast;
`training_peers` has both, written anew from their published settings. Every run is a process of its own, and has two
clocks: the whole process, with imports, reading and saving, and the training alone. What takes seconds is run by turns,
seed after seed, since a machine's speed changes while one waits. The models that `train` saves are measured, too.
"""

import functools
import importlib.metadata
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from mnist_core.cli import Command, percent
from training_peers import data, report
from training_peers.running import Epoch, Run, run_ours, run_peer

MOST_EPOCHS = 14  # the example's own default
QUICK_EPOCHS = 0.2

_EPILOG = """\b
Examples:
  uv run scripts/benchmark_training.py --quick              # a first look, in two or three minutes
  uv run scripts/benchmark_training.py                      # ten seeds, one of `best`
  uv run scripts/benchmark_training.py --seeds 3 --best 0   # without `best`
  uv run scripts/benchmark_training.py --output chart.png
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.option(
    "--seeds", default=10, show_default=True, type=click.IntRange(1), help="Runs of each recipe that takes seconds."
)
@click.option("--best", default=1, show_default=True, type=click.IntRange(0), help="Runs of `best`; 0 leaves it out.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder of MNIST's files.  [default: $MNIST_DATA_DIR, else ./data]",
)
@click.option(
    "--output",
    default=Path("pictures/benchmark_training.png"),
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to save the chart.",
)
@click.option(
    "--quick",
    is_flag=True,
    help="One seed, no `best`, a fifth of the example's first epoch: a first look rather than a measurement.",
)
def main(seeds: int, best: int, data_dir: Path | None, output: Path, quick: bool) -> None:
    """Compares `train` with two published recipes, accuracy against seconds, as a table and a chart."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped then too
    if quick:
        seeds, best = 1, 0
    output.parent.mkdir(parents=True, exist_ok=True)  # what is wrong with it is said now, not after the last run
    with tempfile.TemporaryDirectory() as scratch:
        root = data.unpack(data_dir, Path(scratch))
        measured = compare(root, seeds, best, QUICK_EPOCHS if quick else MOST_EPOCHS)
    print(f"{machine()}\n\n{report.table(measured)}\n\n{report.models(measured)}\n")
    for line in report.ratios(measured):
        print(line)

    from training_peers import chart

    chart.draw(measured, output, machine())
    print(f"\nChart: {output}")


def compare(root: Path, seeds: int, best: int, epochs: float) -> dict[str, list[Run]]:
    """Runs every contender.

    Args:
        root: Where MNIST is, and where runs may leave what they write.
        seeds: Runs of each contender that takes seconds.
        best: Runs of `train --model best`.
        epochs: How many epochs of the example to run at most.

    Returns:
        The runs of each, the example first.
    """
    show_progress("warming up, so that nobody's clock pays for what Python compiles and the disk reads once")
    run_ours("fast", root, seed=0)

    show_progress("the PyTorch example")
    example = run_peer("pytorch_example", root, epochs, hear=show_epoch)
    by_turns: dict[str, Callable[[int], Run]] = {
        report.TRAIN_MNIST_FAST: functools.partial(run_peer, "train_mnist_fast", root),
        report.FAST: functools.partial(run_ours, "fast", root),
        report.SIMPLE: functools.partial(run_ours, "simple", root),
    }
    measured: dict[str, list[Run]] = {report.example_name(example): [example]}
    for seed in range(seeds):
        for name, run in by_turns.items():
            measured.setdefault(name, []).append(shown(name, run, seed))
    for seed in range(best):
        run = functools.partial(run_ours, "best", root)
        measured.setdefault(report.BEST, []).append(shown(report.BEST, run, seed))
    return measured


def shown(name: str, run: Callable[[int], Run], seed: int) -> Run:
    """A run, told of on stderr."""
    done = run(seed)
    show_progress(
        f"{name}, seed {seed}: {percent(done.accuracy)}, {done.training:.1f} s of training in {done.whole:.1f} s"
    )
    return done


def show_epoch(number: int, epoch: Epoch, seconds: float) -> None:
    """Tells of an epoch of the example."""
    show_progress(f"epoch {number}: {percent(epoch.accuracy)} after {seconds:.0f} s")


def show_progress(line: str) -> None:
    """Says on stderr what is going on."""
    print(f"  {line}", file=sys.stderr)


def machine() -> str:
    """What it was measured on."""
    return (
        f"torch {importlib.metadata.version('torch')}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    )


if __name__ == "__main__":
    main()
