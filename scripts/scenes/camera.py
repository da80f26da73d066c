"""What light, a camera and a scanner make of a surface."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from scenes.hand import Cover
from scenes.surface import Size, Surface


@dataclass(frozen=True)
class Picture:
    """A picture, and how it is saved.

    Attributes:
        image: The picture.
        quality: Of JPEG, 1 to 95; None for PNG, which loses nothing.
    """

    image: Image.Image
    quality: int | None = None

    @property
    def suffix(self) -> str:
        """How its file's name ends."""
        return ".png" if self.quality is None else ".jpg"

    def save(self, path: Path) -> None:
        """Writes the file."""
        if self.quality is None:
            self.image.save(path)
        else:
            self.image.save(path, quality=self.quality)


def lit(surface: Surface, random: np.random.Generator, *, shadow: float = 0.5) -> Surface:
    """Puts a lamp to one side and, with a probability, something into its light that throws a shadow."""
    size = surface.shape[0], surface.shape[1]
    light = _falling(size, random)
    if random.random() < shadow:
        light = light * _shadow(size, random)
    return surface * light[..., None]


def mirrored(surface: Surface, random: np.random.Generator) -> Surface:
    """Adds the light of a lamp or two, which the surface mirrors."""
    size = surface.shape[0], surface.shape[1]
    down, right = np.arange(size[0])[:, None], np.arange(size[1])
    for _ in range(random.integers(1, 3)):
        middle, wide = random.uniform(0, size), max(size) * random.uniform(0.03, 0.12, 2)
        light = np.exp(-(((down - middle[0]) / wide[0]) ** 2) - ((right - middle[1]) / wide[1]) ** 2)
        surface = surface + (random.uniform(120, 260) * light[..., None]).astype(np.float32)
    return surface


def aslant(sheet: Surface, desk: Surface, random: np.random.Generator) -> Surface:
    """Lays a sheet on a desk and looks at it from the side."""
    size = desk.shape[0], desk.shape[1]
    scale = min(size[0] / sheet.shape[0], size[1] / sheet.shape[1]) * random.uniform(0.7, 0.95)
    height, width = sheet.shape[0] * scale, sheet.shape[1] * scale
    corners = np.array([(-width, -height), (width, -height), (width, height), (-width, height)]) / 2
    angle = math.radians(random.uniform(-20, 20))
    turned = corners @ np.array([(math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))])
    towards = random.uniform(-0.5, 0.5, 2) / max(height, width)
    flat = random.uniform(0.6, 1)  # as high as it seems
    seen = turned / (1 + turned @ towards)[:, None] * (1, flat) * 0.9 + np.array(size[::-1]) / 2
    laid = _warped(sheet, seen, size)
    cover = _warped(np.full_like(sheet, 255), seen, size) / np.float32(255)
    seen_desk: Surface = desk * (1 - cover) + laid * cover
    return seen_desk


def _warped(sheet: Surface, corners: npt.NDArray[np.float64], size: Size) -> Surface:
    """The sheet with its corners, clockwise from the upper left one, at those places (4, 2: right, down)."""
    height, width = sheet.shape[:2]
    known, rows = [(0, 0), (width, 0), (width, height), (0, height)], []
    for (right, down), (x, y) in zip(corners.tolist(), known, strict=True):
        rows += [
            [right, down, 1, 0, 0, 0, -x * right, -x * down],
            [0, 0, 0, right, down, 1, -y * right, -y * down],
        ]
    way = np.linalg.solve(np.array(rows), np.array(known, np.float64).ravel())
    image = _image(sheet).transform(size[::-1], Image.Transform.PERSPECTIVE, way.tolist(), Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32)


def photographed(surface: Surface, random: np.random.Generator) -> Picture:
    """Takes a photograph: colour cast, blur, noise, JPEG."""
    image = _image(surface * random.uniform(0.96, 1.02, 3).astype(np.float32))
    blurred = np.asarray(image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 1.6))), np.float32)
    return Picture(_noisy(blurred, random, random.uniform(1, 6)), int(random.integers(55, 93)))


def scanned(surface: Surface, random: np.random.Generator) -> Picture:
    """Scans it: even light, sharp, little noise; in colour or grey, as PNG or JPEG."""
    image = _image(surface).filter(ImageFilter.GaussianBlur(random.uniform(0.2, 0.7)))
    image = _noisy(np.asarray(image, np.float32), random, random.uniform(0.5, 3))
    grey = random.random() < 0.5
    return Picture(
        image.convert("L") if grey else image, int(random.integers(60, 95)) if random.random() < 0.5 else None
    )


def captured(surface: Surface) -> Picture:
    """Takes it as it is on the screen."""
    return Picture(_image(surface))


def _falling(size: Size, random: np.random.Generator) -> Cover:
    """How much light each place has, 1 where it is full: it falls off to one side, and towards the corners."""
    down, right = np.linspace(-1, 1, size[0], dtype=np.float32)[:, None], np.linspace(-1, 1, size[1], dtype=np.float32)
    to_side, angle = random.uniform(0, 0.28), random.uniform(0, 2 * math.pi)
    slope = np.float32(math.cos(angle)) * down + np.float32(math.sin(angle)) * right
    light = 1 - to_side * (1 + slope) / 1.4 - random.uniform(0, 0.12) * (down**2 + right**2)
    return light.astype(np.float32)


def _shadow(size: Size, random: np.random.Generator) -> Cover:
    """How much light a shadow with a soft edge leaves, straight or round."""
    angle = random.uniform(0, 2 * math.pi)
    across, along = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    down = np.arange(size[0], dtype=np.float32)[:, None] - np.float32(size[0] * random.uniform(0.2, 0.8))
    right = np.arange(size[1], dtype=np.float32) - np.float32(size[1] * random.uniform(0.2, 0.8))
    beyond = down * across + right * along
    if random.random() < 0.5:
        radius = np.float32(max(size) * random.uniform(0.3, 1))
        beyond = np.hypot(down + radius * across, right + radius * along) - radius
        if random.random() < 0.5:
            beyond = -beyond
    softness = max(size) * random.uniform(0.01, 0.12)
    dark = (beyond / np.float32(softness) + 0.5).clip(0, 1)
    left: Cover = 1 - np.float32(random.uniform(0.2, 0.5)) * dark * dark * (3 - 2 * dark)
    return left


def _noisy(shades: Surface, random: np.random.Generator, strength: float) -> Image.Image:
    return _image(shades + random.standard_normal(shades.shape, np.float32) * np.float32(strength))


def _image(surface: Surface) -> Image.Image:
    return Image.fromarray(surface.round().clip(0, 255).astype(np.uint8))
