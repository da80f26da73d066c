"""Whether a picture is dark on light or light on dark."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.shades import is_dark_on_light


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
