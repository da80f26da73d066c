# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click>=8.5",    # command line
#     "mnist-serve",   # what is measured
#     "numpy>=2.4",    # figures
#     "pillow>=13",    # draws the contact sheet
# ]
#
# [tool.uv.sources]
# mnist-serve = { path = "../packages/mnist-serve", editable = true }
# ///
"""Scores folders of labelled pictures as `predict` reads them, and shows every mistake.

    uv run scripts/score.py photos

Each folder has a `labels.csv` with a column `file` and a column `label`: 0 to 9, or - where no digit is right. Other
columns may tell of the writer, the paper, the camera; `--group` scores by them. Pictures are read by what `predict`
reads them with, refusals included.
"""

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from common.pages import first_of
from common.words import count
from mnist_core.cli import Command
from mnist_serve.parameters import PROBABILITY
from mnist_serve.settings import MIN_CONFIDENCE

if TYPE_CHECKING:
    from mnist_serve.reading import Classify
    from scoring.answers import Answer, Unreadable
    from scoring.labels import Picture
    from scoring.measures import Group, Scores

_MOST_ERRORS = 10  # of a folder, told of one by one

_EPILOG = """\b
Examples:
  uv run scripts/score.py photos
  uv run scripts/score.py photos scans --group writer --group paper
  uv run scripts/score.py photos --model runs/latest --min-confidence 0.8
  uv run scripts/score.py photos --json > figures.jsonl

\b
A folder's labels.csv has one line per picture; - means that there is no digit, so that refusing it is right:
  file,label,writer
  photo.jpg,7,anna
  scans/blank.png,-,

If a picture can't be read, the others are still scored, and the exit code is 1."""


@dataclasses.dataclass(frozen=True)
class Scored:
    """A folder, and what the answers to its pictures are worth."""

    folder: Path
    scores: "Scores"
    groups: "dict[str, list[Group]]"
    mistakes: "list[Answer]"
    unreadable: "list[Unreadable]"
    sheets: list[Path]


@click.command(cls=Command, epilog=_EPILOG)
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: the model that ships with mnist-serve]",
)
@click.option(
    "--min-confidence",
    metavar="P",
    default=MIN_CONFIDENCE,
    show_default=True,
    type=PROBABILITY,
    help="The least probability that makes a digit the answer; below it, the picture is refused.",
)
@click.option(
    "--group",
    "columns",
    metavar="COLUMN",
    multiple=True,
    help="Also score each value of this column of labels.csv; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per folder.")
@click.option(
    "--output",
    default=Path("pictures"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the contact sheets, score-FOLDER.png.",
)
@click.pass_context
def main(
    ctx: click.Context,
    folders: Sequence[Path],
    model: Path | None,
    min_confidence: float,
    columns: Sequence[str],
    as_json: bool,
    output: Path,
) -> None:
    """Scores folders of labelled pictures: accuracy, refusals, calibration, confusion, and a sheet of all mistakes."""
    from mnist_serve.loading import find, load
    from scoring import labels

    _check_different(folders)
    pictures = {folder: labels.read(folder) for folder in folders}
    labels.check_groups(pictures, columns)
    output.mkdir(parents=True, exist_ok=True)  # what is wrong with it is said now, not after the last picture
    classify = load(find(model)).classify
    failed = False
    for folder, some in pictures.items():
        scored = score(folder, some, classify, min_confidence, columns, output)
        click.echo(json.dumps(to_json(scored)) if as_json else to_text(scored))
        failed = failed or bool(scored.unreadable)
        for unreadable in scored.unreadable[:_MOST_ERRORS]:
            click.echo(f"Error: {folder / unreadable.file}: {unreadable.error}", err=True)
        if len(scored.unreadable) > _MOST_ERRORS:
            click.echo(f"Error: {len(scored.unreadable):,} pictures of {folder} can't be read.", err=True)
    ctx.exit(1 if failed else 0)


def score(
    folder: Path,
    pictures: "Sequence[Picture]",
    classify: "Classify",
    min_confidence: float,
    columns: Sequence[str],
    output: Path,
) -> Scored:
    """Reads and scores a folder's pictures, and saves its contact sheet.

    Args:
        folder: The folder.
        pictures: Its pictures.
        classify: The model.
        min_confidence: The probability from which the most probable digit is the answer.
        columns: What to group by, where the folder has such a column.
        output: Where to save the contact sheet.
    """
    from scoring import answers, measures, sheet

    name = folder.resolve().name
    with click.progressbar(pictures, label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as progress:
        found, unreadable = answers.read(progress, classify, min_confidence)
    wrong = answers.mistakes(found)
    title = f"{name}: {count(len(wrong), 'mistake')} in {count(len(found), 'picture')}"
    return Scored(
        folder,
        measures.measure(found),
        {column: measures.by_group(found, column) for column in columns if column in pictures[0].columns},
        wrong,
        unreadable,
        sheet.draw(wrong, title, output / f"score-{name}.png"),
    )


def to_text(scored: Scored) -> str:
    """A folder's figures for people."""
    from scoring import report

    pictures, unreadable = scored.scores.pictures, len(scored.unreadable)
    head = f"{scored.folder}: {count(pictures, 'picture')}" + (
        f", {unreadable:,} more can't be read" if unreadable else ""
    )
    parts = [head, report.summary(scored.scores), report.confusion(scored.scores)]
    parts += [report.groups(column, groups) for column, groups in scored.groups.items()]
    sheets = ", ".join(map(str, scored.sheets))
    return "\n\n".join([*filter(None, parts), f"  {count(len(scored.mistakes), 'mistake')}: {sheets}\n"])


def to_json(scored: Scored) -> dict[str, Any]:
    """A folder's figures for programs."""
    return {
        "folder": str(scored.folder),
        **dataclasses.asdict(scored.scores),
        "groups": {column: [dataclasses.asdict(group) for group in some] for column, some in scored.groups.items()},
        "mistakes": [
            {
                "file": answer.picture.name,
                "label": answer.picture.digit,
                "digit": answer.digit,
                "likeliest": answer.likeliest,
                "confidence": answer.confidence,
                "reason": answer.reason,
            }
            for answer in scored.mistakes
        ],
        "unreadable": [dataclasses.asdict(unreadable) for unreadable in scored.unreadable],
        "sheets": [str(sheet) for sheet in scored.sheets],
    }


def _check_different(folders: Sequence[Path]) -> None:
    """Two folders of one name would have one contact sheet, and a folder may be called as another's further page."""
    names: dict[str, Path] = {}
    for folder in map(Path.resolve, folders):
        other = names.setdefault(folder.name, folder)
        if other is folder:
            continue
        if other == folder:
            raise click.UsageError(f"{folder} is given twice. Give each folder once.")
        raise _sharing(other, folder)
    for name, folder in names.items():
        first = first_of(name)
        if first != name and first in names:
            raise _sharing(names[first], folder)


def _sharing(one: Path, other: Path) -> click.UsageError:
    shared = f"{one} and {other} would share the contact sheet score-{other.name}.png"
    return click.UsageError(f"{shared}. Score them one at a time, with an --output each.")


if __name__ == "__main__":
    main()
