"""How one picture was read: what was found in it, what the model saw and said, and what the answer hangs on."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.errors import PictureError
from mnist_core.grey import to_grey
from mnist_core.images import Steps, trace
from mnist_core.pictures import decode
from mnist_core.registry import DIGITS
from mnist_serve import reading
from mnist_serve.predict_command import contents
from mnist_serve.settings import MIN_CONFIDENCE
from visualizing.colors import BLUE, DIVERGING, ORANGE, QUIET, RULE, TEXT
from visualizing.network import Network
from visualizing.occlusion import Change, hangs_on
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet
from visualizing.words import a, sureness

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 0.22  # inches between squares
_SIDE = (WIDTH - 2 * MARGIN - 3 * _GAP) / 4
_ROW = _SIDE + 0.75  # inches from row to row
_HEAD = 0.3  # inches above a square
_LONGEST = 48  # characters of a name
_MOST_PIXELS = 600  # of a picture that is shown, each way
_THINNEST = 0.01  # inches
_FITS = 27  # characters of a heading
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
    has_ink = read.probabilities is not None
    is_single = steps.digits == 1  # of several at once, there is no answer that could hang on something
    remark = f"By {network.name}, {network.origin}."
    if is_single:
        remark += (
            " Below: a spot of each place was wiped away, or written there, and the model asked again (occlusion, "
            "after Zeiler and Fergus 2014). Orange: that takes away from the answer. Purple: it adds to it."
        )
    sheet = Sheet((2 if is_single else 1) * _ROW + 0.05, title, remark)
    _head(sheet, 0, 0, "The picture", "as it was sent")
    _fit(sheet, 0, _colors(picture))
    _head(sheet, 1, 0, "What was taken for ink", "blue, in its box" if steps.box else "none was found")
    _draw_ink(sheet, steps)
    _head(sheet, 2, 0, "What the model saw", "28 × 28 pixels" if has_ink else "nothing: it was not asked")
    sheet.image(_left(2), _HEAD, _SIDE, _SIDE, steps.image)
    _head(sheet, 3, 0, "What it said", "how probable each class is" if has_ink else "nothing")
    if read.probabilities is not None:
        _draw_bars(sheet, read.probabilities, classes)
    if read.probabilities is not None and is_single:
        answer = int(np.argmax(read.probabilities))
        _draw_changes(sheet, steps, hangs_on(network, steps.image, answer), classes, answer)
    return Picture(f"explain-{path.stem[:_LONGEST]}", title, sheet.figure)


def _read(file: str) -> tuple[Image.Image, Steps]:
    try:
        picture = decode(contents(file))
        return picture, trace(picture)
    except OSError as error:
        raise PictureError(f"{file} can't be read: {error.strerror or error}.") from error
    except PictureError as error:
        raise PictureError(f"{file}: {error}") from error


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST // 2]} … {name[-_LONGEST // 2 :]}"


def _left(place: int) -> float:
    return MARGIN + place * (_SIDE + _GAP)


def _head(sheet: Sheet, place: int, row: int, heading: str, remark: str) -> None:
    size = 11 if len(heading) <= _FITS else 9
    sheet.write(_left(place), row * _ROW + 0.15, heading, size=size, weight="bold")
    sheet.write(_left(place), row * _ROW + _HEAD + _SIDE + 0.15, remark, size=9.5, color=QUIET)


def _colors(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """The picture in colours that a screen has, on white paper where it is transparent."""
    if picture.mode.startswith(("I", "F", "LAB")):
        picture = Image.fromarray(to_grey(picture))
    picture.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("RGB"))
    ground = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB"))


def _fit(sheet: Sheet, place: int, pixels: npt.NDArray[np.uint8]) -> "Axes":
    """Puts pixels into a square without changing their proportions."""
    scale = _SIDE / max(pixels.shape[:2])
    height, width = (max(_THINNEST, side * scale) for side in pixels.shape[:2])
    left, top = _left(place) + (_SIDE - width) / 2, _HEAD + (_SIDE - height) / 2
    axes = sheet.image(left, top, width, height, pixels, interpolation="auto")
    axes.set_axis_on()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(RULE)
    return axes


def _draw_ink(sheet: Sheet, steps: Steps) -> None:
    """The ink in a colour of its own, in its box, above what was left out."""
    share = steps.ink[:, :, None] / 255
    blue = np.array([0x56, 0xB4, 0xE9])
    colors = share * blue + (1 - share) * 0.4 * steps.grey[:, :, None]
    axes = _fit(sheet, 1, colors.astype(np.uint8))
    if steps.box:
        left, top, right, bottom = steps.box
        axes.plot(
            np.array([left, right, right, left, left]) - 0.5, np.array([top, top, bottom, bottom, top]) - 0.5,
            color=ORANGE, linewidth=1.5,
        )  # fmt: skip


def _draw_bars(sheet: Sheet, probabilities: list[float], classes: list[str]) -> None:
    best = int(np.argmax(probabilities))
    label = 0.25 if max(map(len, classes)) <= 2 else 0.85
    axes = sheet.axes(_left(3) + label, _HEAD, _SIDE - label, _SIDE)
    colors = [BLUE if place == best else "#9A9A9A" for place in range(len(probabilities))]
    axes.barh(range(10), [1] * 10, color="#F2F2F2", height=0.7)
    axes.barh(range(10), probabilities, color=colors, height=0.7)
    axes.set_xlim(0, 1.62)
    axes.set_ylim(9.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks(range(10), classes, size=11 if label < 0.5 else 8.5)
    axes.spines[:].set_visible(False)
    for place, probability in enumerate(probabilities):
        axes.text(
            1.06, place, sureness(probability), va="center", size=9, color=TEXT if place == best else QUIET,
            weight="bold" if place == best else "normal",
        )  # fmt: skip


def _draw_changes(sheet: Sheet, steps: Steps, changes: tuple[Change, Change], classes: list[str], answer: int) -> None:
    """A map for each kind of change, and beside it the change that takes away most."""
    largest = max(_LEAST, *(float(np.abs(change.effects).max()) for change in changes))
    for number, (change, what, done, how) in enumerate(
        zip(changes, ("Ink", "Paper"), ("wiped away", "written"), ("Without", "With"), strict=True)
    ):
        _head(sheet, 2 * number, 1, f"{what} that speaks for {a(classes[answer])}", f"effect of a spot {done} there")
        axes = sheet.image(
            _left(2 * number), _ROW + _HEAD, _SIDE, _SIDE, change.effects, cmap=DIVERGING, vmin=-largest, vmax=largest
        )
        axes.contour(steps.image, levels=[steps.image.max() / 2], colors=TEXT, linewidths=0.8)
        after = int(change.probabilities.argmax())
        sure = float(change.probabilities[after])
        then = f"{'still ' if after == answer else ''}{a(classes[after])}" if sure >= MIN_CONFIDENCE else "unsure"
        _head(sheet, 2 * number + 1, 1, f"{how} this spot: {then}", f"{a(classes[after])}, {sureness(sure)}")
        axes = sheet.image(_left(2 * number + 1), _ROW + _HEAD, _SIDE, _SIDE, change.image)
        row, column = change.place
        axes.scatter([column], [row], s=700, facecolors="none", edgecolors=ORANGE, linewidths=2)
