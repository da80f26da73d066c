"""Printed words, and the line to write on, are told from the digit that somebody wrote beside them."""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.images import Steps, trace
from mnist_core.underlines import underline_pixels
from mnist_core.words import is_print, word_pixels

WIDTH, HEIGHT = 480, 360
Points = list[tuple[float, float]]

FIVE: Points = [(36, 0), (4, 0), (2, 28), (25, 27), (37, 43), (27, 65), (0, 64)]
TWO: Points = [(2, 14), (14, 2), (30, 10), (26, 30), (0, 62)]
FOUR: Points = [(14, 0), (0, 44), (46, 44)]
LINES = "Please write the number of persons", "that live in your household", "on the first of January."


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (WIDTH, HEIGHT), 240)
    return image, ImageDraw.Draw(image)


def write(pen: ImageDraw.ImageDraw, digit: Points, left: int, top: int, scale: float = 1, width: int = 6) -> None:
    pen.line([(left + scale * x, top + scale * y) for x, y in digit], fill=50, width=width, joint="curve")


def type_lines(
    pen: ImageDraw.ImageDraw, lines: Sequence[str], left: int, top: int, apart: int, size: int, ink: int = 60
) -> None:
    for number, line in enumerate(lines):
        pen.text((left, top + apart * number), line, fill=ink, font_size=size)


def scanned(image: Image.Image, tilt: float = 0) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, 1, (HEIGHT, WIDTH))
    turned = image.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=240)
    return (np.asarray(turned) + noise).clip(0, 255).astype(np.uint8)


def inked(image: Image.Image) -> npt.NDArray[np.bool_]:
    return np.asarray(image) < 150


def assert_at(steps: Steps, where: tuple[int, ...], away: float = 9) -> None:
    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, where)).max() <= away


@pytest.mark.parametrize("tilt", [0, 2])
@pytest.mark.parametrize("size", [12, 18, 26])
@pytest.mark.parametrize("top", [40, 250])
def test_a_digit_is_read_above_or_below_a_text(top: int, size: int, tilt: float) -> None:
    image, pen = sheet()
    type_lines(pen, LINES, 30, 140, round(1.3 * size), size)
    write(pen, FIVE, 225, top)

    steps = trace(scanned(image, tilt))

    assert_at(steps, (222, top - 3, 265, top + 68), away=9 + 3 * tilt)


@pytest.mark.parametrize("gap", [0, 5])
def test_a_digit_is_read_beside_an_address_in_a_window(gap: int) -> None:
    """The window's line is dashed where there is a gap."""
    image, pen = sheet()
    corners = [(40, 200), (280, 200), (280, 320), (40, 320), (40, 200)]
    for (left, top), (right, bottom) in itertools.pairwise(corners):
        for step in range(0, abs(right - left) + abs(bottom - top), 20):
            along = (np.sign(right - left), np.sign(bottom - top))
            start = left + step * along[0], top + step * along[1]
            pen.line((*start, start[0] + (20 - gap) * along[0], start[1] + (20 - gap) * along[1]), fill=80, width=2)
    type_lines(pen, ("Office of Statistics", "Department of Numbers", "Main Street"), 55, 215, 26, 18)
    write(pen, FIVE, 350, 90)

    assert_at(trace(scanned(image)), (347, 87, 390, 158))


