"""Scenes on printed paper, and what a scanner or a pair of scissors leaves of it."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scenes import stationery
from scenes.camera import Picture, lit, photographed, scanned
from scenes.hand import Cover, Hand
from scenes.surface import Color, Size, Surface, box, grain, inked, placed, plain, ruled, textured

_PRINTS = ((150, 180, 215), (170, 170, 180), (120, 150, 200), (190, 150, 160), (140, 190, 180))
_FORMS = ((30, 30, 35), (90, 90, 95), (200, 90, 80), (80, 130, 190), (60, 140, 100))
_MANILA = ((225, 200, 150), (205, 170, 120), (180, 140, 95), (235, 222, 190), (200, 205, 190))


def lined_paper(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit on or about a line of an exercise book."""
    size = _cut(random)
    gap = min(size) / random.uniform(2.2, 7)
    angle, line = random.uniform(-4, 4), random.uniform(1, max(1.3, gap * 0.03))
    print_color = _print_color(random)
    surface = inked(stationery.white_paper(size, random), ruled(size, gap, line, angle, random.random()), print_color)
    if random.random() < 0.25:
        margin = ruled(size, max(size) * 3, line * 1.3, angle + 90, random.choice([-1, 1]) * random.uniform(0.11, 0.15))
        surface = inked(surface, margin, (215, 90, 100), 0.8)
    side = min(gap * random.uniform(0.75, 1.9), min(size) * 0.7)
    return _pictured(_with_digit(surface, hand, side, random), random)


