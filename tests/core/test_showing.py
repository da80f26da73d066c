"""Pictures as people are shown them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.images import trace
from mnist_core.showing import fitted, inked, showable


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"])
def test_every_mode_can_be_shown(mode: str) -> None:
    drawn = Image.new("L", (300, 100), 255)
    ImageDraw.Draw(drawn).rectangle((100, 0, 199, 99), 0)
    picture = drawn.convert("RGB").convert("LAB") if mode == "LAB" else drawn.convert(mode)

    shown = showable(picture, 90)

    assert (shown.mode, shown.size) == ("RGB", (90, 30))
    pixels = np.asarray(shown)
    assert (pixels[15, 45] < 10).all()
    assert (pixels[15, [10, 80]] > 245).all()


def test_behind_what_is_transparent_there_are_checks() -> None:
    picture = Image.new("RGBA", (100, 100))
    ImageDraw.Draw(picture).rectangle((0, 0, 49, 99), (0, 0, 255, 255))

    pixels = np.asarray(showable(picture, 100))

    assert (pixels[:, :50] == (0, 0, 255)).all()
    assert {tuple(color) for color in pixels[:, 50:].reshape(-1, 3)} == {(255, 255, 255), (222, 218, 226)}


@pytest.mark.parametrize(
    ("size", "expected"), [((28, 28), (84, 84)), ((400, 200), (100, 50)), ((1, 3000), (1, 100)), ((99, 60), (99, 60))]
)
def test_small_pictures_grow_by_whole_pixels_and_large_ones_shrink(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert fitted(Image.new("L", size), 100).size == expected


def test_ink_has_a_color_of_its_own_above_what_was_left_out() -> None:
    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).line([(30, 20), (70, 20), (40, 80)], 0, 8, "curve")
    steps = trace(picture)

    pixels = np.asarray(inked(steps, "#56b4e9"))

    assert (pixels[steps.ink == 255] == (0x56, 0xB4, 0xE9)).all()
    assert (pixels[steps.ink == 0].max(axis=1) <= 0.4 * steps.grey[steps.ink == 0]).all()
