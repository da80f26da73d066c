"""Draws how a picture was read: the picture, the ink that was found, what the model saw, and what it said."""

import functools
import math
import unicodedata

from PIL import Image, ImageDraw, ImageFont

from mnist_core.cli import sureness
from mnist_core.images import BOX, Steps
from mnist_core.showing import fitted, inked, showable
from mnist_core.sizes import SIDE
from mnist_serve.reading import Reading

_TILE = 13 * SIDE  # pixels of a square: 13 for each that the model saw
_GAP = 36  # between squares, and around everything
_TOP = 204  # where the squares begin
_WIDTH, _HEIGHT = 5 * _GAP + 4 * _TILE, _TOP + _TILE + 72
_LONGEST = 90  # characters of a name

_PAPER, _TEXT, _QUIET, _RULE = "#ffffff", "#1d1b2e", "#5d5668", "#d9d4dd"
_BAR, _BEST, _TRACK = "#e2674f", "#1f2f9c", "#f4f1f6"
_GROUND, _FOUND, _FRAME = "#000000", "#93b1ff", "#ff7a5c"


def draw(name: str, picture: Image.Image, steps: Steps, reading: Reading) -> Image.Image:
    """Draws the steps side by side.

    Args:
        name: What to call the picture.
        picture: The picture as it was decoded.
        steps: What became of it.
        reading: What was read.

    Returns:
        RGB, of one size whatever the picture's is.
    """
    sheet = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    pen = ImageDraw.Draw(sheet)
    _write_answer(pen, name, reading)
    for place, (heading, remark) in enumerate(captions(steps, reading)):
        _write_caption(pen, place, heading, remark)
    _paste(sheet, 0, showable(picture, _TILE), _RULE)
    _paste_ink(sheet, 1, steps)
    _paste(sheet, 2, Image.fromarray(steps.image).convert("RGB"), _GROUND)
    _draw_bars(pen, 3, reading)
    return sheet


def captions(steps: Steps, reading: Reading) -> list[tuple[str, str]]:
    """What is to be said of each of the four steps: a heading, and a remark."""
    is_blank = reading.probabilities is None
    return [
        ("The picture", "As it was sent."),
        (
            "What was taken for ink",
            "None was found." if steps.box is None else "Blue, in its box; the rest is left out.",
        ),
        (
            "What the model saw",
            "Nothing; it was not asked." if is_blank else f"{SIDE} x {SIDE} pixels, the ink in {BOX} x {BOX}.",
        ),
        ("What the model said", "Nothing." if is_blank else "How probable each answer is."),
    ]


def _left(place: int) -> int:
    return _GAP + place * (_TILE + _GAP)


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _write_answer(pen: ImageDraw.ImageDraw, name: str, reading: Reading) -> None:
    pen.text((_GAP, 28), _in_ascii(name), _QUIET, _font(22))
    if reading.digit is None:
        answer, more, colour = "No digit", str(reading.reason), _TEXT
    else:
        answer, more, colour = str(reading.digit), f"{sureness(reading.confidence or 0)} sure", _BEST
    base = 118
    pen.text((_GAP, base), answer, colour, _font(64), anchor="ls")
    pen.text((_GAP + pen.textlength(answer, _font(64)) + 22, base), more, _TEXT, _font(28), anchor="ls")


def _in_ascii(name: str) -> str:
    """The characters that Pillow's font has, so that no other becomes a box; a long name's middle is left out."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    shown = "".join(letter if " " <= letter <= "~" else "?" for letter in bare)
    half = _LONGEST // 2
    return shown if len(shown) <= _LONGEST else f"{shown[:half]} ... {shown[-half:]}"


def _write_caption(pen: ImageDraw.ImageDraw, place: int, heading: str, remark: str) -> None:
    pen.text((_left(place), _TOP - 18), heading, _TEXT, _font(24), anchor="ls")
    pen.text((_left(place), _TOP + _TILE + 32), remark, _QUIET, _font(19), anchor="ls")


def _paste(sheet: Image.Image, place: int, image: Image.Image, frame: str) -> tuple[int, int, float]:
    """Puts a picture into a square; tells where its corner came to be, and how many pixels wide each of its own is."""
    shown = fitted(image, _TILE)
    left, top = _left(place) + (_TILE - shown.width) // 2, _TOP + (_TILE - shown.height) // 2
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((_left(place) - 1, _TOP - 1, _left(place) + _TILE, _TOP + _TILE), outline=frame)
    sheet.paste(shown, (left, top))
    return left, top, max(shown.size) / max(image.size)


def _paste_ink(sheet: Image.Image, place: int, steps: Steps) -> None:
    """The ink in its box."""
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((_left(place), _TOP, _left(place) + _TILE - 1, _TOP + _TILE - 1), _GROUND)
    left, top, scale = _paste(sheet, place, inked(steps, _FOUND), _GROUND)
    if steps.box:
        near = left + math.floor(steps.box[0] * scale) - 2, top + math.floor(steps.box[1] * scale) - 2
        far = left + math.ceil(steps.box[2] * scale) + 1, top + math.ceil(steps.box[3] * scale) + 1
        pen.rectangle((*near, *far), outline=_FRAME, width=2)


def _draw_bars(pen: ImageDraw.ImageDraw, place: int, reading: Reading) -> None:
    """A bar for each digit, from none at the left to certain at the right."""
    height = _TILE / 10
    start, end = _left(place) + 32, _left(place) + _TILE - 92
    for digit, probability in enumerate(reading.probabilities or [0.0] * 10):
        top, middle = _TOP + digit * height, _TOP + (digit + 0.5) * height
        is_answer = digit == reading.digit
        pen.text((_left(place), middle), str(digit), _TEXT, _font(24), anchor="lm")
        pen.rectangle((start, top + 6, end, top + height - 6), _TRACK)
        if probability:
            pen.rectangle(
                (start, top + 6, start + probability * (end - start), top + height - 6), _BEST if is_answer else _BAR
            )
        if reading.probabilities:
            share = sureness(probability)
            pen.text((_left(place) + _TILE, middle), share, _TEXT if is_answer else _QUIET, _font(20), anchor="rm")
