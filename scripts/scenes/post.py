"""Scenes on what is sent by post: the boxes of a post code, stamps with their postmarks, postcards."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scenes import stationery
from scenes.camera import Picture, lit, photographed
from scenes.hand import Cover, Hand
from scenes.surface import Size, Surface, box, grain, inked, plain, textured

_FRAMES = ((235, 120, 50), (220, 70, 60), (70, 110, 180), (60, 60, 65))
_STAMPS = ((40, 90, 170), (170, 60, 50), (60, 120, 80), (150, 100, 50))
_PAPERS = ((245, 243, 238), (240, 235, 220), (228, 234, 242), (225, 205, 165))


def post_code(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit in one of several boxes that stand apart, up to or over its line; the others are empty."""
    high = random.uniform(60, 110)
    wide = high * random.uniform(0.65, 0.9)
    gap = wide * random.uniform(0.08, 0.4)
    count = int(random.integers(3, 7))
    size = round(high * random.uniform(1.8, 3.5)), round((wide + gap) * count + high * random.uniform(0.3, 1))
    line, angle = max(1.5, high * random.uniform(0.02, 0.04)), random.uniform(-2, 2)
    down = (size[0] - 1.3 * high) * random.uniform(-0.5, 0.5)
    middles = [(wide + gap) * (step - (count - 1) / 2) for step in range(count)]
    rise = math.sin(math.radians(angle))
    cover = np.maximum.reduce([box(size, (down + at * rise, at), (high, wide), line, angle) for at in middles])
    color = _FRAMES[random.integers(len(_FRAMES))]
    surface = inked(_paper(size, random), cover, color, random.uniform(0.6, 1))
    side = min(high, wide) * random.uniform(0.7, 1)
    digit = hand.digit(side, max(2, side * random.uniform(0.06, 0.12)))
    middle = middles[random.integers(count)]
    off = [(room - drawn) * random.uniform(-0.5, 0.5) for room, drawn in zip((high, wide), digit.shape, strict=True)]
    digit = stationery.about(digit, size, (down + middle * rise + off[0], middle + off[1]))
    return photographed(lit(inked(surface, digit, stationery.pen_color(random)), random, shadow=0.2), random)


def beside_a_stamp(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit on an envelope, with a stamp in its corner, and often a postmark on that."""
    size = int(random.integers(280, 420)), int(random.integers(420, 640))
    surface = _paper(size, random)
    high = size[0] * random.uniform(0.2, 0.28)
    right, top = size[1] * random.uniform(0.93, 0.97), size[0] * random.uniform(0.04, 0.09)
    left, bottom = right - high * random.uniform(0.75, 0.9), top + high
    canvas = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(canvas)
    pen.rectangle((left, top, right, bottom), fill=255)
    radius, middle = high * random.uniform(0.15, 0.3), ((left + right) / 2, (top + bottom) / 2)
    pen.circle(middle, radius, fill=90)
    picture = _cover(canvas) * (0.85 + grain(random, size, 0.1, (9, 9)))
    surface = inked(surface, picture.clip(0, 1), _STAMPS[random.integers(len(_STAMPS))], random.uniform(0.8, 1))
    if random.random() < 0.7:
        surface = inked(
            surface, _postmark(size, (left, middle[1]), high, random), (70, 70, 75), random.uniform(0.5, 0.9)
        )
    side = size[0] * random.uniform(0.3, 0.45)
    digit = hand.digit(side, max(2, side * random.uniform(0.04, 0.1)))
    off = size[0] * random.uniform(0.12, 0.2), size[1] * random.uniform(-0.25, 0.15)
    digit = stationery.about(digit, size, off)
    return photographed(lit(inked(surface, digit, stationery.pen_color(random)), random, shadow=0.2), random)


def postcard(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit on the back of a postcard: beside the line down its middle, or on those for the address."""
    size = int(random.integers(280, 420)), int(random.integers(440, 640))
    high, wide = size
    canvas = Image.new("L", (wide, high))
    pen = ImageDraw.Draw(canvas)
    line = max(1, round(high * random.uniform(0.003, 0.007)))
    middle = wide * random.uniform(0.48, 0.56)
    pen.line((middle, high * 0.12, middle, high * 0.88), fill=255, width=line)
    left, right, gap = middle + wide * 0.05, wide * 0.95, high * random.uniform(0.1, 0.15)
    for row in range(int(random.integers(3, 5))):
        y = high * 0.45 + gap * row
        pen.line((left, y, right, y), fill=255, width=line)
    if random.random() < 0.7:
        pen.rectangle((right - high * 0.17, high * 0.06, right, high * 0.28), outline=255, width=line)
    surface = inked(_paper(size, random), _cover(canvas), (110, 105, 100), random.uniform(0.6, 1))
    side = high * random.uniform(0.25, 0.4)
    digit = hand.digit(side, max(2, side * random.uniform(0.05, 0.11)))
    off = high * random.uniform(0.05, 0.15), wide * random.choice([-0.25, 0.22]) + wide * random.uniform(-0.05, 0.05)
    digit = stationery.about(digit, size, off)
    return photographed(lit(inked(surface, digit, stationery.pen_color(random)), random, shadow=0.2), random)


def _postmark(size: Size, middle: tuple[float, float], high: float, random: np.random.Generator) -> Cover:
    """Two rings with a date, partly on the stamp, and waves to the left of them."""
    canvas = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(canvas)
    radius, (across, down) = high * random.uniform(0.33, 0.42), middle
    across -= radius * random.uniform(0.5, 1)
    line = max(1, round(high / 45))
    for ring in (radius, radius * 0.7):
        pen.circle((across, down), ring, outline=255, width=line)
    date = f"{random.integers(1, 29)} {random.choice(['MAR', 'JUL', 'NOV'])}"
    pen.text((across, down), date, fill=255, font_size=radius * 0.35, anchor="mm")
    long = high * random.uniform(0.7, 1.1)
    for row in range(-2, 2):
        x = np.arange(across - radius * 0.95 - long, across - radius * 0.9)
        y = down + radius * (row + 0.5) / 2.2 + radius * 0.12 * np.sin((x - across) / radius * 5)
        pen.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=255, width=line)
    return _cover(canvas)


def _paper(size: Size, random: np.random.Generator) -> Surface:
    color = np.array(_PAPERS[random.integers(len(_PAPERS))]) * random.uniform(0.93, 1)
    return textured(plain(size, color), grain(random, size, random.uniform(0.5, 2), (2, 2)))


def _cover(canvas: Image.Image) -> Cover:
    return np.asarray(canvas.filter(ImageFilter.GaussianBlur(0.6)), np.float32) / np.float32(255)
