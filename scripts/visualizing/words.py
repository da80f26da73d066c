"""How text is written in all pictures, and how much room it takes."""

import functools
import re

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

_POINTS = 72  # an inch
_TOGETHER = re.compile(r"(?<=[<>×\d]) (?=[×%\d])")  # the space in "> 99.9 %" and "28 × 28"


def drawable(text: str) -> str:
    """The text with a question mark for what the font can't draw, so that nothing is remarked upon."""
    there = _characters()
    return "".join(letter if ord(letter) in there or letter == "\n" else "?" for letter in text)


@functools.cache
def _characters() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def measured(text: str, size: float, weight: str = "normal") -> float:
    """How wide a line of text is, in inches; its size is in points."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size, weight=weight), False)
    return float(width) / _POINTS


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Breaks a text into lines of at most a width, in inches; between words, unless one is too long for a line.

    A number and its unit stay together.
    """
    lines, line = [], ""
    for word in _TOGETHER.sub("\N{NO-BREAK SPACE}", drawable(text)).split(" "):
        rest = word
        while measured(longer := f"{line} {rest}" if line else rest, size, weight) > width:
            fitting = "" if line else _beginning(rest, width, size, weight)
            lines.append(line or fitting)
            line, rest = "", rest[len(fitting) :]
        line = longer
    return [*lines, line]


def _beginning(word: str, width: float, size: float, weight: str) -> str:
    """As much of a word as fits."""
    lengths = range(len(word), 1, -1)
    return next((word[:length] for length in lengths if measured(word[:length], size, weight) <= width), word[0])


def a(name: str) -> str:
    """A class with its article: "a 7", "an 8"; names that are words stand for themselves."""
    return name if len(name) > 1 else f"{'an' if name == '8' else 'a'} {name}"
