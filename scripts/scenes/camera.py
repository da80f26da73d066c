"""What light, a camera and a scanner make of a surface."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
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
