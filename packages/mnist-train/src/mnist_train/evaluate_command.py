"""The command `evaluate`. Everything slow to import waits until the command line is known to be right."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist_core.cli import Command, percent
from mnist_core.errors import DownloadError
from mnist_core.registry import NAMES, title

if TYPE_CHECKING:
    from mnist_train.metrics import Scores
    from mnist_train.scoring import Scored

_MOST_CONFUSIONS = 8

_EPILOG = """\b
Examples:
  uv run --package mnist-train evaluate                    # the newest run
  uv run --package mnist-train evaluate --model runs/20261122-120000-simple
  uv run --package mnist-train evaluate --model model.onnx --dataset mnist
  uv run --package mnist-train evaluate --dataset qmnist   # on 60,000 other digits
  uv run --package mnist-train evaluate --json | jq .accuracy

In an activated .venv and in the container, `evaluate` alone will do.
"""


@click.command(cls=Command, epilog=_EPILOG)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: runs/latest]",
)
@click.option(
    "--dataset",
    type=click.Choice(NAMES),
    help="Dataset whose test images are read.  [default: the one that the model was trained on]",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the datasets; missing ones are downloaded to it.  [default: $MNIST_DATA_DIR, else ./data]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.version_option(package_name="mnist-train")
def evaluate(model: Path | None, dataset: str | None, data_dir: Path | None, as_json: bool) -> None:
    """Scores a trained model on test images.

    Prints the model, its accuracy and calibration error, precision and recall of each class, and what it confuses most.
    """
    from mnist_core import artifact

    # What is wrong with the model is said before torch is imported.
    located = artifact.locate(model)

    from mnist_train.scoring import score

    try:
        scored = score(located, dataset, data_dir)
    except DownloadError as error:
        raise DownloadError(
            f"{error}\nName the folder that holds its files with --data-dir, or pass another --dataset."
        ) from error
    if as_json:
        click.echo(_to_json(located, scored))
        return
    click.echo(scored.shown)
    scores = scored.scores
    images = "test images" if scored.dataset == "mnist" else f"test images of {title(scored.dataset)}"
    click.echo(
        f"\nAccuracy of {scored.name} on the {scores.count:,} {images}: {percent(scores.accuracy, digits=1)}\n"
        f"Expected calibration error: {percent(scored.calibration_error)}\n\n"
        f"{_class_table(scores)}\n\n{_confusion_list(scores)}"
    )


def _class_table(scores: "Scores") -> str:
    width = max(len("class"), *(len(name) for name in scores.classes))
    lines = [f"{'class':<{width}}  precision    recall     count"]
    lines += [
        f"{row.name:<{width}}  {_share(row.precision)}  {_share(row.recall)}  {row.count:>8,}"
        for row in scores.per_class()
    ]
    return "\n".join(lines)


def _share(fraction: float | None) -> str:
    """A fraction in percent, nine characters wide; a dash where there was nothing to divide by."""
    return f"{'–':>9}" if fraction is None else f"{percent(fraction):>9}"


def _confusion_list(scores: "Scores") -> str:
    confusions = scores.confusions(_MOST_CONFUSIONS)
    if not confusions:
        return "Nothing was misread."
    lines = [f"{scores.wrong:,} of {scores.count:,} were misread, most often:"]
    lines += [
        f"  {row.truth} as {row.read_as:<4} {row.count:>5,} time{'s' if row.count > 1 else ''}" for row in confusions
    ]
    return "\n".join(lines)


def _to_json(located: Path, scored: "Scored") -> str:
    scores = scored.scores
    return json.dumps(
        {
            "model": str(located),
            "name": scored.name,
            "dataset": scored.dataset,
            "count": scores.count,
            "wrong": scores.wrong,
            "accuracy": scores.accuracy,
            "calibration_error": scored.calibration_error,
            "classes": [dataclasses.asdict(row) for row in scores.per_class()],
            "confusion": scores.matrix.tolist(),
        },
        ensure_ascii=False,
    )
