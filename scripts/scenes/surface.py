"""What is written on: coloured planes, their texture, and the shapes that are printed on them or lie on them."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from scenes.hand import Cover

Surface = npt.NDArray[np.float32]  # (height, width, 3), red, green and blue, 0 to 255
Size = tuple[int, int]  # height, width
Color = npt.ArrayLike  # of three shades


def plain(size: Size, color: Color) -> Surface:
    """A surface of one colour."""
    return np.broadcast_to(np.asarray(color, np.float32), (*size, 3)).copy()


def textured(surface: Surface, texture: Cover) -> Surface:
    """Adds shades to all three colours."""
    return surface + texture[..., None]


def inked(surface: Surface, cover: Cover, color: Color, strength: float = 1) -> Surface:
    """Lays a colour on what is covered; one of less strength lets the surface shine through."""
    opacity = (cover * np.float32(strength))[..., None]
    return surface * (1 - opacity) + np.asarray(color, np.float32) * opacity


def grain(random: np.random.Generator, size: Size, strength: float, scale: tuple[float, float]) -> Cover:
    """Texture: shades around 0, whose specks or fibres are as high and wide as the scale says, in pixels."""
    coarse = tuple(max(2, math.ceil(side / step)) for side, step in zip(size, scale, strict=True))
    shades = random.standard_normal(coarse, np.float32) * np.float32(strength)
    return np.asarray(Image.fromarray(shades).resize(size[::-1], Image.Resampling.BICUBIC))


def placed(cover: Cover, size: Size, top: int, left: int) -> Cover:
    """Puts what is cropped in its place; what is beyond the surface is cut off."""
    plane = np.zeros(size, np.float32)
    above, before = max(0, -top), max(0, -left)
    part = cover[above : size[0] - top, before : size[1] - left]
    if part.size and top < size[0] and left < size[1]:
        plane[top + above : top + above + part.shape[0], left + before : left + before + part.shape[1]] = part
    return plane


def ruled(size: Size, gap: float, line: float, angle: float = 0, start: float = 0) -> Cover:
    """Lines from edge to edge, across if the angle (degrees) is 0; `start` is where one begins, in gaps."""
    _, down = _turned(size, angle)
    away = np.abs((down / gap - start + 0.5) % 1 - 0.5) * gap
    return (line / 2 + 0.5 - away).clip(0, min(1, line)).astype(np.float32)


def rectangle(size: Size, middle: tuple[float, float], sides: tuple[float, float], angle: float = 0) -> Cover:
    """A filled rectangle: its middle from the surface's own (down, right), its height and width, all in pixels."""
    right, down = _turned(size, angle, middle)
    inside = np.minimum(sides[0] / 2 - np.abs(down), sides[1] / 2 - np.abs(right)) + 0.5
    return inside.clip(0, 1).astype(np.float32)


def box(size: Size, middle: tuple[float, float], sides: tuple[float, float], line: float, angle: float = 0) -> Cover:
    """The outline of a rectangle, which has the line inside."""
    inner = sides[0] - 2 * line, sides[1] - 2 * line
    return rectangle(size, middle, sides, angle) - rectangle(size, middle, inner, angle)


def _turned(
    size: Size, angle: float, middle: tuple[float, float] = (0, 0)
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """How far right and down of the middle each pixel is, on a sheet that is turned."""
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    down = (np.arange(size[0]) - (size[0] - 1) / 2 - middle[0])[:, None]
    right = np.arange(size[1]) - (size[1] - 1) / 2 - middle[1]
    return right * cosine + down * sine, down * cosine - right * sine
