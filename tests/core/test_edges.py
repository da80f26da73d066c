"""Places where one shade ends and another begins, which are no strokes."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.edges import is_edge
from mnist_core.images import to_mnist

Values = npt.NDArray[np.float64]


def beyond_a_line(size: int, angle: float, off: float = 0.0) -> Values:
    """How far each pixel is beyond a line that passes the middle of a square so far away."""
    down, right = np.indices((size, size)) - (size - 1) / 2
    distance: Values = right * np.cos(angle) + down * np.sin(angle) - off * size
    return distance


def half_dark(size: int, angle: float, off: float, soft: float) -> Values:
    """A blank sheet of which a half lies in shadow."""
    lit = (1 + np.tanh(beyond_a_line(size, angle, off) / soft)) / 2
    sheet: Values = 225 * (0.5 + 0.5 * lit)
    return sheet


@pytest.mark.parametrize("soft", [0.3, 2])
@pytest.mark.parametrize(("angle", "off"), [(0.0, 0.1), (np.pi / 2, -0.2), (0.3, 0.0), (-0.7, 0.1)])
@pytest.mark.parametrize("size", [20, 40, 60, 140, 300])
def test_a_blank_sheet_of_which_a_half_is_dark_is_blank(size: int, angle: float, off: float, soft: float) -> None:
    sheet = half_dark(size, angle, off, soft)
    noise = np.random.default_rng(0).normal(0, 1, sheet.shape)

    assert not to_mnist(sheet.astype(np.uint8)).any()
    assert not to_mnist((sheet + noise).clip(0, 255).astype(np.uint8)).any()


@pytest.mark.parametrize("size", [140, 300])
def test_a_one_beside_which_a_shadow_ends_is_a_stroke(size: int) -> None:
    sheet = half_dark(size, 0.0, 0.0, 1.0)
    stroke = np.abs(beyond_a_line(size, 0.0)) < size / 20
    stroke[: size // 5] = stroke[-size // 5 :] = False
    sheet[stroke] *= 0.3
    shades = sheet.astype(np.uint8)

    assert not is_edge(255 - shades, stroke)
    image = to_mnist(shades)
    assert np.flatnonzero((image >= 128).any(axis=1)).size >= 18
    assert np.flatnonzero((image >= 128).any(axis=0)).size <= 6


def test_what_lies_along_a_side_of_the_picture_from_border_to_border_is_an_area() -> None:
    plane = np.zeros((60, 80), np.uint8)
    area = np.zeros(plane.shape, bool)
    area[:, 50:] = True
    stroke = np.zeros(plane.shape, bool)
    stroke[:, 40:50] = True
    plane[area | stroke] = 200

    assert is_edge(plane, area)
    assert not is_edge(plane[:, 45:60], area[:, 45:60])  # a picture cut close to a one
    assert not is_edge(np.where(stroke, plane, 0).astype(np.uint8), stroke)


def test_what_lies_along_a_part_of_a_side_is_a_stroke() -> None:
    """A thick digit that reaches three sides fills as much of its box."""
    eight = Image.new("1", (60, 60))
    pen = ImageDraw.Draw(eight)
    pen.ellipse((0, 0, 46, 32), fill=1)
    pen.ellipse((0, 26, 46, 59), fill=1)
    for top in (10, 38):
        pen.rectangle((20, top, 26, top + 10), fill=0)
    ink = np.asarray(eight)

    assert not is_edge((ink * 200).astype(np.uint8), ink)


@pytest.mark.parametrize("size", [16, 20, 24])
def test_a_loop_that_is_as_thick_as_it_reaches_the_border_is_a_stroke(size: int) -> None:
    """With soft edges, and white corners beside it, as in pictures that are cut close."""
    big = Image.new("L", (8 * size, 8 * size))
    pen = ImageDraw.Draw(big)
    pen.ellipse((0, -4, 8 * size, 8 * size + 4), outline=255, width=2 * size)
    plane = np.asarray(big.resize((size, size)))

    assert not is_edge(plane, plane >= 64)
    assert (to_mnist(255 - plane)[6:22, 6:22] >= 128).any(axis=1).all()
    assert (to_mnist(255 - plane)[12:16, 12:16] < 64).all()
