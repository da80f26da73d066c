"""Dots that stand for grey become grey again, and what has none stays sharp."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.dither import undithered
from mnist_core.images import to_mnist

BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) * 16 + 8


def two(paper: int = 200, ink: int = 90, width: int = 14) -> Image.Image:
    image = Image.new("L", (300, 340), paper)
    ImageDraw.Draw(image).line(
        [(90, 110), (130, 70), (190, 90), (190, 140), (90, 260), (210, 262)], fill=ink, width=width, joint="curve"
    )
    return image


def dithered(image: Image.Image, pattern: str) -> Image.Image:
    if pattern == "spread errors":
        return image.convert("1")
    height, width = image.height, image.width
    thresholds = np.tile(BAYER, (-(-height // 4), -(-width // 4)))[:height, :width]
    return Image.fromarray(np.asarray(image) > thresholds)


def likeness(seen: npt.NDArray[np.uint8], expected: npt.NDArray[np.uint8]) -> float:
    """The correlation of what the model sees with what it should."""
    return float(np.corrcoef(seen.ravel(), expected.ravel())[0, 1]) if seen.any() else 0.0


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("pattern", ["spread errors", "ordered"])
@pytest.mark.parametrize("ink", [40, 110])
def test_grey_paper_and_ink_that_a_fax_shows_as_dots_are_read(pattern: str, ink: int, mode: str) -> None:
    grey = two(ink=ink)

    assert likeness(to_mnist(dithered(grey, pattern).convert(mode)), to_mnist(grey)) > 0.85


@pytest.mark.parametrize("width", [1, 3, 14])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_drawing_in_black_and_white_stays_sharp(width: int, inverted: bool) -> None:
    drawing = (two(0, 255, width) if inverted else two(255, 0, width)).convert("1", dither=Image.Dither.NONE)

    assert undithered(drawing) is drawing


def test_specks_of_dust_on_a_scan_in_black_and_white_leave_it_sharp() -> None:
    random = np.random.default_rng(0)
    pixels = np.asarray(two(255, 0)) > 128
    scan = Image.fromarray(pixels ^ (random.random(pixels.shape) < 0.004))

    assert undithered(scan) is scan


def test_a_small_drawing_of_single_pixels_stays_sharp() -> None:
    drawing = Image.fromarray(np.eye(28, dtype=bool))  # no pixel of a slanted line has a neighbour

    assert undithered(drawing) is drawing
