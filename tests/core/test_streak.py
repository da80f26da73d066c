"""A streak from dirt on a copier's glass is filled, and strokes are not."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.images import to_mnist
from mnist_core.streak import without_streak

Plane = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 500, 400


def nine(ink: int = 90) -> Plane:
    image = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(image)
    pen.ellipse((150, 140, 240, 230), outline=ink, width=12)
    pen.line([(234, 185), (215, 340)], fill=ink, width=12)
    noise = np.random.default_rng(0).normal(0, 2, (HEIGHT, WIDTH))
    sheet: Plane = (np.asarray(image) + noise).clip(0, 255).astype(np.uint8)
    return sheet


@pytest.mark.parametrize("column", [120, 146, 195, 228])
@pytest.mark.parametrize("darker", [40, 100])
@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("turned", [False, True])
def test_a_streak_beside_and_through_a_digit_changes_little(column: int, darker: int, width: int, turned: bool) -> None:
    sheet = nine()
    copy = sheet.copy()
    copy[:, column : column + width] -= np.minimum(copy[:, column : column + width], darker).astype(np.uint8)
    if turned:
        sheet, copy = sheet.T.copy(), copy.T.copy()

    seen, expected = to_mnist(copy), to_mnist(sheet)

    assert np.abs(without_streak(copy).astype(int) - sheet).mean() < 0.2
    assert np.corrcoef(seen.ravel(), expected.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("width", [2, 12])
@pytest.mark.parametrize("way", [((200, 20), (200, 480)), ((200, 0), (215, 500))])
def test_a_stroke_that_ends_or_leans_is_no_streak(way: tuple[tuple[int, int], tuple[int, int]], width: int) -> None:
    image = Image.new("L", (WIDTH, HEIGHT), 245)
    ImageDraw.Draw(image).line(way, fill=60, width=width)
    one = np.asarray(image)

    np.testing.assert_array_equal(without_streak(one), one)


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("noise", [0, 2])
def test_a_one_from_side_to_side_with_nothing_beside_it_is_no_streak(width: int, noise: float) -> None:
    one = np.full((HEIGHT, WIDTH), 245.0)
    one[:, 200 : 200 + width] = 60
    one += np.random.default_rng(0).normal(0, noise, one.shape)
    drawn = one.clip(0, 255).astype(np.uint8)

    np.testing.assert_array_equal(without_streak(drawn), drawn)
