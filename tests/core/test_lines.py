"""Lines of paper and forms, and strokes that lie along them."""

import numpy as np
from PIL import Image, ImageDraw

from mnist_core.lines import line_pixels


def test_a_stroke_that_lies_along_a_line_is_told_from_it_by_its_strength() -> None:
    """Together they are hardly thicker than the line alone."""
    strength = np.zeros((200, 300), np.uint8)
    strength[100:103] = 90
    strength[103:105, 100:160] = 250

    line = line_pixels(strength > 0, strength)

    assert line[101, :100].all()
    assert line[101, 160:].all()
    assert not line[103:105, 110:150].any()


def test_a_stroke_from_one_line_of_a_grid_to_the_next_is_none() -> None:
    """Along it, and along the lines that it goes between, there is ink nearly all the way."""
    grid = Image.new("L", (507, 458))
    pen = ImageDraw.Draw(grid)
    for place in range(20, 507, 46):
        pen.line((place, 0, place, 457), fill=90)
        pen.line((0, place, 506, place), fill=90)
    pen.line((300, 110, 260, 330), fill=130, width=18)
    strength = np.asarray(grid)

    line = line_pixels(strength > 0, strength)

    assert line[:, [20, 66, 250, 434]].any(axis=0).all()
    assert np.count_nonzero(line & (strength == 130)) < 0.2 * np.count_nonzero(strength == 130)
