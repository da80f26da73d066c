"""How one picture was read: what was found in it, what the model saw and said, and what the answer hangs on."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from common.colors import BLUE, ORANGE, SKY
from mnist_core.cli import sureness
from mnist_core.errors import PictureError, in_words
from mnist_core.images import Steps, trace
from mnist_core.pictures import decode
from mnist_core.registry import DIGITS
from mnist_core.showing import inked, showable
from mnist_serve import reading
from mnist_serve.explained_picture import captions
from mnist_serve.picture_files import contents
from mnist_serve.settings import MIN_CONFIDENCE
from visualizing.colors import DIVERGING, QUIET, RULE, TEXT
from visualizing.network import Network
from visualizing.occlusion import hangs_on
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet
from visualizing.words import a, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 0.22  # inches between squares
_SIDE = (WIDTH - 2 * MARGIN - 3 * _GAP) / 4
_ROW = _SIDE + 0.75  # inches from row to row
_HEAD = 0.3  # inches above a square
_LONGEST = 48  # characters of a name
_MOST_PIXELS = 600  # of a picture that is shown, each way
_THINNEST = 0.01  # inches
_SIZES = (11, 10.5, 10, 9.5, 9, 8)  # points of a row's headings, the largest that fits
_LEAST = 2.0  # log-odds that a map's darkest colour stands for at least, so that next to nothing stays pale


def draw(file: str, network: Network) -> Picture:
    """Draws how a picture was read.

    Args:
        file: The picture's name; - for standard input.
        network: The model.

    Raises:
        PictureError: It can't be read.
    """
    path = Path("stdin" if file == "-" else file)
    picture, steps = _read(file)
    read = reading.read(steps, network.classify)
    classes = network.file.metadata.classes if network.file.metadata else list(DIGITS)
    name = _shortened(path.name)
    if read.digit is None:
        title = f"{name}: no digit. {read.reason}"
    else:
        title = f"{name} is read as {a(classes[read.digit])}, {sureness(read.confidence or 0)} sure"
    # Without an answer there is nothing that it could hang on, nor is there one answer where there are several digits.
    is_answered = read.digit is not None
    remark = f"By {network.name}, {network.origin}."
    if is_answered:
        remark += (
            " Below: a spot of each place was wiped away, or written there, and the model asked again (occlusion, "
            "after Zeiler and Fergus 2014). Orange: that takes away from the answer. Purple: it adds to it."
        )
    sheet = Sheet((2 if is_answered else 1) * _ROW + 0.05, title, remark)
    _write_captions(sheet, 0, captions(steps, read))
    _fit(sheet, 0, showable(picture, _MOST_PIXELS))
    _draw_ink(sheet, steps)
    sheet.image(_left(2), _HEAD, _SIDE, _SIDE, steps.image)
    if read.probabilities is not None:
        _draw_bars(sheet, read.probabilities, classes, read.digit)
    if read.digit is not None:
        _draw_changes(sheet, steps, network, classes, read.digit)
    return Picture(f"explain-{path.stem[:_LONGEST]}", title, sheet.figure)


def _read(file: str) -> tuple[Image.Image, Steps]:
    try:
        picture = decode(contents(file))
        return picture, trace(picture)
    except OSError as error:
        raise PictureError(f"{file} can't be read: {in_words(error)}.") from error
    except PictureError as error:
        raise PictureError(f"{file}: {error}") from error


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST // 2]} … {name[-_LONGEST // 2 :]}"


def _left(place: int) -> float:
    return MARGIN + place * (_SIDE + _GAP)


def _write_captions(sheet: Sheet, row: int, found: list[tuple[str, str]]) -> None:
    """Writes a heading above each square of a row, all in one size, and a remark below."""
    widest = max((heading for heading, _ in found), key=lambda heading: measured(heading, 1, "bold"))
    size = next((size for size in _SIZES if measured(widest, size, "bold") <= _SIDE), _SIZES[-1])
    for place, (heading, remark) in enumerate(found):
        sheet.write(_left(place), row * _ROW + 0.15, heading, size=size, weight="bold")
        sheet.write(_left(place), row * _ROW + _HEAD + _SIDE + 0.15, remark.replace(" x ", " × "), size=9, color=QUIET)


def _fit(sheet: Sheet, place: int, picture: Image.Image) -> "Axes":
    """Puts a picture into a square without changing its proportions."""
    scale = _SIDE / max(picture.size)
    width, height = (max(_THINNEST, side * scale) for side in picture.size)
    left, top = _left(place) + (_SIDE - width) / 2, _HEAD + (_SIDE - height) / 2
    axes = sheet.image(left, top, width, height, np.asarray(picture), interpolation="auto")
    axes.set_axis_on()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(RULE)
    return axes


def _draw_ink(sheet: Sheet, steps: Steps) -> None:
    """The ink in its box."""
    axes = _fit(sheet, 1, inked(steps, SKY))
    if steps.box:
        left, top, right, bottom = steps.box
        axes.plot(
            np.array([left, right, right, left, left]) - 0.5, np.array([top, top, bottom, bottom, top]) - 0.5,
            color=ORANGE, linewidth=1.5,
        )  # fmt: skip


def _draw_bars(sheet: Sheet, probabilities: list[float], classes: list[str], answer: int | None) -> None:
    label = 0.25 if max(map(len, classes)) <= 2 else 0.85
    axes = sheet.axes(_left(3) + label, _HEAD, _SIDE - label, _SIDE)
    colors = [BLUE if place == answer else "#9A9A9A" for place in range(len(probabilities))]
    axes.barh(range(10), [1] * 10, color="#F2F2F2", height=0.7)
    axes.barh(range(10), probabilities, color=colors, height=0.7)
    axes.set_xlim(0, 1.62)
    axes.set_ylim(9.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks(range(10), classes, size=11 if label < 0.5 else 8.5, va="center")
    axes.spines[:].set_visible(False)
    for place, probability in enumerate(probabilities):
        axes.text(
            1.06, place, sureness(probability), va="center", size=9, color=TEXT if place == answer else QUIET,
            weight="bold" if place == answer else "normal",
        )  # fmt: skip


def _draw_changes(sheet: Sheet, steps: Steps, network: Network, classes: list[str], answer: int) -> None:
    """A map for each kind of change, and beside it the change that takes away most."""
    changes = hangs_on(network, steps.image, answer)
    largest = max(_LEAST, *(float(np.abs(change.effects).max()) for change in changes))
    found = []
    for number, (change, what, done, how) in enumerate(
        zip(changes, ("Ink", "Paper"), ("wiped away", "written"), ("Without", "With"), strict=True)
    ):
        found.append((f"{what} that speaks for {a(classes[answer])}", f"Effect of a spot {done} there."))
        axes = sheet.image(
            _left(2 * number), _ROW + _HEAD, _SIDE, _SIDE, change.effects, cmap=DIVERGING, vmin=-largest, vmax=largest
        )
        axes.contour(steps.image, levels=[steps.image.max() / 2], colors=TEXT, linewidths=0.8)
        after = int(change.probabilities.argmax())
        sure = float(change.probabilities[after])
        then = f"{'still ' if after == answer else ''}{a(classes[after])}" if sure >= MIN_CONFIDENCE else "no digit"
        likeness = a(classes[after])
        found.append((f"{how} this spot: {then}", f"{likeness[0].upper()}{likeness[1:]}, {sureness(sure)}."))
        axes = sheet.image(_left(2 * number + 1), _ROW + _HEAD, _SIDE, _SIDE, change.image)
        row, column = change.place
        axes.scatter([column], [row], s=700, facecolors="none", edgecolors=ORANGE, linewidths=2)
    _write_captions(sheet, 1, found)
