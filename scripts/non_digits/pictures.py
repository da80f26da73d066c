"""Pictures of no digit: letters of many fonts, noise, and blank paper."""

import string
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

_LIKE_DIGITS = frozenset("BbGgIiJjlOoQqSsyZz")  # that somebody may write a digit so
_FONTS = ("DejaVuSans*.ttf", "DejaVuSerif*.ttf", "STIXGeneral*.ttf")
_SIDE = 160  # pixels of a letter's picture
_HEIGHT = 90  # pixels of a font
_EACH = 200  # pictures of noise, and as many of paper, and of paper half in shadow


def draw_all() -> Iterator[tuple[str, str, Image.Image]]:
    """All pictures, the same each time: kind, what it is, and picture."""
    yield from letters()
    yield from noise(np.random.default_rng(0))
    yield from paper(np.random.default_rng(1))
    yield from half_in_shadow(np.random.default_rng(2))


def letters() -> Iterator[tuple[str, str, Image.Image]]:
    """The Latin letters in each font: kind, letter, and picture."""
    folder = Path(mpl.get_data_path()) / "fonts/ttf"
    for path in sorted(path for pattern in _FONTS for path in folder.glob(pattern)):
        font = ImageFont.truetype(path, _HEIGHT)
        if not font.getmask("A").getbbox():  # a font of signs alone
            continue
        for letter in string.ascii_letters:
            picture = Image.new("L", (_SIDE, _SIDE), 255)
            ImageDraw.Draw(picture).text((_SIDE / 2, _SIDE / 2), letter, 0, font, anchor="mm")
            yield "letter like a digit" if letter in _LIKE_DIGITS else "letter", letter, picture


def noise(random: np.random.Generator) -> Iterator[tuple[str, str, Image.Image]]:
    """Noise of all sizes, fine or coarse, strong or weak."""
    for _ in range(_EACH):
        side, strength = int(random.integers(20, 300)), random.uniform(10, 120)
        shades = (128 + random.normal(0, strength, (side, side))).clip(0, 255).astype(np.uint8)
        picture = Image.fromarray(shades).filter(ImageFilter.GaussianBlur(int(random.integers(0, 4))))
        yield "noise", f"{side} pixels", picture


def paper(random: np.random.Generator) -> Iterator[tuple[str, str, Image.Image]]:
    """Blank sheets in a lamp's light, as a camera sees them; some ruled or squared."""
    for number in range(_EACH):
        height, width = (int(side) for side in random.integers(60, 500, 2))
        across, down = random.uniform(-40, 40, 2)
        light = np.linspace(-across, across, width) + np.linspace(-down, down, height)[:, None]
        shades = random.uniform(120, 215) + light
        kind = ("plain", "ruled", "squared")[number % 3]
        gap, ink = int(random.integers(15, 50)), random.uniform(20, 90)
        if kind != "plain":
            shades[gap // 2 :: gap] -= ink
        if kind == "squared":
            shades[:, gap // 2 :: gap] -= ink
        shades += random.normal(0, random.uniform(0, 4), shades.shape)
        yield "blank paper", kind, Image.fromarray(shades.clip(0, 255).astype(np.uint8))


def half_in_shadow(random: np.random.Generator) -> Iterator[tuple[str, str, Image.Image]]:
    """Blank sheets, small and large, on which a shadow ends, with a crisp edge or a soft one."""
    for _ in range(_EACH):
        side = int(random.integers(16, 500))
        down, across = np.indices((side, side)) - side / 2
        turn, off, soft = random.uniform(0, 2 * np.pi), random.uniform(-0.3, 0.3) * side, random.choice([0.5, 2, 8])
        lit = (1 + np.tanh((across * np.cos(turn) + down * np.sin(turn) - off) / soft)) / 2
        shades = random.uniform(160, 250) * (1 - random.uniform(0.15, 0.65) * lit)
        shades += random.normal(0, random.uniform(0, 3), shades.shape)
        yield "blank, half in shadow", f"{side} pixels", Image.fromarray(shades.clip(0, 255).astype(np.uint8))
