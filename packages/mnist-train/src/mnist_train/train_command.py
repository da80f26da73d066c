"""The command `train`. Everything slow to import waits until the command line is known to be right."""

import dataclasses
import os
import shlex
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from mnist_core.cli import Command, percent
from mnist_core.errors import DataError, DownloadError, MnistError
from mnist_core.imports import uncollected
from mnist_core.registry import EMBEDDED, NAMES, title
from mnist_train import torchrun
from mnist_train.recipes import RECIPES
from mnist_train.settings import Settings, Surroundings
from mnist_train.stopping import StoppedError

if TYPE_CHECKING:
    from mnist_core.datasets import Dataset
    from mnist_train.processes import Processes
    from mnist_train.run import Result

_EPILOG = """\b
Examples:
  uv run --package mnist-train train                        # MNIST, fastest device
  uv run --package mnist-train train --seed 7 --epochs 5    # more epochs, own seed
  uv run --package mnist-train train --dataset kmnist       # another dataset
  uv run --package mnist-train train --dataset digits       # needs no network
  uv run --package mnist-train train --output models/mine   # where you want it
  uv run --package mnist-train train --resume models/mine   # if interrupted: go on

\b
Two processes on one machine:
  uv run --package mnist-train torchrun --standalone --nproc-per-node 2 -m mnist_train

In an activated .venv and in the container, `train` alone will do.
"""

# What a training that is taken up again keeps.
_KEPT = ("model", "dataset", "output", "seed", "epochs", "batch_size")


@click.command(cls=Command, epilog=_EPILOG)
@click.option(
    "--model", type=click.Choice(list(RECIPES)), default="simple", show_default=True, help="Network and recipe."
)
@click.option(
    "--dataset",
    type=click.Choice(NAMES),
    help="What to train on. By default MNIST; where it can't be downloaded, the built-in `digits` replace it. "
    "If you name a dataset, it is never replaced.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the datasets; missing ones are downloaded to it.  [default: $MNIST_DATA_DIR, else ./data]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="New folder for the trained model.  [default: runs/<date>-<time>-<model>]",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="The same seed gives the same weights.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Passes over the training images; after the first, over the hardest of them.  [default: the model's]",
)
@click.option("--batch-size", type=click.IntRange(min=1), help="Images per update.  [default: the model's]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda", "mps"]),
    default="auto",
    show_default=True,
    help="Where to compute; `auto` takes the fastest device there is.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, os.cpu_count()),
    help="CPU threads, at most one per core.  [default: torch's choice]",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Continue an interrupted training, by the name of its run. The result is as if nothing had happened.",
)
@click.option(
    "--checkpoint-every",
    type=click.FloatRange(min=0),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="How often to save what --resume needs.",
)
@click.option("--tensorboard", is_flag=True, help="Write event files for TensorBoard (needs the extra `tensorboard`).")
@click.version_option(package_name="mnist-train")
@click.pass_context
def train(
    context: click.Context,
    model: str,
    dataset: str | None,
    data_dir: Path | None,
    output: Path | None,
    seed: int,
    epochs: int | None,
    batch_size: int | None,
    device: str,
    threads: int | None,
    resume: Path | None,
    checkpoint_every: float,
    tensorboard: bool,
) -> None:
    """Trains a classifier of handwritten digits and saves it.

    A trained model is a folder: weights, an ONNX model for serving, and a record of how it was made. runs/latest
    points at the newest one. After an interruption, even a power cut, --resume continues the training.
    """
    start = time.perf_counter()
    _check_options(context, output, resume)

    from mnist_core import artifact
    from mnist_core.storage import data_folder
    from mnist_train import unfinished
    from mnist_train.processes import together

    with together() as processes:
        settings = Settings(model, dataset, seed, epochs, batch_size)
        if processes.is_first and torchrun.restarts() and output and unfinished.is_begun(output):
            resume = output
            _check_same_training(settings, Settings(**unfinished.describe(output)["settings"]))
        if processes.is_first and resume:
            # What is wrong with the checkpoint, or the output, is said now, not when all is loaded.
            described = unfinished.describe(resume)
            settings = Settings(**described["settings"])
            tensorboard |= described["has_tensorboard"]
            if data_dir is None and Path(described["data_dir"]).exists():
                data_dir = Path(described["data_dir"])
        elif processes.is_first and output:
            unfinished.check_free(output)
        settings, training, test = _load(settings, data_dir, processes)
        found = str(data_folder(data_dir).absolute())
        surroundings = Surroundings(device, threads, checkpoint_every, found, tensorboard, start)

        with uncollected():
            from mnist_train import run

        if resume:
            place = unfinished.resume(resume)
        else:
            target = output or artifact.RUNS / _run_name(settings)
            place = unfinished.begin(target, renamed_if_taken=output is None)
        try:
            result = run.train(settings, training, test, place, surroundings, processes)
        except StoppedError as stopped:
            if stopped.run:
                _say_how_to_go_on(stopped.run)
            context.exit(128 + stopped.signal)
    if result:
        _report(result, is_substitute=dataset is None and resume is None and training.name == EMBEDDED)


