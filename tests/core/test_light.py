"""Uneven light on paper, and ink that is not to be taken for it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.images import to_mnist, trace
from mnist_core.light import flattened, is_of_two_shades


def thick_two(size: int) -> Image.Image:
    """A two by a pen so thick that it fills nearly half of a picture cut close, dark on light."""
    image = Image.new("L", (size, size), 230)
    points = [(0.2, 0.25), (0.45, 0.15), (0.7, 0.3), (0.55, 0.55), (0.25, 0.8), (0.5, 0.78), (0.82, 0.8)]
    scaled = [(x * size, y * size) for x, y in points]
    pen = ImageDraw.Draw(image)
    pen.line(scaled, fill=40, width=round(size * 0.26), joint="curve")
    for x, y in scaled:
        pen.ellipse((x - size * 0.13, y - size * 0.13, x + size * 0.13, y + size * 0.13), fill=40)
    return image


@pytest.mark.parametrize("size", [60, 140, 400])
def test_thick_ink_that_fills_the_picture_is_not_taken_for_a_shadow(size: int) -> None:
    even = thick_two(size)
    falling = np.linspace(1, 0.8, size)[:, None] * np.linspace(0.9, 1, size)
    noise = np.random.default_rng(0).normal(0, 3, (size, size))
    photograph = (np.asarray(even) * falling + noise).clip(0, 255).astype(np.uint8)

    differs = (to_mnist(photograph) >= 128) != (to_mnist(even) >= 128)

    assert differs.sum() <= 60  # alike but for edges, and a pixel to one side


def test_a_lamp_to_one_side_leaves_the_paper_flat_and_the_ink_as_strong() -> None:
    size = 200
    paper = np.linspace(20, 120, size)[None, :].repeat(size, axis=0)
    paper[80:120, 95:105] += 100

    strength, noise = flattened(paper.astype(np.uint8))

    ink = np.zeros((size, size), bool)
    ink[80:120, 95:105] = True
    assert strength[~ink].max() <= 5
    assert strength[ink].min() >= 90
    assert noise <= 2


def test_a_shadow_over_half_of_a_small_picture_is_no_ink() -> None:
    """Where thick ink alone is as wide as the shadow, and blurred as much."""
    image = Image.new("L", (48, 48), 230)
    ImageDraw.Draw(image).line([(14, 10), (34, 10), (20, 38)], fill=60, width=5, joint="curve")
    shaded = np.asarray(image).copy()
    shaded[:, :22] = shaded[:, :22] * 0.7

    box, expected = trace(shaded).box, trace(image).box

    assert box is not None
    assert expected is not None
    assert np.abs(np.subtract(box, expected)).max() <= 2


def thick_seven(side: int = 120) -> Image.Image:
    """Light on dark; it fills the picture."""
    image = Image.new("L", (side, side), 20)
    points = [(side * x // 100, side * y // 100) for x, y in ((10, 12), (88, 12), (40, 96))]
    ImageDraw.Draw(image).line(points, fill=220, width=side // 6, joint="curve")
    return image


@pytest.mark.parametrize("spoiled", ["", "lamp", "shadow", "wide", "two"])
def test_paper_and_a_digit_are_of_two_shades_without_a_lamp_or_a_shadow(spoiled: str) -> None:
    """A lamp makes paper of many, a shadow is of another than the ink that it touches, or wider, or apart from it."""
    plane = np.asarray(thick_seven()).copy()
    paper = plane < 120
    if spoiled == "lamp":
        plane = np.where(paper, plane + np.linspace(0, 150, 120), plane).astype(np.uint8)
    elif spoiled == "shadow":
        shadow = np.zeros_like(paper)
        shadow[:, :26] = shadow[94:] = True  # more of it than ink, and no wider than a stroke may be
        plane, paper = np.where(paper & shadow, 110, plane), paper & ~shadow
    elif spoiled == "wide":
        plane[:70, :70], paper[:70, :70] = 220, False
    elif spoiled == "two":
        plane[90:, :20], paper[90:, :20] = 220, False

    assert is_of_two_shades(plane, paper) == (not spoiled)
