"""Scenes that a machine has copied: what a fax makes of grey, and what dirt and an open lid leave on a copy."""

import numpy as np
from PIL import Image, ImageFilter

from scenes import stationery
from scenes.camera import Picture
from scenes.hand import Cover, Hand
from scenes.surface import Size


def fax(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit of dots alone: black where it is dark, and scattered where it is grey."""
    size = int(random.integers(120, 420)), int(random.integers(120, 420))
    side = min(size) * random.uniform(0.3, 0.75)
    cover = stationery.anywhere(hand.digit(side, max(2.5, side * random.uniform(0.04, 0.12))), size, random)
    sheet = _sheet(size, cover, paper=random.uniform(215, 255), ink=random.uniform(30, 150), random=random)
    return Picture(Image.fromarray(sheet).convert("1"))


def photocopy(hand: Hand, random: np.random.Generator) -> Picture:
    """A digit on a copy: black along the sides where the lid was open, a streak of dirt, specks of toner."""
    size = int(random.integers(220, 640)), int(random.integers(220, 640))
    side = min(size) * random.uniform(0.25, 0.6)
    cover = stationery.anywhere(hand.digit(side, max(3, side * random.uniform(0.04, 0.11))), size, random, margin=0.12)
    sheet = _sheet(size, cover, paper=random.uniform(232, 255), ink=random.uniform(20, 120), random=random)
    sheet[random.random(size) < random.uniform(0, 0.0004)] = 40
    if random.random() < 0.7:
        _blacken_sides(sheet, random)
    if random.random() < 0.7:
        _draw_streak(sheet, random)
    return Picture(Image.fromarray(sheet), int(random.integers(70, 95)) if random.random() < 0.5 else None)


def _sheet(size: Size, cover: Cover, *, paper: float, ink: float, random: np.random.Generator) -> stationery.Shades:
    """Grey paper with ink, as sharp as a machine sees it."""
    shades = paper - (paper - ink) * cover + random.normal(0, 2, size)
    image = Image.fromarray(shades.clip(0, 255).astype(np.uint8))
    return np.array(image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.8))))


def _blacken_sides(sheet: stationery.Shades, random: np.random.Generator) -> None:
    """Lays a band along one side, or two that meet; how far it reaches changes a little along the way."""
    first = int(random.integers(4))
    for side in range(first, first + int(random.integers(1, 3))):
        turned = np.rot90(sheet, side)
        depth = len(turned) * random.uniform(0.02, 0.08)
        rise = random.uniform(-0.015, 0.015) * np.arange(turned.shape[1])
        ragged = depth + rise + random.normal(0, 0.6, turned.shape[1])
        turned[np.arange(len(turned))[:, None] < ragged] = random.integers(0, 35)


def _draw_streak(sheet: stationery.Shades, random: np.random.Generator) -> None:
    """Draws a line along the way that the paper takes."""
    turned = sheet if random.random() < 0.8 else sheet.T
    width = int(random.integers(1, 3))
    column = int(random.integers(turned.shape[1] // 8, turned.shape[1] * 7 // 8))
    darker = random.uniform(25, 110)
    streak = turned[:, column : column + width]
    streak[:] = (streak - darker).clip(0, 255).astype(np.uint8)
