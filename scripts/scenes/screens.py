"""Scenes that never were on paper."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from scenes import stationery
from scenes.camera import Picture, captured
from scenes.hand import Cover, Hand
from scenes.surface import inked, plain, rectangle

_BRIGHTNESS = np.array([0.299, 0.587, 0.114])  # of red, green and blue, as ITU-R 601 has it


def drawing(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit drawn in a program: with a fine or a huge pen, in any colours, or on no ground at all."""
    size = int(random.integers(80, 600)), int(random.integers(80, 600))
    side = min(size) * random.uniform(0.25, 0.85)
    line = max(
        1, side * random.choice([random.uniform(0.018, 0.03), random.uniform(0.03, 0.12), random.uniform(0.12, 0.22)])
    )
    cover = stationery.anywhere(hand.digit(side, line), size, random)
    match random.choice(["plain", "coloured", "as bright", "transparent"], p=[0.4, 0.2, 0.2, 0.2]):
        case "plain":
            ink, ground = ((0, 0, 0), (255, 255, 255))[:: random.choice([1, -1])]
        case "coloured":
            ink, ground = _colors(random, least=90)
        case "as bright":
            ink, ground = _as_bright(random)
        case _:
            return _transparent(cover, random)
    return captured(inked(plain(size, ground), cover, ink))


def screen(hand: Hand, random: np.random.Generator) -> Picture:
    """A screenshot of a program to draw in: a window with its bar and frame, mostly light on dark."""
    size = int(random.integers(260, 700)), int(random.integers(260, 700))
    shades = (
        (_grey(random, 15, 60), _grey(random, 200, 255))
        if random.random() < 0.7
        else (_grey(random, 225, 255), _grey(random, 0, 60))
    )
    canvas, ink = shades
    desktop, bar, rim = (_grey(random, 10, 240) for _ in range(3))
    sides = tuple(side * random.uniform(0.6, 0.98) for side in size)
    middle = tuple((side - window) * random.uniform(-0.4, 0.4) for side, window in zip(size, sides, strict=True))
    frame, title = random.uniform(1, 5), random.uniform(16, 36)
    inner = sides[0] - title - 2 * frame, sides[1] - 2 * frame
    centre = middle[0] + title / 2, middle[1]
    surface = inked(plain(size, desktop), rectangle(size, (middle[0], middle[1]), (sides[0], sides[1])), rim)
    above = middle[0] - sides[0] / 2 + frame + title / 2
    surface = inked(surface, rectangle(size, (above, middle[1]), (title, inner[1])), bar)
    for button in range(3):  # to close it and so on
        right = middle[1] + inner[1] / 2 - title * (0.6 + 0.8 * button)
        surface = inked(surface, rectangle(size, (above, right), (title * 0.35, title * 0.35)), _grey(random, 60, 220))
    surface = inked(surface, rectangle(size, centre, inner), canvas)
    side = min(inner) * random.uniform(0.3, 0.8)
    cover = hand.digit(side, max(1.5, side * random.uniform(0.02, 0.15)))
    place = tuple(
        at + (room - taken) * random.uniform(-0.4, 0.4)
        for at, room, taken in zip(centre, inner, cover.shape, strict=True)
    )
    return captured(inked(surface, stationery.about(cover, size, (place[0], place[1])), ink))


def _grey(random: np.random.Generator, least: float, most: float) -> npt.NDArray[np.float64]:
    """Nearly grey, as programs are."""
    return (random.uniform(least, most) + random.uniform(-8, 8, 3)).clip(0, 255)


def _colors(random: np.random.Generator, least: float) -> npt.NDArray[np.float64]:
    """Two colours, (2, 3), whose brightness differs by so much at least."""
    while True:
        pair = random.uniform(0, 255, (2, 3))
        if abs(np.subtract(*(pair @ _BRIGHTNESS))) >= least:
            return pair


def _as_bright(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Two colours, (2, 3), of the same brightness that are far from each other nevertheless."""
    while True:
        ink, ground = random.uniform(0, 255, (2, 3))
        ink += (ground - ink) @ _BRIGHTNESS
        if np.abs(ink - ground).max() > 120 and ink.min() >= 0 and ink.max() <= 255:
            return np.stack([ink, ground])


def _transparent(cover: Cover, random: np.random.Generator) -> Picture:
    """Ink of any colour on no ground: what colour lies under it is chance."""
    pixels = np.empty((*cover.shape, 4), np.uint8)
    pixels[..., :3] = random.integers(0, 256, 3) if random.random() < 0.5 else random.choice([0, 255])
    pixels[..., 3] = np.rint(cover * 255)
    if random.random() < 0.5:
        pixels[cover == 0] = 0
    return Picture(Image.fromarray(pixels))
