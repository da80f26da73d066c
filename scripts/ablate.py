# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.5",    # command line
#     "mnist-serve",   # what is measured
#     "numpy>=2.4",    # takes the place of steps
#     "pillow>=13",    # the same
# ]
#
# [tool.uv.sources]
# mnist-serve = { path = "../packages/mnist-serve", editable = true }
# ///
"""Measures what each step from a picture to the model's 28x28 pixels is worth, by reading without it.

    uv run scripts/draw_scenes.py pictures/scenes
    uv run scripts/ablate.py pictures/scenes --group kind

Folders are as for `score.py`, with a `labels.csv`. The steps are told in docs/pictures.md.
"""

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mnist_core.cli import Command

_EPILOG = """\b
Examples:
  uv run scripts/ablate.py pictures/scenes --group kind
  uv run scripts/ablate.py pictures/scenes photos --group kind --model runs/latest
  uv run scripts/ablate.py photos --json > figures.json

All pictures are read once for each step, and once more: a thousand take some minutes."""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--group", metavar="COLUMN", help="A column for each value that a folder's labels.csv has in this one.")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: the model that ships with mnist-serve]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def main(folders: Sequence[Path], group: str | None, model: Path | None, as_json: bool) -> None:
    """Reads labelled pictures with every step, and without each, and prints the accuracy as a table in Markdown.

    Digits count as right by the most probable one, refused or not; pictures without one if they are refused. Bold is
    what is at least half a percent lower than with every step.
    """
    from ablating import measuring, report
    from ablating.steps import STEPS
    from mnist_serve.loading import find, load
    from scoring import labels

    pictures = {folder: labels.read(folder) for folder in folders}
    labels.check_groups(pictures, [group] if group else [])
    columns = measuring.columns(pictures, group)
    classify = load(find(model)).classify
    count = sum(len(column.pictures) for column in columns) * (1 + len(STEPS))
    with click.progressbar(length=count, label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()) as progress:
        rows = measuring.measure(columns, classify, lambda: progress.update(1))
    if as_json:
        counts = [{"name": column.name, "pictures": len(column.pictures)} for column in columns]
        click.echo(json.dumps({"columns": counts, "rows": [dataclasses.asdict(row) for row in rows]}))
    else:
        click.echo(report.to_text(columns, rows))


if __name__ == "__main__":
    main()