def test_a_digit_is_read_above_a_bar_code() -> None:
    image, pen = sheet()
    for x in range(60, 300, 8):
        pen.line((x, 260, x, 300), fill=40, width=2 + x // 8 % 3)
    write(pen, FIVE, 120, 60)

    assert_at(trace(scanned(image)), (117, 57, 160, 128))


def test_words_on_a_card_are_not_what_was_written_beside_it() -> None:
    image = Image.new("L", (WIDTH, HEIGHT), 190)
    pen = ImageDraw.Draw(image)
    pen.rectangle((30, 210, 290, 330), fill=215)
    type_lines(pen, ("Office of Statistics", "Main Street", "Capital City"), 55, 225, 30, 20, ink=40)
    write(pen, FIVE, 350, 60)

    assert_at(trace(scanned(image)), (347, 57, 390, 128))


def test_digits_of_a_number_are_no_words() -> None:
    """Some are higher than others, as people write them."""
    image, pen = sheet()
    for number, scale in enumerate((1, 0.75, 1.2, 0.9, 1)):
        write(pen, (FIVE, TWO)[number % 2], 40 + 80 * number, 120, scale)

    assert not word_pixels(inked(image)).any()
    assert trace(scanned(image)).digits == 5


def test_without_anything_larger_words_stay() -> None:
    image, pen = sheet()
    type_lines(pen, LINES, 30, 140, 24, 18)

    assert not word_pixels(inked(image)).any()
    assert is_print(inked(image))


def test_bits_of_a_broken_stroke_are_no_word() -> None:
    """There is a larger thing, the rest of the digit, but it is around them."""
    image, pen = sheet()
    pen.line([(200, 80), (300, 82), (235, 240)], fill=50, width=8, joint="curve")
    for x in range(206, 310, 13):
        pen.line((x, 156, x + 8, 166), fill=50, width=5)

    assert not word_pixels(inked(image)).any()


def test_a_digit_is_not_print() -> None:
    image, pen = sheet()
    write(pen, FIVE, 100, 60, scale=3, width=14)

    assert not is_print(inked(image))


@pytest.mark.parametrize("kind", ["solid", "dotted"])
@pytest.mark.parametrize("lift", [0, 8])
@pytest.mark.parametrize("slope", [0, 0.04])
def test_a_digit_is_read_on_the_line_to_write_on(kind: str, lift: int, slope: float) -> None:
    image, pen = sheet()
    pen.text((30, 178), "Persons:", fill=60, font_size=26)
    for x in range(150, 330, 6):
        y = 204 + slope * (x - 150)
        pen.line((x, y, x + (6 if kind == "solid" else 2), y), fill=70, width=2)
    write(pen, FIVE, 200, 136 - lift)

    assert_at(trace(scanned(image)), (197, 133 - lift, 240, 204 - lift))


@pytest.mark.parametrize(
    "strokes",
    [
        [TWO, [(0, 62), (64, 60)]],  # a two with a long foot
        [FOUR, [(34, 20), (30, 66)]],
        [[(30, 0), (30, 66)], [(4, 66), (58, 66)]],  # a one with a foot
        [[(30, 20), (4, 22), (2, 40), (25, 39), (37, 53), (27, 65), (0, 64)], [(0, 0), (90, 2)]],  # a five's top
    ],
)
def test_no_stroke_of_a_digit_is_a_line_to_write_on(strokes: list[Points]) -> None:
    image, pen = sheet()
    for stroke in strokes:
        write(pen, stroke, 150, 80, scale=2.5, width=5)
    plane = scanned(image)

    assert not underline_pixels(plane < 150, 255 - plane).any()


def test_a_postmark_is_not_the_digit() -> None:
    """A ring with waves across it has more ink, and is as high."""
    image, pen = sheet()
    pen.ellipse((40, 30, 130, 120), outline=60, width=3)
    for wave in range(6):
        pen.line([(x, 40 + 14 * wave + 4 * np.sin(x / 12)) for x in range(60, 260, 4)], fill=60, width=3)
    write(pen, FIVE, 330, 220)

    assert_at(trace(scanned(image)), (327, 217, 370, 288))


def test_an_eight_is_no_tangle() -> None:
    """Beside a tick: every column crosses four strokes of it."""
    image, pen = sheet()
    turns = np.linspace(0, 2 * np.pi, 200)
    eight = np.stack([50 * np.sin(2 * turns), -90 * np.cos(turns)], axis=1).tolist()
    write(pen, [(x, y) for x, y in eight], 150, 170, width=4)
    write(pen, [(0, 30), (12, 55), (40, 0)], 300, 110, width=4)

    assert_at(trace(scanned(image)), (98, 78, 203, 263))


@pytest.mark.parametrize("scale", [0.5, 0.6, 0.75])
def test_a_smaller_number_beside_a_digit_is_no_word(scale: float) -> None:
    """Or one digit would be read where several are."""
    image, pen = sheet()
    write(pen, FIVE, 60, 80, 1.6)
    for place, digit in enumerate((TWO, FIVE)):
        write(pen, digit, 180 + round(100 * scale * place), 110, 1.6 * scale)

    assert not word_pixels(inked(image)).any()


def test_a_number_whose_digits_touch_is_no_word() -> None:
    image, pen = sheet()
    write(pen, FIVE, 20, 90, 1.1, width=4)
    for place, digit in enumerate(([*TWO, (40.0, 62.0)], FIVE, [*TWO, (40.0, 62.0)], FIVE)):
        write(pen, digit, 75 + 38 * place, 90, 1.1, width=4)

    assert not word_pixels(inked(image)).any()
    steps = trace(scanned(image))
    assert steps.box is not None
    assert steps.box[2] - steps.box[0] > 180  # all of it, to be refused


def test_crumbs_of_a_stroke_are_no_word() -> None:
    """As chalk leaves them: close to the rest of their digit, and beside its box."""
    image, pen = sheet()
    pen.line([(200, 80), (150, 80), (150, 160), (200, 170), (200, 230), (140, 240)], fill=50, width=12, joint="curve")
    for crumb in range(6):
        pen.line((206 + 9 * crumb, 76, 210 + 9 * crumb, 84), fill=50, width=4)

    assert not word_pixels(inked(image)).any()


def test_a_two_on_a_line_from_edge_to_edge_keeps_its_strokes() -> None:
    image, pen = sheet()
    pen.line((0, 240, WIDTH, 242), fill=90, width=2)
    write(pen, [*TWO, (44.0, 62.0)], 180, 130, 1.7, width=5)

    assert_at(trace(scanned(image)), (177, 131, 257, 242))
