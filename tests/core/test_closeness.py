"""Pictures that are cut close to their digit, which then touches all sides."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.closeness import is_cut_close
from mnist_core.images import to_mnist
from mnist_core.shades import is_dark_on_light
from support import STROKES, around_ink, cut_out, draw_digit

Plane = npt.NDArray[np.uint8]


def photographed(picture: Image.Image) -> Plane:
    shades = np.asarray(picture) + np.random.default_rng(0).normal(0, 3, (picture.height, picture.width))
    return shades.clip(0, 255).astype(np.uint8)


def assert_same_digit(image: Plane, expected: Plane) -> None:
    """But for the shades of edges, and a pixel to one side."""
    ink = expected >= 128
    moved = [np.roll(image >= 128, step, (0, 1)) for step in itertools.product((-1, 0, 1), repeat=2)]
    assert min((other != ink).sum() for other in moved) <= 0.25 * ink.sum()


@pytest.mark.parametrize("is_photograph", [False, True])
@pytest.mark.parametrize("pen", [2, 4, 8, 16])
@pytest.mark.parametrize("digit", STROKES)
def test_a_digit_is_seen_the_same_when_it_is_cut_close(digit: int, pen: int, is_photograph: bool) -> None:
    whole = draw_digit(digit, pen)
    shades = photographed(whole) if is_photograph else np.asarray(whole)
    expected = to_mnist(shades)

    close = shades[around_ink(whole)]

    assert_same_digit(to_mnist(close), expected)
    assert_same_digit(to_mnist(255 - close), expected)


def stretched(digit: int, pen: int) -> Plane:
    """A digit in 16 x 16 pixels of two shades, from side to side: so are those of some collections."""
    small = Image.fromarray(cut_out(draw_digit(digit, pen))).resize((16, 16), Image.Resampling.BOX)
    return np.where(np.asarray(small) < 130, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("digit", "pen"), [*itertools.product((0, 2, 4, 5, 7), (12, 20, 24)), (5, 28)])
def test_ink_that_takes_most_of_a_small_picture_is_no_paper(digit: int, pen: int) -> None:
    close = stretched(digit, pen)
    expected = to_mnist(np.pad(close, 8, constant_values=255))

    assert_same_digit(to_mnist(close), expected)
    assert_same_digit(to_mnist(255 - close), expected)


@pytest.mark.parametrize("size", [28, 48, 200])
def test_paper_that_reaches_all_sides_between_dark_corners_is_no_ink(size: int) -> None:
    sheet = np.array(draw_digit(2, pen=8).resize((size, size)))
    down, right = (np.indices(sheet.shape) - (size - 1) / 2) / size
    sheet[down**2 + right**2 > 0.3] = 30

    assert is_dark_on_light(sheet)
    assert not is_dark_on_light(255 - sheet)


@pytest.mark.parametrize("size", [28, 40, 56])
def test_blank_paper_between_soft_dark_corners_is_no_ink(size: int) -> None:
    down, right = (np.indices((size, size)) - (size - 1) / 2) / size
    lit = 1 / (1 + np.exp((down**2 + right**2 - 0.3) / 0.05))
    sheet = (230 * (0.15 + 0.85 * lit)).astype(np.uint8)

    assert is_dark_on_light(sheet)
    assert not is_dark_on_light(255 - sheet)


def test_a_grid_or_a_frame_that_reaches_all_sides_is_no_digit() -> None:
    grid = Image.new("L", (200, 200))
    draw = ImageDraw.Draw(grid)
    for place in (40, 100, 160):
        draw.line((place, 0, place, 199), fill=255, width=6)
        draw.line((0, place, 199, place), fill=255, width=6)
    frame = Image.new("L", (200, 200))
    ImageDraw.Draw(frame).rectangle((0, 0, 199, 199), outline=255, width=6)

    assert not is_cut_close(np.asarray(grid) > 0)
    assert not is_cut_close(np.asarray(frame) > 0)


def test_something_beside_it_tells_that_a_picture_is_not_cut_close_to_a_digit() -> None:
    sheet = draw_digit(4, pen=8)
    mask = np.asarray(sheet) < 128
    close = cut_out(sheet) < 128
    beside = close.copy()
    beside[5:40, 5:25] = True

    assert is_cut_close(close)
    assert not is_cut_close(beside)
    assert not is_cut_close(mask)


@pytest.mark.parametrize("digit", [0, 2])
def test_thick_strokes_from_top_to_bottom_are_no_lines(digit: int) -> None:
    """There is paper at both sides, so that the picture is not cut close all around."""
    sheet = draw_digit(digit, pen=20)
    close = cut_out(sheet)
    beside = (len(close) - close.shape[1]) // 2

    seen = to_mnist(np.pad(close, ((0, 0), (beside, beside)), constant_values=230))

    assert_same_digit(seen, to_mnist(sheet))
