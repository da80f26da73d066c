"""A digit is read within whatever somebody, or a form, has drawn around it."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.images import trace
from mnist_core.outlines import inside_outlines

WIDTH, HEIGHT = 640, 480
LEFT, TOP = 240, 150  # of the digit


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (WIDTH, HEIGHT), 240)
    return image, ImageDraw.Draw(image)


def write_five(pen: ImageDraw.ImageDraw, left: int = LEFT, top: int = TOP) -> None:
    points = [(50, 0), (5, 0), (2, 40), (35, 38), (52, 60), (38, 92), (0, 90)]
    pen.line([(left + x, top + y) for x, y in points], fill=50, width=8, joint="curve")


def scanned(image: Image.Image) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, 1, (HEIGHT, WIDTH))
    return (np.asarray(image) + noise).clip(0, 255).astype(np.uint8)


def dashed(pen: ImageDraw.ImageDraw, corners: list[tuple[float, float]], dash: float = 8) -> None:
    for (left, top), (right, bottom) in zip(corners, corners[1:] + corners[:1], strict=True):
        length = math.hypot(right - left, bottom - top)
        for start in np.arange(0, length, 2 * dash):
            ends = [
                (left + (right - left) * at / length, top + (bottom - top) * at / length)
                for at in (start, start + dash)
            ]
            pen.line(ends, fill=90, width=4)


SLANTED = [(200.0, 120.0), (330.0, 138.0), (318.0, 276.0), (190.0, 262.0)]


def draw_around(pen: ImageDraw.ImageDraw, shape: str) -> None:
    match shape:
        case "circle":
            pen.ellipse((185, 115, 350, 280), outline=50, width=7)
        case "round corners":
            pen.rounded_rectangle((205, 120, 330, 275), 35, outline=90, width=5)
        case "slanted":
            pen.line([*SLANTED, SLANTED[0]], fill=90, width=4)
        case "dashes":
            dashed(pen, SLANTED)
        case _:
            pen.rectangle((60, 120, 460, 275), outline=90, width=4)  # a row of three
            pen.line((200, 120, 200, 275), fill=90, width=4)
            pen.line((335, 120, 335, 275), fill=90, width=4)


@pytest.mark.parametrize("shape", ["circle", "round corners", "slanted", "dashes", "row"])
@pytest.mark.parametrize("caption", ["", "Age"])
def test_a_digit_is_read_within_what_is_around_it(shape: str, caption: str) -> None:
    image, pen = sheet()
    write_five(pen)
    draw_around(pen, shape)
    pen.text((170, 180), caption, fill=40, font_size=32, anchor="rm")

    steps = trace(scanned(image))

    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, (LEFT, TOP, LEFT + 55, TOP + 96))).max() <= 8


def test_digits_in_two_boxes_are_two() -> None:
    image, pen = sheet()
    draw_around(pen, "row")
    write_five(pen)
    write_five(pen, left=105)

    assert trace(scanned(image)).digits == 2


@pytest.mark.parametrize("half", [30, 45, 60, 75])
@pytest.mark.parametrize("wide", [60, 70, 85])
def test_a_zero_whose_slash_ends_before_its_line_is_no_outline(wide: int, half: int) -> None:
    image, pen = sheet()
    pen.ellipse((300 - wide, 130, 300 + wide, 350), outline=50, width=9)
    pen.line((300 - half * 0.6, 240 + half, 300 + half * 0.6, 240 - half), fill=50, width=9)

    assert inside_outlines(scanned(image) < 150) is None


@pytest.mark.parametrize("lean", [0, 16, 40])
def test_a_one_in_a_circle_is_no_slash(lean: int) -> None:
    image, pen = sheet()
    pen.ellipse((190, 130, 410, 350), outline=50, width=9)
    pen.line((300 + lean, 190, 300 - lean, 290), fill=50, width=9)

    assert inside_outlines(scanned(image) < 150) is not None


def test_of_two_digits_in_an_oval_none_is_read_alone() -> None:
    """Though one of them is so near the oval that it hangs together with it."""
    image, pen = sheet()
    pen.ellipse((190, 100, 400, 290), outline=50, width=7)
    write_five(pen, left=215)
    pen.line([(320, 150), (372, 150), (340, 245)], fill=50, width=8, joint="curve")

    steps = trace(scanned(image))

    assert steps.digits != 1 or steps.box is None or steps.box[2] - steps.box[0] > 100


def test_a_digit_with_a_circle_around_it_is_read_of_several() -> None:
    image, pen = sheet()
    draw_around(pen, "circle")
    write_five(pen)
    write_five(pen, left=80)
    write_five(pen, left=430)

    steps = trace(scanned(image))

    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, (LEFT, TOP, LEFT + 55, TOP + 96))).max() <= 8


@pytest.mark.parametrize("inside", ["nothing", "slash", "dot", "bar"])
def test_a_zero_is_no_outline_whatever_is_in_it(inside: str) -> None:
    image, pen = sheet()
    pen.ellipse((180, 80, 320, 300), outline=50, width=9)
    match inside:
        case "slash":
            pen.line((175, 290, 330, 85), fill=50, width=9)
        case "dot":
            pen.ellipse((238, 178, 262, 202), fill=50)
        case "bar":
            pen.line((225, 190, 275, 190), fill=50, width=9)

    assert inside_outlines(scanned(image) < 150) is None


def test_strokes_between_the_lines_of_squared_paper_are_no_digits() -> None:
    image, pen = sheet()
    for at in range(20, WIDTH, 60):
        pen.line((at, 0, at, HEIGHT), fill=150, width=2)
        pen.line((0, at, WIDTH, at), fill=150, width=2)
    pen.line((212, 108, 300, 108), fill=50, width=8)  # a five's bar, in a square and a half, apart from the rest
    pen.line([(212, 125), (210, 180), (270, 175), (290, 230), (260, 280), (205, 270)], fill=50, width=8, joint="curve")

    box = trace(scanned(image)).box

    assert box is not None
    assert np.abs(np.subtract(box, (205, 104, 300, 284))).max() <= 12
