"""Whether a picture is dark on light or light on dark."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.shades import is_dark_on_light
from support import cut_out, draw_digit

Plane = npt.NDArray[np.uint8]


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("place", [(60, 40), (250, 180), (50, 190)])
def test_a_thin_stroke_tells_the_paper_where_most_of_it_lies_in_the_dark(
    place: tuple[int, int], inverted: bool
) -> None:
    """A lamp lights the middle of the sheet, which differs more from what is around it than the stroke does."""
    height, width = 260, 340
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    paper = 130 + 60 * np.exp(-1.0 * (down**2 + across**2))
    stroke = Image.new("L", (width, height))
    ImageDraw.Draw(stroke).line((*place, place[0] - 4, place[1] + 36), fill=255, width=3)
    shades = (paper * (1 - 0.5 * np.asarray(stroke) / 255)).astype(np.uint8)

    assert is_dark_on_light(255 - shades if inverted else shades) != inverted


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("pen", [1, 2, 4])
def test_a_one_that_is_cut_close_is_not_paper_within_a_border(pen: int, inverted: bool) -> None:
    bar = np.pad(np.full((20, pen), 255, np.uint8), 1)

    assert is_dark_on_light(~bar if inverted else bar) == inverted


def test_a_narrow_canvas_within_a_border_is_paper() -> None:
    canvas = np.full((60, 24), 255, np.uint8)
    canvas[15:45, 11:13] = 0

    assert is_dark_on_light(np.pad(canvas, 1))


def drawn_on(sheet: npt.NDArray[np.float64], pen: int, strength: npt.NDArray[np.float64] | float) -> Plane:
    """A sheet of 400 x 400 on which a seven takes so much of the light."""
    stroke = Image.new("L", (400, 400))
    ImageDraw.Draw(stroke).line((140, 90, 240, 100, 180, 300), fill=1, width=pen, joint="curve")
    return (sheet - strength * np.asarray(stroke)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("falling", "pen"), [(2.5, 9), (4, 5)])
def test_a_flash_lights_the_middle_of_a_white_sheet(falling: float, pen: int, inverted: bool) -> None:
    """Most of the sheet, and all of its border, is darker than its middle; and where it is mirrored, it is brighter."""
    down, across = np.mgrid[-0.5:0.5:400j, -0.5:0.5:400j]
    lit = 150 * np.exp(-falling * (down**2 + across**2))
    mirrored = 60 * np.exp(-150 * ((down - 0.1) ** 2 + (across - 0.25) ** 2))
    shades = drawn_on(lit + mirrored, pen, 0.65 * (lit + mirrored))

    assert is_dark_on_light(255 - shades if inverted else shades) != inverted


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("pen", [5, 9])
def test_pale_ink_tells_the_paper_in_light_that_differs_more(pen: int, inverted: bool) -> None:
    down, across = np.mgrid[-1:1:400j, -1:1:400j]
    shades = drawn_on(190 - 60 * (down**2 + across**2) + 20 * across, pen, 10)

    assert is_dark_on_light(255 - shades if inverted else shades) != inverted


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("size", [64, 96, 200])
@pytest.mark.parametrize("digit", [2, 5])
def test_a_thick_digit_that_fills_its_picture_is_not_taken_for_light(digit: int, size: int, inverted: bool) -> None:
    """Ink and paper are of one shade each, so that no light is to be taken off."""
    shades = np.asarray(Image.fromarray(cut_out(draw_digit(digit, pen=24))).resize((size, size)))

    assert is_dark_on_light(255 - shades if inverted else shades) != inverted
