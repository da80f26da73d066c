"""Scenes before a camera."""

import numpy as np

from scenes import stationery
from scenes.camera import Picture, aslant, lit, mirrored, photographed
from scenes.hand import Hand
from scenes.surface import Size, Surface, grain, inked, plain, rectangle, textured

_PALE_PENS = ((245, 225, 60), (250, 190, 110), (160, 225, 140), (245, 165, 190), (130, 210, 235), (200, 180, 235))
_DESKS = ((150, 105, 65), (95, 65, 45), (200, 165, 120), (45, 45, 50), (110, 115, 120), (70, 90, 110), (225, 225, 220))
_PENS = ((35, 35, 40), (30, 50, 130), (190, 150, 30), (150, 35, 40), (110, 110, 115))
_NOTES = ((250, 235, 120), (245, 185, 200), (185, 225, 160), (165, 215, 240))


def photo(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit somewhere on a sheet that fills the picture, in a room's light."""
    size = _format(random)
    side = min(size) * random.uniform(0.13, 0.5)
    cover = hand.digit(side, max(2.5, side * random.uniform(0.03, 0.11)))
    paper = stationery.white_paper(size, random)
    surface = inked(paper, stationery.anywhere(cover, size, random), stationery.pen_color(random))
    return photographed(lit(surface, random, shadow=0.6), random)


def pale(hand: Hand, random: np.random.Generator) -> Picture:
    """A soft pencil that was hardly pressed, or a pen of a light colour."""
    size = _format(random)
    side = min(size) * random.uniform(0.25, 0.6)
    paper = stationery.white_paper(size, random)
    if random.random() < 0.5:
        cover = hand.digit(side, max(3, side * random.uniform(0.025, 0.06)))
        cover = stationery.pencilled(stationery.anywhere(cover, size, random), random)
        surface = inked(paper, cover, (70, 70, 75), random.uniform(0.2, 0.5))
    else:
        cover = hand.digit(side, max(4, side * random.uniform(0.06, 0.14)))
        color = np.array(_PALE_PENS[random.integers(len(_PALE_PENS))]) * (paper.mean() / 240)
        surface = inked(paper, stationery.anywhere(cover, size, random), color, random.uniform(0.6, 1))
    return photographed(lit(surface, random, shadow=0.2), random)


def sheet_on_a_desk(hand: Hand, random: np.random.Generator) -> Picture:
    """A sheet or a sticky note that lies on something darker or lighter, all in the picture or in part."""
    size = _format(random)
    sides = tuple(min(size) * random.uniform(0.45, 0.85) for _ in size)
    middle = tuple((side - sheet) * random.uniform(-0.5, 0.5) for side, sheet in zip(size, sides, strict=True))
    angle = random.uniform(-12, 12)
    sheet = rectangle(size, (middle[0], middle[1]), (sides[0], sides[1]), angle)
    fallen = (middle[0] + min(size) * 0.012, middle[1] + min(size) * 0.008)  # the sheet throws a shadow on the desk
    surface = _desk(size, random) * (1 - 0.35 * rectangle(size, fallen, (sides[0], sides[1]), angle)[..., None])
    paper = stationery.white_paper(size, random)
    if random.random() < 0.4:
        note = np.array(_NOTES[random.integers(len(_NOTES))]) * random.uniform(0.85, 1)
        paper = textured(plain(size, note), grain(random, size, 1, (2, 2)))
    surface = surface * (1 - sheet[..., None]) + paper * sheet[..., None]

    side = min(sides) * random.uniform(0.3, 0.6)
    cover = hand.digit(side, max(2.5, side * random.uniform(0.03, 0.11)))
    place = tuple(at + (room - side) * random.uniform(-0.25, 0.25) for at, room in zip(middle, sides, strict=True))
    ink = stationery.about(cover, size, (place[0], place[1]))
    return photographed(lit(inked(surface, ink, stationery.pen_color(random)), random, shadow=0.3), random)


def seen_aslant(hand: Hand, random: np.random.Generator) -> Picture:
    """A sheet on a table, from the side: what is farther away is smaller."""
    sides = int(random.integers(300, 700)), int(random.integers(300, 700))
    side = min(sides) * random.uniform(0.3, 0.6)
    cover = hand.digit(side, max(3, side * random.uniform(0.04, 0.11)))
    paper = stationery.white_paper(sides, random)
    sheet = inked(paper, stationery.anywhere(cover, sides, random, margin=0.12), stationery.pen_color(random))
    return photographed(lit(aslant(sheet, _desk(_format(random), random), random), random, shadow=0.2), random)


def whiteboard(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit by a marker on a board that mirrors a lamp or two, and on which much was written before."""
    size = _format(random)
    side = min(size) * random.uniform(0.2, 0.5)
    board = plain(size, random.uniform(135, 190) + random.uniform(-5, 5, 3))
    board = textured(board, grain(random, size, random.uniform(1, 4), (30, 60)))
    for _ in range(random.integers(0, 3)):
        was = stationery.anywhere(hand.neighbour(side, side * 0.08), size, random)
        board = inked(board, was, stationery.pen_color(random), random.uniform(0.02, 0.08))
    cover = hand.digit(side, max(4, side * random.uniform(0.06, 0.12)))
    board = inked(board, stationery.anywhere(cover, size, random), stationery.pen_color(random), random.uniform(0.6, 1))
    return photographed(mirrored(lit(board, random, shadow=0.1), random), random)


def beside_a_pen(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit on a sheet, and what it was written with, whole or in part."""
    size = _format(random)
    long, thick = max(size) * random.uniform(0.6, 1.1), min(size) * random.uniform(0.035, 0.06)
    angle = random.uniform(-35, 35)  # from upright
    right, side = size[1] * random.uniform(0.2, 0.35), size[1] * random.uniform(0.25, 0.4)
    middle = (size[0] * random.uniform(-0.3, 0.3), right)
    fallen = middle[0] + thick * 0.3, middle[1] + thick * 0.35
    surface = stationery.white_paper(size, random)
    surface = surface * (1 - 0.3 * rectangle(size, fallen, (long, thick), angle)[..., None])
    digit = hand.digit(min(side, size[0] * 0.6), max(3, side * random.uniform(0.04, 0.1)))
    place = size[0] * random.uniform(-0.12, 0.12), -size[1] * random.uniform(0.2, 0.26)
    surface = inked(surface, stationery.about(digit, size, place), stationery.pen_color(random))
    color = np.array(_PENS[random.integers(len(_PENS))])
    surface = inked(surface, rectangle(size, middle, (long, thick), angle), color)
    surface = inked(surface, rectangle(size, middle, (long, thick * 0.2), angle), color + 50)  # where it shines
    return photographed(lit(surface, random, shadow=0.2), random)


def _format(random: np.random.Generator) -> Size:
    """A telephone's picture, upright or across, as it is sent around."""
    longer = int(random.integers(480, 900))
    shorter = round(longer * random.choice([3 / 4, 9 / 16, 1]))
    return (longer, shorter) if random.random() < 0.6 else (shorter, longer)


def _desk(size: Size, random: np.random.Generator) -> Surface:
    """Wood with its fibres, or cloth, or plastic."""
    color = np.array(_DESKS[random.integers(len(_DESKS))]) * random.uniform(0.8, 1.1)
    surface = plain(size, color)
    match random.choice(["wood", "cloth", "plastic"]):
        case "wood":
            fibres, fine = random.uniform(4, 14), random.uniform(2, 6)
            surface = textured(surface, grain(random, size, fibres, (random.uniform(6, 25), size[1] / 2)))
            return textured(surface, grain(random, size, fine, (2, 60)))
        case "cloth":
            return textured(surface, grain(random, size, random.uniform(4, 12), (3, 3)))
    return textured(surface, grain(random, size, random.uniform(1, 4), (40, 40)))
