"""The command `train`. Everything slow to import waits until the command line is known to be right."""

import os
import shlex
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_core.cli import Command, percent
from mnist_core.errors import DownloadError, MnistError
from mnist_core.imports import uncollected
from mnist_core.registry import EMBEDDED, NAMES, title
from mnist_train.recipes import RECIPES

if TYPE_CHECKING:
    from mnist_core.datasets import Dataset
    from mnist_train.run import Result

_EPILOG = """\b
Examples:
  train                             MNIST on the fastest device, into runs/
  train --seed 7 --epochs 5         another start, a longer training
  train --dataset kmnist            another dataset
  train --dataset digits            no network needed
  train --output models/mine        a place of your own
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.option("--model", type=click.Choice(list(RECIPES)), default="simple", show_default=True, help="What to train.")
@click.option(
    "--dataset",
    type=click.Choice(NAMES),
    help="What to train on. Left out, MNIST is meant, and the embedded `digits` stand in where MNIST can't be had; "
    "given, nothing stands in.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where datasets are, or are downloaded to.  [default: $MNIST_DATA_DIR, else ./data]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="A new folder for the trained model.  [default: runs/<date>-<time>-<model>]",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Same seed, same weights."
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Passes over the training images; after the first, the hardest of them.  [default: the model's]",
)
@click.option("--batch-size", type=click.IntRange(min=1), help="Images an update.  [default: the model's]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where to compute; `auto` takes the fastest that is there.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, os.cpu_count()),
    help="CPU threads, at most one a core.  [default: torch's choice]",
)
@click.version_option(package_name="mnist-train")
def train(
    model: str,
    dataset: str | None,
    data_dir: Path | None,
    output: Path | None,
    seed: int,
    epochs: int | None,
    batch_size: int | None,
    device: str,
    threads: int | None,
) -> None:
    """Trains a classifier of handwritten digits and saves it.

    The trained model is a folder: weights, an ONNX model for serving, and a description of how it came to be.
    runs/latest points at the newest one.
    """
    start = time.perf_counter()

    from mnist_core import artifact

    # What is wrong with the output is said now, not after the training.
    if output is not None:
        artifact.check_free(output)
    training, test = _load(dataset, data_dir)
    target = output or artifact.RUNS / _run_name(model, training.name)
    click.echo(f"{training.title}: {len(training):,} training images, {len(test):,} test images", err=True)

    with uncollected():
        from mnist_train import run

    settings = run.Settings(model, seed, epochs, batch_size, device, threads)
    result = run.train(settings, training, test, target, start, renamed_if_taken=output is None)
    try:
        artifact.point_latest(result.folder)
        is_latest = True
    except MnistError as error:
        click.echo(f"Warning: {error}", err=True)
        is_latest = False
    _report(result, is_latest=is_latest, substituted=dataset is None and training.name == EMBEDDED)


def _load(dataset: str | None, data_dir: Path | None) -> "tuple[Dataset, Dataset]":
    """Loads what was asked for; with nothing asked for, MNIST or what stands in for it."""
    from mnist_core import datasets
    from mnist_core.storage import data_folder

    name = dataset or "mnist"
    try:
        return datasets.load(name, "train", data_dir), datasets.load(name, "test", data_dir)
    except DownloadError as error:
        folder = data_folder(data_dir)
        if dataset is not None:
            raise DownloadError(
                f"{error}\nGet {title(name)} some other way and name its folder with --data-dir (now {folder}), "
                f"or train without a network: --dataset {EMBEDDED}"
            ) from error
        bar = click.style("!" * 78, fg="yellow")
        click.echo(
            f"{bar}\nWARNING: this is not MNIST. It is not in {folder}, and {error}\n"
            f"Training on the embedded `{EMBEDDED}` instead: 1,797 small digits that come with scikit-learn.\n"
            "For MNIST, connect to the network, or name the folder that holds its files with --data-dir.\n"
            f"{bar}",
            err=True,
        )
        return datasets.load(EMBEDDED, "train"), datasets.load(EMBEDDED, "test")


def _run_name(model: str, dataset: str) -> str:
    name = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{model}"
    return name if dataset == "mnist" else f"{name}-{dataset}"


def _report(result: "Result", *, is_latest: bool, substituted: bool) -> None:
    metadata = result.metadata
    count = metadata.dataset["test"]["count"]
    passes = f"{result.epochs} epoch{'s' if result.epochs > 1 else ''}"
    click.echo(
        f"\n{result.shown}\n\n{metadata.architecture} reads {percent(metadata.test_accuracy)} of the {count:,} "
        f"{title(metadata.dataset['name'])} test images ({result.wrong} wrong).\n"
        f"Trained in {metadata.seconds:.1f} s ({passes}, {metadata.device}), saved in {result.folder}\n"
    )
    if substituted:
        click.secho(f"This is not MNIST: the model was trained and tested on `{EMBEDDED}`.\n", fg="yellow")
    folder = str(result.folder)
    named = shlex.quote(folder if not folder.startswith("-") else f"./{folder}")
    click.echo(f"See what it reads well and what it confuses:\n  uv run --package mnist-train evaluate --model {named}")
    if is_latest:
        click.echo("or, as runs/latest points there:\n  uv run --package mnist-train evaluate")
