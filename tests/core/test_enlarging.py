"""Pictures that were enlarged, by repeating pixels or smoothly."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter
from sklearn.datasets import load_digits

from mnist_core.enlarging import at_own_size, unblurred
from mnist_core.images import to_mnist
from support import draw_digit


def random_picture(mode: str) -> Image.Image:
    """Nine pixels wide and seven high."""
    shades = np.random.default_rng(0).integers(0, 256, (7, 9, 3), np.uint8)
    return Image.fromarray(shades).convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("factor", [2, 3, 20])
def test_an_enlarged_picture_comes_back(mode: str, factor: int) -> None:
    picture = random_picture(mode)

    back = at_own_size(picture.resize((9 * factor, 7 * factor), Image.Resampling.NEAREST))

    assert back.mode == picture.mode
    assert back.convert("RGBA").tobytes() == picture.convert("RGBA").tobytes()


@pytest.mark.parametrize("place", [(0, 0), (1, 1), (333, 222), (719, 559)])
def test_a_picture_of_which_one_pixel_is_not_repeated_stays(place: tuple[int, int]) -> None:
    picture = random_picture("RGB").resize((720, 560), Image.Resampling.NEAREST)
    picture.putpixel(place, (1, 2, 3))

    assert at_own_size(picture) is picture


def test_a_drawing_of_less_than_eight_squares_stays() -> None:
    """It is a drawing of straight strokes, or blank, and no digit was ever so small."""
    drawing = random_picture("L").crop((0, 0, 7, 7)).resize((70, 70), Image.Resampling.NEAREST)
    blank = Image.new("L", (300, 200), 255)

    assert at_own_size(drawing) is drawing
    assert at_own_size(blank) is blank


def test_a_photograph_stays() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8))

    assert at_own_size(picture) is picture


@pytest.mark.parametrize("factor", [4, 16])
def test_a_digit_of_eight_by_eight_pixels_is_seen_the_same_when_enlarged(factor: int) -> None:
    """Of its squares, each as large as a stroke is wide, none is taken for a line or a thing of its own."""
    for digit in load_digits().images[:100]:
        shades = (digit * (255 / 16)).astype(np.uint8)

        enlarged = np.kron(shades, np.ones((factor, factor), np.uint8))

        np.testing.assert_array_equal(to_mnist(enlarged), to_mnist(shades))


# --- smoothly

SMOOTHLY = [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS]


def smooth(size: int) -> npt.NDArray[np.uint8]:
    """Hills as wide as a fifth of the picture."""
    down, right = np.indices((size, size)) * (2 * np.pi * 5 / size)
    shades: npt.NDArray[np.uint8] = (127 + 60 * np.sin(down) + 60 * np.cos(right)).astype(np.uint8)
    return shades


@pytest.mark.parametrize("how", SMOOTHLY)
@pytest.mark.parametrize("size", [(300, 300), (261, 403)])
def test_a_smoothly_enlarged_picture_becomes_smaller_and_nothing_is_lost(
    size: tuple[int, int], how: Image.Resampling
) -> None:
    picture = np.asarray(Image.fromarray(smooth(40)).resize(size, how))

    small = unblurred(picture)

    assert 28 <= min(small.shape) < 60
    again = np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))
    assert np.abs(again.astype(int) - picture).max() <= 0.06 * 240


def with_noise(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    shades = 20 + 0.8 * picture + np.random.default_rng(0).normal(0, 3, picture.shape)
    return shades.clip(0, 255).astype(np.uint8)


def test_noise_alone_is_not_what_is_lost() -> None:
    assert max(unblurred(with_noise(smooth(300))).shape) <= 150


def test_what_has_a_sharp_edge_or_is_small_stays() -> None:
    drawing = np.asarray(draw_digit(2, pen=3))

    for picture in (drawing, with_noise(drawing), smooth(55)):
        np.testing.assert_array_equal(unblurred(picture), picture)


def test_pale_ink_counts_as_much_as_dark_ink() -> None:
    pale = (220 + np.asarray(draw_digit(2, pen=3)).astype(int) // 10).astype(np.uint8)

    np.testing.assert_array_equal(unblurred(pale), pale)


def test_the_light_on_the_paper_is_not_what_ink_is_measured_by() -> None:
    digit = np.asarray(
        draw_digit(2, pen=5).resize((400, 400), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1))
    )
    light = np.linspace(40, 230, 400)[:, None]
    pale = (light + 12 * (digit / 255.0 - 1)).astype(np.uint8)

    np.testing.assert_array_equal(unblurred(pale), pale)


def test_a_blank_picture_stays() -> None:
    blank = np.full((300, 200), 250, np.uint8)

    np.testing.assert_array_equal(unblurred(blank), blank)


@pytest.mark.parametrize("how", SMOOTHLY)
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_digit_of_eight_by_eight_pixels_is_seen_alike_when_enlarged_smoothly(
    how: Image.Resampling, light_on_dark: bool
) -> None:
    """Its edges are as soft as its strokes are wide, and these reach the border: neither is light."""
    alike = 0
    for digit in load_digits().images[:100]:
        shades = (digit * (255 / 16)).astype(np.uint8)
        image = Image.fromarray(shades if light_on_dark else 255 - shades)

        enlarged = to_mnist(np.asarray(image.resize((160, 160), how)))

        if enlarged.any():
            alike += bool(np.corrcoef(enlarged.ravel(), to_mnist(shades).ravel())[0, 1] > 0.8)
    assert alike >= 90
