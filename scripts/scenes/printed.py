"""Scenes on what has words printed on it: letters, forms and envelopes."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scenes import stationery
from scenes.camera import Picture, lit, photographed, scanned
from scenes.hand import Cover, Hand
from scenes.surface import Size, Surface, inked, placed

_WORDS = (
    "please",
    "write",
    "the",
    "number",
    "of",
    "persons",
    "living",
    "here",
    "first",
    "day",
    "name",
    "street",
    "city",
)
_LABELS = "Persons:", "Age", "Number of rooms", "Grade:", "Copies", "No.", "Answer:"
_UNITS = "", "", "pieces", "kg", "/ 10", "years"


def beside_print(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit above or below some lines of text, or an address in a window or over a bar code."""
    size = int(random.integers(240, 520)), int(random.integers(320, 640))
    high = size[0] * random.uniform(0.2, 0.35)
    digit = hand.digit(high, max(2, high * random.uniform(0.04, 0.1)))
    is_above = random.random() < 0.5
    room = size[0] - digit.shape[0] - round(size[0] * 0.14)  # what is left for the text
    text = min(high / random.uniform(2.2, 4.5), room / 5)
    top = round(size[0] * 0.05 + (digit.shape[0] + size[0] * 0.05 if is_above else 0))
    cover = _lines(size, top, round(size[1] * random.uniform(0.04, 0.2)), text, random)
    down = round(size[0] * 0.05) if is_above else size[0] - digit.shape[0] - round(size[0] * 0.05)
    right = round(random.uniform(0.08, 0.92) * (size[1] - digit.shape[1]))
    surface = inked(stationery.white_paper(size, random), cover, (45, 45, 50), random.uniform(0.6, 1))
    return _taken(inked(surface, placed(digit, size, down, right), stationery.pen_color(random)), random)


def on_a_line(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit on the line, or the dots, that a form has after a label."""
    high = random.uniform(50, 110)
    text = high * random.uniform(0.3, 0.55)
    digit = hand.digit(high, max(2, high * random.uniform(0.05, 0.11)))
    font = ImageFont.load_default(text)
    label, unit = (str(random.choice(some)) for some in (_LABELS, _UNITS))
    begin = high * 0.4 + font.getlength(label) + text * 0.4
    end = begin + digit.shape[1] + high * random.uniform(1, 2.2)
    wide = round(end + font.getlength(unit) + high * random.uniform(0.5, 1))
    size = round(high * random.uniform(1.8, 2.6)), wide
    base = size[0] * 0.5 + high * 0.5
    canvas = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(canvas)
    pen.text((high * 0.4, base), label, fill=255, font=font, anchor="ls")
    pen.text((end + text * 0.4, base), unit, fill=255, font=font, anchor="ls")
    line = max(1, round(high * 0.025))
    step = round(line * random.uniform(2.5, 4)) if random.random() < 0.3 else 1
    for x in range(round(begin), round(end), step):
        pen.rectangle((x, base, x + line - 1 if step > 1 else x, base + line - 1), fill=255)
    surface = inked(stationery.white_paper(size, random), _cover(canvas), (50, 50, 55), random.uniform(0.6, 1))
    down = round(base - digit.shape[0] - high * random.uniform(-0.03, 0.12))
    right = round(begin + (end - begin - digit.shape[1]) * random.uniform(0.25, 0.75))
    return _taken(inked(surface, placed(digit, size, down, right), stationery.pen_color(random)), random)


def _lines(size: Size, top: int, left: int, text: float, random: np.random.Generator) -> Cover:
    """Some lines of text; sometimes in a frame, or with a bar code below."""
    font = ImageFont.load_default(text)
    canvas = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(canvas)
    kind = random.choice(["text", "window", "code"])
    wide = size[1] - left - round(text) if kind == "text" else round(size[1] * random.uniform(0.4, 0.6))
    count = int(random.integers(2, 4))
    for number in range(count):
        line = ""
        while font.getlength(longer := f"{line} {random.choice(_WORDS)}".strip()) < wide:
            line = longer
        pen.text((left, top + text * (0.5 + 1.3 * number)), line.capitalize(), fill=255, font=font)
    bottom = top + text * (0.8 + 1.3 * count)
    if kind == "window":
        pen.rectangle((left - text, top - text * 0.2, left + wide + text, bottom + text * 0.4), outline=170, width=2)
    if kind == "code":
        bar = max(1, round(text / 12))
        for x in range(left, left + wide, 4 * bar):
            pen.rectangle((x, bottom, x + bar * int(random.integers(1, 3)), bottom + text), fill=255)
    return _cover(canvas)


def _taken(surface: Surface, random: np.random.Generator) -> Picture:
    """Photographed or scanned."""
    light = lit(surface, random, shadow=0.2)
    return photographed(light, random) if random.random() < 0.5 else scanned(surface, random)


def _cover(canvas: Image.Image) -> Cover:
    return np.asarray(canvas, np.float32) / np.float32(255)
