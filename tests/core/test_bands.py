"""Black bands along a picture's sides are taken off, and strokes are not."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.bands import without_bands
from mnist_core.images import to_mnist

Plane = npt.NDArray[np.uint8]

SIZE = 400


def six(ink: int = 200) -> Plane:
    image = Image.new("L", (SIZE, SIZE), 250)
    pen = ImageDraw.Draw(image)
    pen.line([(230, 110), (180, 170), (165, 240)], fill=ink, width=10, joint="curve")
    pen.ellipse((165, 200, 245, 280), outline=ink, width=10)
    return np.array(image)


def banded(sheet: Plane, sides: list[int], thick: int) -> Plane:
    """With ragged black bands along sides: 0 is the top, 1 the right one."""
    random = np.random.default_rng(0)
    copy = sheet.copy()
    for side in sides:
        waves = sum(np.sin(np.arange(SIZE) / length + random.uniform(0, 6)) for length in (9, 17, 40))
        depth = thick * (1 + 0.2 * np.asarray(waves))
        turned = np.rot90(copy, side)
        turned[np.arange(SIZE)[:, None] < depth] = 25
    return copy


@pytest.mark.parametrize("sides", [[0], [0, 1], [2, 3]])
@pytest.mark.parametrize("thick", [6, 12])
def test_what_a_copier_leaves_along_the_sides_changes_nothing(sides: list[int], thick: int) -> None:
    sheet = six()

    seen, expected = to_mnist(banded(sheet, sides, thick)), to_mnist(sheet)

    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.98


def test_the_bar_of_a_seven_cut_close_is_no_band() -> None:
    image = Image.new("L", (200, 300), 255)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 200, 30), fill=0)
    pen.line([(185, 15), (80, 300)], fill=0, width=30)
    seven = np.asarray(image)

    assert without_bands(seven) is seven


def test_dark_ground_is_no_band() -> None:
    chalk = 255 - six(20)

    assert without_bands(chalk) is chalk
