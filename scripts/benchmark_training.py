# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.5",         # command line
#     "mnist-train",        # what is measured
#     "torch>=2.15",        # the example's network and loop
#     "torchvision>=0.29",  # the example's data set and transforms
# ]
#
# [tool.uv.sources]
# mnist-train = { path = "../packages/mnist-train", editable = true }
# ///
"""Times `train` against the recipe of the PyTorch MNIST example, to 99 % on the same machine in one run.

    MNIST_DATA_DIR=data uv run scripts/benchmark_training.py

The example's recipe, from its published settings (https://github.com/pytorch/examples/tree/main/mnist): batches of 64
through a DataLoader with per-sample transforms, Adadelta from 1.0, times 0.7 after each epoch, the test set scored
after each epoch. Its clock stops after the first epoch that reaches 99.0 %. Every clock is a whole process's, from its
start to its end: imports, reading, training, and for `train` the saved artifact too.
"""

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

TARGET = 0.99
MOST_EPOCHS = 14  # the example's own default


@click.group(invoke_without_command=True)
@click.option("--seeds", default=5, show_default=True, help="How many times to run `train`.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where MNIST is.  [default: $MNIST_DATA_DIR]")
@click.pass_context
def main(context: click.Context, seeds: int, data_dir: Path | None) -> None:
    """Prints accuracy against seconds for the example's recipe and for `train`."""
    if context.invoked_subcommand:
        return
    with tempfile.TemporaryDirectory() as scratch:
        raw = unpack(data_dir, Path(scratch))
        seconds, accuracies = timed_example(raw)
        show("PyTorch example's recipe", [seconds], accuracies[-1:])
        runs = [timed_train(raw, Path(scratch), seed) for seed in range(seeds)]
        show(f"train, {seeds} seeds", [run[0] for run in runs], [run[1] for run in runs])
        middle = statistics.median(run[0] for run in runs)
        print(f"\nThe example took {len(accuracies)} epochs, and {seconds / middle:.1f} times as long as `train`.")


@main.command()
@click.argument("root")
def example(root: str) -> None:
    """Runs the example's recipe, and prints the test accuracy after each epoch as a line of JSON."""
    import torch
    import torch.nn.functional as F
    from torch import nn
    from torchvision import datasets, transforms

    torch.manual_seed(1)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    training = datasets.MNIST(root, train=True, transform=transform)
    test = datasets.MNIST(root, train=False, transform=transform)
    training_batches = torch.utils.data.DataLoader(training, batch_size=64, shuffle=True)
    test_batches = torch.utils.data.DataLoader(test, batch_size=1000)

    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10), nn.LogSoftmax(dim=1),
    )  # fmt: skip
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    for _ in range(MOST_EPOCHS):
        model.train()
        for images, labels in training_batches:
            optimizer.zero_grad()
            F.nll_loss(model(images), labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        model.eval()
        with torch.no_grad():
            right = sum(int((model(images).argmax(dim=1) == labels).sum()) for images, labels in test_batches)
        print(json.dumps(right / len(test)), flush=True)
        if right / len(test) >= TARGET:
            return
        schedule.step()


def unpack(data_dir: Path | None, scratch: Path) -> Path:
    """Puts MNIST where torchvision looks for it, unpacked as torchvision wants it."""
    from mnist_core.registry import SOURCES
    from mnist_core.storage import data_folder, provide

    raw = scratch / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "test"):
        for path in provide(SOURCES["mnist"], part, data_folder(data_dir)):
            contents = path.read_bytes()
            target = raw / path.name.removesuffix(".gz")
            target.write_bytes(gzip.decompress(contents) if path.suffix == ".gz" else contents)
    return scratch


def timed_example(root: Path) -> tuple[float, list[float]]:
    """Runs the example in a process of its own: seconds, and the accuracy after each epoch."""
    accuracies = []
    start = time.perf_counter()
    command = [sys.executable, __file__, "example", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            accuracies.append(json.loads(line))
            seconds = time.perf_counter() - start
            print(f"  example, epoch {len(accuracies)}: {accuracies[-1]:.2%} after {seconds:.0f} s", file=sys.stderr)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.perf_counter() - start, accuracies


def timed_train(root: Path, scratch: Path, seed: int) -> tuple[float, float]:
    """Runs `train` with its defaults in a process of its own: seconds, and the test accuracy."""
    output = scratch / f"seed-{seed}"
    command = [sys.executable, "-m", "mnist_train", "--dataset", "mnist", "--seed", str(seed)]
    start = time.perf_counter()
    subprocess.run(
        [*command, "--data-dir", str(root), "--output", str(output)],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=scratch, env=os.environ,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    accuracy = json.loads((output / "model.json").read_text())["test_accuracy"]
    print(f"  train, seed {seed}: {accuracy:.2%} after {seconds:.1f} s", file=sys.stderr)
    return seconds, accuracy


def show(name: str, seconds: list[float], accuracies: list[float]) -> None:
    """Prints a row: the median of the seconds, mean, spread and worst of the accuracies."""
    spread = f" ± {100 * statistics.stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
    print(
        f"{name:<26} {statistics.median(seconds):7.1f} s   test {100 * statistics.mean(accuracies):.2f}{spread} %"
        f"   worst {min(accuracies):.2%}"
    )


if __name__ == "__main__":
    main()
