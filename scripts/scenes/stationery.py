"""The colours of paper and pens, and where on the paper somebody writes."""

import numpy as np
import numpy.typing as npt

from scenes.hand import Cover
from scenes.surface import Size, Surface, grain, placed, plain, textured

Shades = npt.NDArray[np.uint8]  # (height, width), grey

_INKS = ((25, 30, 45), (30, 45, 120), (20, 60, 160), (50, 50, 55), (150, 30, 40), (20, 90, 60))


def pen_color(random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Blue and black mostly, as in a drawer of pens; no two quite the same."""
    ink = _INKS[random.choice(len(_INKS), p=(0.3, 0.25, 0.2, 0.1, 0.1, 0.05))]
    return (np.array(ink) + random.uniform(-15, 15, 3)).clip(0, 255).astype(np.float32)


def white_paper(size: Size, random: np.random.Generator) -> Surface:
    """Paper between bluish and yellowish white, with a little texture."""
    white = random.uniform(205, 248) + np.array([1, 0, -1]) * random.uniform(-4, 10)
    return textured(plain(size, white), grain(random, size, random.uniform(0.3, 1.5), (2, 2)))


def pencilled(cover: Cover, random: np.random.Generator) -> Cover:
    """A pencil's line: the paper's grain lets it through in places."""
    size = cover.shape[0], cover.shape[1]
    return (cover * (0.85 + grain(random, size, random.uniform(0.05, 0.2), (2, 2)))).clip(0, 1)


def anywhere(cover: Cover, size: Size, random: np.random.Generator, margin: float = 0.03) -> Cover:
    """Puts ink somewhere on the surface, and some of the surface's shorter side away from its edges."""
    away = min(size) * margin
    top, left = (
        round(random.uniform(away, side - inked - away)) for side, inked in zip(size, cover.shape, strict=True)
    )
    return placed(cover, size, top, left)


def about(cover: Cover, size: Size, middle: tuple[float, float]) -> Cover:
    """Puts ink with its middle at a place, which is told from the surface's own middle (down, right)."""
    top, left = (
        round(side / 2 + place - inked / 2) for side, place, inked in zip(size, middle, cover.shape, strict=True)
    )
    return placed(cover, size, top, left)
