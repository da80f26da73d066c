"""A digit is read in one of several boxes, as for a post code or a date, whose line it touches."""

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.cells import beside_cells
from mnist_core.images import Steps, trace

WIDTH, HEIGHT = 640, 400
TOP, WIDE, HIGH = 180, 70, 96  # of the boxes
POST_CODE = [60, 140, 220, 300, 380]  # their left sides
DATE = [60, 130, 250, 320, 440, 510]  # two by two


def form(lefts: Sequence[int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("L", (WIDTH, HEIGHT), 240)
    pen = ImageDraw.Draw(sheet)
    for left in lefts:
        pen.rectangle((left, TOP, left + WIDE, TOP + HIGH), outline=90, width=3)
    pen.text((60, TOP - 50), "Please fill in", fill=60, font_size=24)
    return sheet, pen


def write_seven(pen: ImageDraw.ImageDraw, left: int, wide: int = 44) -> tuple[int, ...]:
    top, bottom = TOP + 22, TOP + 84
    pen.line([(left, top), (left + wide, top), (left + wide // 3, bottom)], fill=40, width=7, joint="curve")
    return left, top, left + wide, bottom


def scanned(sheet: Image.Image, tilt: float = 0.0) -> Steps:
    turned = sheet.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=240)
    noise = np.random.default_rng(0).normal(0, 2, (HEIGHT, WIDTH))
    return trace((np.asarray(turned) + noise).clip(0, 255).astype(np.uint8))


def assert_alone(steps: Steps, where: tuple[int, ...]) -> None:
    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, where)).max() <= 14


@pytest.mark.parametrize("tilt", [0, 1])
@pytest.mark.parametrize(("lefts", "number"), [(POST_CODE, 0), (POST_CODE, 2), (POST_CODE, 4), (DATE, 0), (DATE, 3)])
def test_a_digit_that_touches_its_box_is_read_between_empty_ones(
    lefts: Sequence[int], number: int, tilt: float
) -> None:
    sheet, pen = form(lefts)
    where = write_seven(pen, lefts[number] + 24, WIDE - 24)  # up to the right side

    assert_alone(scanned(sheet, tilt), where)


@pytest.mark.parametrize("off", [0, 3, 6])
def test_a_stroke_along_a_side_of_its_box_is_told_from_the_paler_line(off: int) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 240)
    pen = ImageDraw.Draw(sheet)
    for left in POST_CODE:
        pen.rectangle((left, TOP, left + WIDE, TOP + HIGH), outline=170, width=3)
    right = POST_CODE[2] + WIDE - off
    points = [(right - 44, TOP + 14), (right, TOP + 20), (right, TOP + 60), (right - 44, TOP + 84)]
    pen.line(points, fill=40, width=7, joint="curve")

    steps = scanned(sheet)

    assert_alone(steps, (right - 44, TOP + 14, right, TOP + 84))
    stem = steps.ink[TOP + 25 : TOP + 55, right - 8 : right + 9] >= 128
    assert stem.any(axis=1).all()


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_digit_that_touches_its_box_is_read_in_a_column_of_them(number: int) -> None:
    """As on a ballot, with a name beside each."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 240)
    pen = ImageDraw.Draw(sheet)
    for place in range(4):
        top = 20 + 95 * place
        pen.rectangle((60, top, 130, top + 70), outline=90, width=3)
        pen.text((170, top + 10), "Maria Somebody", fill=60, font_size=28)
    top = 20 + 95 * number + 10
    pen.line([(84, top), (128, top), (99, top + 48)], fill=40, width=7, joint="curve")

    assert_alone(scanned(sheet), (84, top, 128, top + 48))


def test_a_digit_is_read_between_two_empty_boxes_with_signs_between() -> None:
    sheet, pen = form([60, 200, 340])
    for left in (150, 290):
        pen.line((left + 12, TOP + 20, left, TOP + 80), fill=90, width=4)
    where = write_seven(pen, 200, 50)

    assert_alone(scanned(sheet), where)


def test_the_box_with_the_digit_may_be_of_dashes() -> None:
    sheet, pen = form(POST_CODE[1:])
    left, right, bottom = POST_CODE[0], POST_CODE[0] + WIDE, TOP + HIGH
    for x in range(left, right, 10):
        for y in (TOP, bottom):
            pen.line((x, y, x + 6, y), fill=90, width=3)
    for y in range(TOP, bottom, 10):
        for x in (left, right):
            pen.line((x, y, x, y + 6), fill=90, width=3)
    where = write_seven(pen, left + 12, WIDE - 30)

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize("numbers", [(0, 1), (1, 2), (3, 4), (1, 3), (0, 1, 2)])
def test_several_digits_in_boxes_are_counted(numbers: tuple[int, ...]) -> None:
    """Whether or not there is an empty box beside each."""
    sheet, pen = form(POST_CODE)
    for number in numbers:
        write_seven(pen, POST_CODE[number] + 26, WIDE - 26)

    assert scanned(sheet).digits == len(numbers)


def squared_paper(pen: ImageDraw.ImageDraw) -> None:
    """With a digit larger than the squares."""
    for at in range(20, WIDTH, 60):
        pen.line((at, 0, at, HEIGHT), fill=90, width=2)
        pen.line((0, at, WIDTH, at), fill=90, width=2)
    write_seven(pen, 230, 130)


def number_with_zeros(pen: ImageDraw.ImageDraw) -> None:
    for left in (60, 260):
        pen.rounded_rectangle((left, TOP, left + 60, TOP + 90), 24, outline=40, width=6)
    write_seven(pen, 160)


def boxes(pen: ImageDraw.ImageDraw, *places: tuple[int, int, int, int]) -> None:
    """Each told by its left side, its top, its width and its height."""
    for left, top, wide, high in places:
        pen.rectangle((left, top, left + wide, top + high), outline=40, width=6)


@pytest.mark.parametrize(
    "places",
    [
        [(60, TOP, 70, 70), (60, TOP + 70, 70, 70)],  # an eight as a clock shows it
        [(60, TOP, 70, 96)],  # a zero, likewise
        [(60, TOP, 70, 96), (160, TOP - 80, 70, 96), (360, TOP - 160, 70, 96)],  # not in a row
        [(40, TOP, 60, 96), (380, TOP, 200, 96)],  # not alike
    ],
)
def test_what_else_is_empty_beside_a_digit_is_no_row_of_boxes(places: list[tuple[int, int, int, int]]) -> None:
    sheet, pen = form([])
    boxes(pen, *places)
    write_seven(pen, 270)
    plane = np.asarray(sheet)

    assert beside_cells(plane < 150, 255 - plane) is None


def test_squares_of_paper_and_squarish_zeros_are_no_row_of_boxes() -> None:
    for draw in (squared_paper, number_with_zeros):
        sheet, pen = form([])
        draw(pen)
        plane = np.asarray(sheet)

        assert beside_cells(plane < 150, 255 - plane) is None