def _check_same_training(asked: Settings, begun: Settings) -> None:
    """Makes sure that a restart goes on with its own training, not with one that was there before."""
    if dataclasses.replace(asked, dataset=asked.dataset or begun.dataset) != begun:
        raise click.UsageError("The training of that --output was begun with other options. Choose another --output.")


def _check_options(context: click.Context, output: Path | None, resume: Path | None) -> None:
    if resume:
        for name in _KEPT:
            if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
                option = f"--{name.replace('_', '-')}"
                raise click.UsageError(f"--resume keeps the settings that the training began with: leave out {option}.")
    elif torchrun.may_restart() and output is None:
        raise click.UsageError(
            "With torchrun's --max-restarts, name the run with --output: a restart goes on with the run of that name."
        )


def _load(settings: Settings, data_dir: Path | None, processes: "Processes") -> "tuple[Settings, Dataset, Dataset]":
    """Loads what was asked for, in all processes what the first one has: its settings, training and test set."""
    from mnist_core import datasets

    told = {}
    if processes.is_first:
        training, test = _load_or_substitute(settings.dataset, data_dir)
        settings = dataclasses.replace(settings, dataset=training.name)
        click.echo(f"{training.title}: {len(training):,} training images, {len(test):,} test images", err=True)
        if processes.count > 1:
            told = {"settings": dataclasses.asdict(settings), "training_set": training.sha256}
    told = processes.tell(told)
    if not processes.is_first:
        settings = Settings(**told["settings"])
        training, test = (datasets.load(str(settings.dataset), part, data_dir) for part in ("train", "test"))
        if training.sha256 != told["training_set"]:
            raise DataError(f"{training.title} is not the same here as where the first process runs.")
    return settings, training, test


def _load_or_substitute(name: str | None, data_dir: Path | None) -> "tuple[Dataset, Dataset]":
    """Loads what was asked for; with nothing asked for, MNIST or what stands in for it."""
    from mnist_core import datasets
    from mnist_core.storage import data_folder

    asked = name or "mnist"
    try:
        return datasets.load(asked, "train", data_dir), datasets.load(asked, "test", data_dir)
    except DownloadError as error:
        folder = data_folder(data_dir)
        if name is not None:
            raise DownloadError(
                f"{error}\nGet {title(name)} some other way and name its folder with --data-dir (now {folder}), "
                f"or train without a network: --dataset {EMBEDDED}"
            ) from error
        bar = click.style("!" * 78, fg="yellow")
        click.echo(
            f"{bar}\nWARNING: this is not MNIST. It is not in {folder}, and {error}\n"
            f"Training on the built-in `{EMBEDDED}` instead: 1,797 small digits that come with scikit-learn.\n"
            "For MNIST, connect to the network, or name the folder that holds its files with --data-dir.\n"
            f"{bar}",
            err=True,
        )
        return datasets.load(EMBEDDED, "train"), datasets.load(EMBEDDED, "test")


def _run_name(settings: Settings) -> str:
    name = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{settings.model}"
    return name if settings.dataset == "mnist" else f"{name}-{settings.dataset}"


def _say_how_to_go_on(run: Path) -> None:
    command = f"uv run --package mnist-train train --resume {_quoted(run)}"
    click.echo(f"\nStopped. Nothing is lost; go on with:\n  {command}", err=True)


def _report(result: "Result", *, is_substitute: bool) -> None:
    from mnist_core import placing

    try:
        placing.point_latest(result.folder)
        is_latest = True
    except MnistError as error:
        click.echo(f"Warning: {error}", err=True)
        is_latest = False
    metadata = result.metadata
    count = metadata.dataset["test"]["count"]
    passes = f"{result.epochs} epoch{'s' if result.epochs > 1 else ''}"
    click.echo(
        f"\n{result.shown}\n\n{metadata.architecture} reads {percent(metadata.test_accuracy)} of the {count:,} "
        f"test images of {title(metadata.dataset['name'])} ({result.wrong} wrong).\n"
        f"Trained in {metadata.seconds:.1f} s ({passes}, {metadata.device}), saved in {result.folder}\n"
    )
    if is_substitute:
        click.secho(f"This is not MNIST: the model was trained and tested on `{EMBEDDED}`.\n", fg="yellow")
    click.echo(
        "See what it reads well and what it confuses:\n"
        f"  uv run --package mnist-train evaluate --model {_quoted(result.folder)}"
    )
    if is_latest:
        click.echo("or, as runs/latest points there:\n  uv run --package mnist-train evaluate")


def _quoted(path: Path) -> str:
    """A path as a shell and a command line take it."""
    text = str(path)
    return shlex.quote(text if not text.startswith("-") else f"./{text}")