def squared_paper(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit in, or across, the squares of an exercise book."""
    size = _cut(random)
    gap = min(size) / random.uniform(3, 12)
    angle, line = random.uniform(-4, 4), random.uniform(1, max(1.3, gap * 0.05))
    print_color, surface = _print_color(random), stationery.white_paper(size, random)
    for turn in (0, 90):
        surface = inked(surface, ruled(size, gap, line, angle + turn, random.random()), print_color)
    side = min(gap * random.uniform(0.9, 4), min(size) * 0.7)
    return _pictured(_with_digit(surface, hand, max(side, min(size) * 0.15), random), random)


def form(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit in a box to be filled in, alone or in a row of boxes, which it may touch."""
    high = random.uniform(60, 300)
    sides = high, high * random.uniform(0.7, 1.25)
    around = random.uniform(-0.03, 0.35)  # of the box; where it is less than nothing, some lines are cut off
    size = round(high * (1 + 2 * around)), round(sides[1] * (1 + 2 * around))
    shift = tuple(side * around * random.uniform(-0.5, 0.5) for side in sides)
    angle, line = random.uniform(-2, 2), max(1, high * random.uniform(0.008, 0.03))
    color = _FORMS[random.integers(len(_FORMS))]
    surface = stationery.white_paper(size, random)
    row = range(-1, 2) if random.random() < 0.5 else range(1)
    beside = sides[1] - line  # from a box's middle to the next one's
    right, down = math.cos(math.radians(angle)) * beside, math.sin(math.radians(angle)) * beside
    lines = [box(size, (shift[0] + step * down, shift[1] + step * right), sides, line, angle) for step in row]
    surface = inked(surface, np.maximum.reduce(lines), color, random.uniform(0.6, 1))
    side = min(sides) * random.uniform(0.5, 0.92)
    cover = hand.digit(side, max(2, side * random.uniform(0.04, 0.12)))
    free = tuple(max(0, room - inked) for room, inked in zip(sides, cover.shape, strict=True))
    place = (shift[0] + free[0] * random.uniform(-0.4, 0.4), shift[1] + free[1] * random.uniform(-0.4, 0.4))
    return _pictured(inked(surface, stationery.about(cover, size, place), stationery.pen_color(random)), random)


def small_scan(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit that was cut from a scanned page: some dozens of pixels, often faint."""
    size = int(random.integers(40, 81)), int(random.integers(40, 81))
    side = min(size) * random.uniform(0.4, 0.85)
    cover = stationery.anywhere(hand.digit(side, max(1.3, side * random.uniform(0.05, 0.11))), size, random)
    if random.random() < 0.5:
        cover = stationery.pencilled(cover, random)
    surface = inked(stationery.white_paper(size, random), cover, (60, 60, 70), random.uniform(0.35, 0.95))
    return scanned(surface, random)


def envelope(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit of a post code, cut close: on brown paper, with strokes of its neighbours at the border."""
    side = random.uniform(50, 220)
    line = side * random.uniform(0.05, 0.2)
    cover = hand.digit(side, line)
    height, width = cover.shape
    size = round(height * random.uniform(1.06, 1.4)), round(width * random.uniform(1.1, 1.5) + side * 0.12)
    surface, color = _manila(size, random), stationery.pen_color(random)
    top, left = ((free - taken) // 2 for free, taken in zip(size, cover.shape, strict=True))
    for goes_on in ("left", "right"):
        if random.random() < 0.6:
            other = hand.neighbour(side * random.uniform(0.85, 1.1), line)
            seen = round(min(left * 0.6, other.shape[1] * 0.4) * random.uniform(0.2, 1))
            place = seen - other.shape[1] if goes_on == "left" else size[1] - seen
            surface = inked(surface, placed(other, size, top + round(random.uniform(-0.1, 0.1) * side), place), color)
    surface = inked(surface, placed(cover, size, top, left), color, random.uniform(0.75, 1))
    return _pictured(surface, random)


def row_of_boxes(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit in one of the boxes for a date or a number, or of the teeth of a comb, with paper all around."""
    high = random.uniform(60, 160)
    wide = high * random.uniform(0.65, 1)
    count = int(random.integers(2, 6))
    size = round(high * random.uniform(1.3, 2.2)), round(wide * count + high * random.uniform(0.3, 1.2))
    line, angle = max(1.0, high * random.uniform(0.01, 0.03)), random.uniform(-1.5, 1.5)
    middles = [wide * (step - (count - 1) / 2) for step in range(count)]
    rise = math.sin(math.radians(angle))
    lines = [box(size, (middle * rise, middle), (high, wide + line), line, angle) for middle in middles]
    cover = np.maximum.reduce(lines)
    if random.random() < 0.4:  # a comb is open above, and its teeth are short
        open_above = round(size[0] / 2 - high * random.uniform(-0.1, 0.3))
        cover[:open_above] = 0
    color = _FORMS[random.integers(len(_FORMS))]
    surface = inked(stationery.white_paper(size, random), cover, color, random.uniform(0.6, 1))
    side = min(high, wide) * random.uniform(0.5, 0.85)
    middle = middles[random.integers(count)]
    digit = hand.digit(side, max(2, side * random.uniform(0.05, 0.12)))
    free = max(0, wide - line - digit.shape[1]) * random.uniform(-0.35, 0.35)
    place = (middle * rise + (high - side) * random.uniform(-0.35, 0.35), middle + free)
    return _pictured(inked(surface, stationery.about(digit, size, place), stationery.pen_color(random)), random)


def circled(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit with a line around it, by the same pen or another one: a circle, or a box with round corners."""
    size = _cut(random)
    side = min(size) * random.uniform(0.15, 0.45)
    line = max(2, side * random.uniform(0.03, 0.09))
    digit = hand.digit(side, line)
    radius = math.hypot(*digit.shape) / 2 * random.uniform(1.15, 1.5)
    free = [max(0, length / 2 - radius - line) for length in size]
    middle = [room * random.uniform(-0.9, 0.9) for room in free]
    down, right = (
        (np.arange(length) - (length - 1) / 2 - place) / radius / random.uniform(0.85, 1.05)
        for length, place in zip(size, middle, strict=True)
    )
    corners = random.choice([2, 5])  # the power of a circle, or of what is nearly a square
    away = (np.abs(down[:, None]) ** corners + np.abs(right) ** corners) ** (1 / corners)
    around = (line / 2 + 0.5 - np.abs(away - 1) * radius).clip(0, 1).astype(np.float32)
    surface, color = stationery.white_paper(size, random), stationery.pen_color(random)
    surface = inked(surface, stationery.about(digit, size, (middle[0], middle[1])), color)
    return _pictured(inked(surface, around, color if random.random() < 0.5 else stationery.pen_color(random)), random)


def beside_a_blot(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit on a letter or a form, with a stamp or something that was crossed out near it."""
    size = _cut(random)
    surface = _manila(size, random) if random.random() < 0.5 else stationery.white_paper(size, random)
    color, side = stationery.pen_color(random), min(size) * random.uniform(0.3, 0.45)
    line = max(2.5, side * random.uniform(0.04, 0.09))
    digit = hand.digit(side, line)
    right = min(random.uniform(0.5, 0.7) * size[1], size[1] * 0.95 - digit.shape[1])
    surface = inked(surface, placed(digit, size, round(random.uniform(0.35, 0.5) * size[0]), round(right)), color)
    where = size[1] * random.uniform(0.05, 0.12), size[0] * random.uniform(0.08, 0.5)
    wide = right * random.uniform(0.45, 0.7)
    high = wide * random.uniform(0.5, 1)
    canvas = Image.new("L", size[::-1])
    pen = ImageDraw.Draw(canvas)
    if random.random() < 0.5:
        pen.ellipse((*where, where[0] + wide, where[1] + high), fill=255)
        worn = grain(random, size, random.uniform(0.1, 0.3), (3, 3))
        blot = np.asarray(canvas.filter(ImageFilter.GaussianBlur(1)), np.float32) / 255 * (0.8 + worn)
        color = np.array(_FORMS[random.integers(len(_FORMS))], np.float32)
    else:
        steps = int(random.integers(14, 30))
        across = where[0] + wide * np.linspace(0, 1, steps)
        down = where[1] + high * np.where(
            np.arange(steps) % 2, random.uniform(0.7, 1, steps), random.uniform(0, 0.3, steps)
        )
        pen.line(
            list(zip(across.tolist(), down.tolist(), strict=True)), fill=255, width=round(line * 1.2), joint="curve"
        )
        blot = np.asarray(canvas.filter(ImageFilter.GaussianBlur(0.7)), np.float32) / 255
    return _pictured(inked(surface, blot.clip(0, 1), color), random)


def _cut(random: np.random.Generator) -> Size:
    """A piece of a page."""
    height = int(random.integers(160, 640))
    return height, round(height * random.uniform(0.7, 1.4))


def _print_color(random: np.random.Generator) -> Color:
    return np.array(_PRINTS[random.integers(len(_PRINTS))]) + random.uniform(-25, 25)


def _with_digit(surface: Surface, hand: Hand, side: float, random: np.random.Generator) -> Surface:
    size = surface.shape[0], surface.shape[1]
    cover: Cover = hand.digit(side, max(2, side * random.uniform(0.035, 0.1)))
    return inked(surface, stationery.anywhere(cover, size, random, margin=0.08), stationery.pen_color(random))


def _manila(size: Size, random: np.random.Generator) -> Surface:
    """Brown paper, whose fibres are to be seen."""
    color = np.array(_MANILA[random.integers(len(_MANILA))]) * random.uniform(0.9, 1.05)
    surface = textured(plain(size, color), grain(random, size, random.uniform(1, 4), (2, 7)))
    return textured(surface, grain(random, size, random.uniform(1, 3), (5, 2)))


def _pictured(surface: Surface, random: np.random.Generator) -> Picture:
    """Photographed or scanned."""
    return photographed(lit(surface, random, shadow=0.3), random) if random.random() < 0.5 else scanned(surface, random)
