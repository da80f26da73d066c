"""Lines of paper and forms, and strokes that lie along them."""

import numpy as np

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
