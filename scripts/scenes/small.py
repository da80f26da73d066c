"""Scenes that are the digit and nothing else: cut out along its ink, or as small as data sets have them."""

import numpy as np
from PIL import Image

from scenes import stationery
from scenes.camera import Picture, lit, photographed
from scenes.hand import Cover, Hand
from scenes.surface import inked


def cut_close(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit that was cut out of a photograph along its ink, so that its strokes reach all sides."""
    side = random.uniform(60, 400)
    digit = hand.digit(side, max(2, side * random.uniform(0.04, 0.18)))
    size = digit.shape[0], digit.shape[1]
    surface = inked(stationery.white_paper(size, random), digit, stationery.pen_color(random))
    return photographed(lit(surface, random, shadow=0), random)


def tiny(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit from the top to the bottom of some pixels, in grey or in two shades, and often each pixel enlarged."""
    side = int(random.choice([16, 20, 24, 32]))
    digit = hand.digit(256, 256 * random.uniform(0.06, 0.2))
    image = Image.fromarray((_squared(digit) * 255).astype(np.uint8)).resize((side, side), Image.Resampling.BOX)
    if random.random() < 0.4:
        image = image.point(lambda shade: 255 * (shade > 110))
    if random.random() < 0.5:
        image = image.point(lambda shade: 255 - shade)
    if random.random() < 0.5:
        factor = int(random.integers(2, 16))
        image = image.resize((side * factor, side * factor), Image.Resampling.NEAREST)
    return Picture(image)


def _squared(cover: Cover) -> Cover:
    """With as much around it at both sides, or above and below, as makes it a square."""
    around = [((max(cover.shape) - side) // 2, (max(cover.shape) - side + 1) // 2) for side in cover.shape]
    return np.pad(cover, around)
