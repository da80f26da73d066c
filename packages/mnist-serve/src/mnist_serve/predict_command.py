"""The command `predict`."""

import io
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist_core.cli import Command, sureness
from mnist_core.errors import MnistError, in_words
from mnist_serve.parameters import PROBABILITY
from mnist_serve.picture_files import contents, shown
from mnist_serve.settings import MIN_CONFIDENCE

if TYPE_CHECKING:
    from PIL import Image

    from mnist_core.images import Steps
    from mnist_serve.reading import Reading

_MANY = 20  # files that take long enough for a progress bar
_BAR = 30  # characters that a certain digit's bar is long
_LONGEST_STEM = 200  # bytes, as file systems allow names of 255
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")

_EPILOG = """\b
Examples:
  uv run --package mnist-serve predict docs/seven.jpg
  uv run --package mnist-serve predict scans/*.png --top 3
  uv run --package mnist-serve predict --json scans/*.png > digits.jsonl
  uv run --package mnist-serve predict - < docs/seven.jpg
  uv run --package mnist-serve predict --explain pictures docs/seven.jpg
  uv run --package mnist-serve predict --model runs/latest docs/seven.jpg

Prints one line per picture, in the order given; for a single picture on a terminal, a chart of the probabilities as
well. If a picture can't be read, the others still are, and the exit code is 1.

In an activated .venv and in the container, `predict` alone will do."""


@click.command(cls=Command, epilog=_EPILOG)
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(readable=False, allow_dash=True),  # so that shells complete names; what can't be read is told below
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="A run's folder, or a .onnx file.  [default: the model that ships with mnist-serve]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--top", metavar="K", type=click.IntRange(1, 10), help="Show the K most probable digits.")
@click.option(
    "--min-confidence",
    metavar="P",
    type=PROBABILITY,
    default=MIN_CONFIDENCE,
    show_default=True,
    help='The least probability that makes a digit the answer; below it, the answer is "no digit".',
)
@click.option(
    "--explain",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="For each picture, save a drawing of how it was read, NAME.explained.png, in this folder.",
)
@click.version_option(package_name="mnist-serve")
@click.pass_context
def predict(
    ctx: click.Context,
    files: Sequence[str],
    model: Path | None,
    as_json: bool,
    top: int | None,
    min_confidence: float,
    explain: Path | None,
) -> None:
    """Reads the digit in each picture, a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file. A - reads standard input."""
    from mnist_core.images import trace
    from mnist_core.pictures import decode
    from mnist_serve.loading import find, load
    from mnist_serve.reading import read

    classify = load(find(model)).classify
    if explain:
        explain.mkdir(parents=True, exist_ok=True)
    is_charted = len(files) == 1 and sys.stdout.isatty()
    is_watched = sys.stderr.isatty() and not sys.stdout.isatty()
    saved: list[str] = []
    failed = False
    with click.progressbar(files, file=sys.stderr, hidden=not is_watched or len(files) < _MANY) as progress:
        for file in progress:
            name = shown(file)
            try:
                picture = decode(contents(file))
                steps = trace(picture)
            except (MnistError, OSError) as error:
                failed = True
                _report(name, error, as_json)
                continue
            reading = read(steps, classify, min_confidence)
            explained = None
            if explain:
                try:
                    explained = _explain(explain, file, picture, steps, reading)
                    saved.append(explained)
                except OSError as error:  # the answer is there nevertheless
                    failed = True
                    message = f"its explanation can't be saved in {shown(str(explain))}: {in_words(error)}"
                    click.echo(f"Error: {name}: {message}", err=True)
            if as_json:
                click.echo(_to_json(name, reading, top, explained))
            elif is_charted:
                click.echo(f"{_line(name, reading, 1)}\n{_chart(reading, top)}".rstrip())
            else:
                click.echo(_line(name, reading, top or 1))
    if saved:
        what = saved[0] if len(saved) == 1 else f"{len(saved)} pictures in {shown(str(explain))}"
        click.echo(f"Saved {what}.", err=True)
    ctx.exit(1 if failed else 0)


def _report(name: str, error: MnistError | OSError, as_json: bool) -> None:
    message = in_words(error)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode({"file": name, "error": message}))
    else:
        click.echo(f"Error: {name}: {message}", err=True)


def _explain(folder: Path, file: str, picture: "Image.Image", steps: "Steps", reading: "Reading") -> str:
    """Saves how a picture was read, under a name that is free: nothing is overwritten."""
    from mnist_serve.explained_picture import draw

    encoded = io.BytesIO()
    draw(shown(file), picture, steps, reading).save(encoded, "PNG")
    stem = _shortened("stdin" if file == "-" else Path(file).stem)
    for number in itertools.count(1):
        path = folder / f"{stem}.explained{f'-{number}' if number > 1 else ''}.png"
        try:
            opened = path.open("xb")
        except FileExistsError:
            continue
        try:
            with opened:
                opened.write(encoded.getbuffer())
        except BaseException:  # half a picture would only hold the name
            path.unlink(missing_ok=True)
            raise
        break
    return shown(str(path))


def _shortened(stem: str) -> str:
    """As much of a file's stem as leaves room for what is put behind it."""
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem


def _to_json(name: str, reading: "Reading", top: int | None, explained: str | None) -> bytes:
    import msgspec

    reading.file = name
    extras: dict[str, Any] = {}
    if top:
        best = [{"digit": digit, "confidence": confidence} for digit, confidence in _ranked(reading)[:top]]
        extras["top"] = best
    if explained:
        extras["explained"] = explained
    return msgspec.json.encode({**msgspec.to_builtins(reading), **extras} if extras else reading)


def _line(name: str, reading: "Reading", top: int) -> str:
    if reading.digit is None:
        return f"{name}: no digit. {reading.reason}"
    return f"{name}: " + ", ".join(f"{digit} ({sureness(share)})" for digit, share in _ranked(reading)[:top])


def _ranked(reading: "Reading") -> list[tuple[int, float]]:
    """The digits with their probabilities, the most probable first."""
    return sorted(enumerate(reading.probabilities or []), key=lambda pair: -pair[1])


def _chart(reading: "Reading", top: int | None) -> str:
    """A bar for each digit, or for the most probable ones."""
    pairs = _ranked(reading)[:top] if top else list(enumerate(reading.probabilities or []))
    return "\n".join(f"  {digit} {_bar(share):<{_BAR}} {sureness(share):>8}" for digit, share in pairs)


def _bar(share: float) -> str:
    whole, eighths = divmod(round(share * _BAR * 8), 8)
    return "█" * whole + _EIGHTHS[eighths]
