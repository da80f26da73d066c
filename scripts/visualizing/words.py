"""How numbers and names are written in all pictures."""

import functools

from matplotlib.font_manager import findfont, get_font


def drawable(text: str) -> str:
    """The text with a question mark for what the font can't draw, so that nothing is remarked upon."""
    there = _characters()
    return "".join(letter if ord(letter) in there or letter == "\n" else "?" for letter in text)


@functools.cache
def _characters() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def count(number: int, what: str) -> str:
    """A number with its noun: "1 image", "2 images"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def a(name: str) -> str:
    """A class with its article: "a 7", "an 8"; names that are words stand for themselves."""
    return name if len(name) > 1 else f"{'an' if name == '8' else 'a'} {name}"


def sureness(probability: float) -> str:
    """A probability as people read it; what is nearly certain is not said to be certain."""
    if 0.9995 <= probability < 1:
        return "> 99.9 %"
    return f"{100 * probability:.1f} %"
