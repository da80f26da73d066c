"""What is printed or punched, and does not go from edge to edge of a picture, is told from the digit."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.combs import beside_comb
from mnist_core.frames import table_pixels
from mnist_core.images import Steps, trace
from mnist_core.staves import stave_pixels

WIDTH, HEIGHT = 480, 360
Points = list[tuple[float, float]]

FIVE: Points = [(36, 0), (4, 0), (2, 28), (25, 27), (37, 43), (27, 65), (0, 64)]
THREE: Points = [(4, 4), (30, 0), (34, 16), (16, 32), (38, 46), (30, 68), (2, 66)]


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (WIDTH, HEIGHT), 240)
    return image, ImageDraw.Draw(image)


def write(pen: ImageDraw.ImageDraw, digit: Points, left: int, top: int, width: int = 6, ink: int = 50) -> None:
    pen.line([(left + x, top + y) for x, y in digit], fill=ink, width=width, joint="curve")


def scanned(image: Image.Image) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(0).normal(0, 1, (HEIGHT, WIDTH))
    return (np.asarray(image) + noise).clip(0, 255).astype(np.uint8)


def assert_at(steps: Steps, where: tuple[int, ...], away: int = 9) -> None:
    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, where)).max() <= away


def draw_staves(pen: ImageDraw.ImageDraw, fall: float) -> None:
    """Four staves between the page's margins, with a bar where each begins."""
    for top in range(40, HEIGHT - 60, 80):
        ends = top, top + fall * (WIDTH - 60)
        for line in range(5):
            pen.line((30, ends[0] + 7 * line, WIDTH - 30, ends[1] + 7 * line), fill=110, width=2)
        pen.line((30, ends[0], 30, ends[0] + 28), fill=110, width=2)


@pytest.mark.parametrize("fall", [0, 0.03, -0.06])
@pytest.mark.parametrize("top", [90, 128])
@pytest.mark.parametrize("turned", [False, True])
def test_a_digit_is_read_on_a_page_of_music_paper(fall: float, top: int, turned: bool) -> None:
    image, pen = sheet()
    draw_staves(pen, fall)
    write(pen, FIVE, 210, top)

    page = scanned(image)
    steps = trace(page.T if turned else page)

    left, up, right, down = 207, top - 3, 250, top + 68
    assert_at(steps, (up, left, down, right) if turned else (left, up, right, down))


def test_three_strokes_across_are_no_stave() -> None:
    image, pen = sheet()
    for row in (60, 180, 300):  # an eight as a clock shows it, by a fine pen
        pen.line((100, row, 380, row), fill=50, width=3)
    pen.rectangle((100, 60, 380, 300), outline=50, width=3)
    plane = scanned(image)

    assert not stave_pixels(plane < 150, 255 - plane).any()


TILT = 0.17  # rows a column that a comb's base falls


def draw_comb(pen: ImageDraw.ImageDraw, *, is_closed: bool) -> None:
    """Four places, seen aslant: the first post is as high as a box, the teeth are short unless it is closed."""
    base = [(x, 240 + TILT * (x - 60)) for x in range(60, 421, 90)]
    pen.line([base[0], base[-1]], fill=60, width=4)
    for number, (x, y) in enumerate(base):
        high = 110 if is_closed or number in (0, len(base) - 1) else 40
        pen.line((x, y, x + 0.15 * high, y - high), fill=60, width=4)
    if is_closed:
        pen.line([(x + 16, y - 110) for x, y in (base[0], base[-1])], fill=60, width=4)


@pytest.mark.parametrize(("left", "is_closed"), [(72, False), (72, True), (100, False), (190, False)])
def test_a_digit_is_read_on_a_comb_that_is_seen_at_an_angle(left: int, is_closed: bool) -> None:
    image, pen = sheet()
    draw_comb(pen, is_closed=is_closed)
    pen.text((60, 90), "Number of card", fill=60, font_size=26)
    pen.text((60, 310), "Use block capitals", fill=60, font_size=18)
    top = round(155 + TILT * (left - 60))
    write(pen, THREE, left, top)

    assert_at(trace(scanned(image)), (left, top - 3, left + 40, top + 71), away=12)


@pytest.mark.parametrize(
    "strokes",
    [
        [[(120, 60), (120, 280), (330, 280), (330, 60), (120, 60)], [(130, 270), (320, 70)]],  # a zero with a slash
        [[(120, 60), (120, 190), (330, 190)], [(330, 60), (330, 300)]],  # a four that is open
        [[(140, 70), (330, 70), (140, 290), (340, 290)], [(170, 180), (300, 180)]],  # a two with a bar
    ],
)
def test_no_digit_is_a_comb(strokes: list[Points]) -> None:
    image, pen = sheet()
    for stroke in strokes:
        pen.line(stroke, fill=50, width=9, joint="curve")
    plane = scanned(image)

    assert beside_comb(plane < 150, 255 - plane) is None


@pytest.mark.parametrize("number", [1, 3])
def test_a_faint_digit_is_read_beside_punched_holes(number: int) -> None:
    image, pen = sheet()
    for hole in range(number):
        pen.ellipse((30, 60 + 100 * hole, 60, 90 + 100 * hole), fill=20)
    write(pen, FIVE, 230, 140, width=3, ink=170)

    assert_at(trace(scanned(image)), (229, 138, 269, 206))


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (4, 2), (4, 4)])
@pytest.mark.parametrize("tilt", [0.0, 0.03])
def test_a_digit_is_read_in_a_table_whose_line_it_touches(rows: int, columns: int, tilt: float) -> None:
    """All of the table lies within the picture."""
    image, pen = sheet()
    wide, high = 400 / columns, 300 / rows
    for row in range(rows + 1):
        y = 40 + row * high
        pen.line((40, y, 440, y + 400 * tilt), fill=70, width=3)
    for column in range(columns + 1):
        x = 40 + column * wide
        pen.line((x, 40 + column * wide * tilt, x, 340 + column * wide * tilt), fill=70, width=3)
    left, top = round(40 + wide + 2), round(52 + high + wide * tilt)
    scale = 40 / 68
    write(pen, [(x * scale, y * scale) for x, y in THREE], left, top)

    steps = trace(scanned(image))

    assert_at(steps, (left, top - 2, left + 24, top + 42), away=12)


@pytest.mark.parametrize("digit", ["eight", "four in a box", "thick eight"])
def test_no_digit_is_a_table(digit: str) -> None:
    """A four has one stroke each way, an eight one across; much of a thick one's box is ink."""
    image, pen = sheet()
    if digit == "thick eight":
        points = [
            (232, 80),
            (184, 70),
            (160, 110),
            (190, 150),
            (220, 200),
            (214, 250),
            (170, 270),
            (166, 210),
            (226, 75),
        ]
        pen.line(points, fill=50, width=52, joint="curve")
    else:
        pen.rectangle((120, 60, 340, 320), outline=50, width=9)
        pen.line((120, 190, 340, 190), fill=50, width=9)
    if digit == "four in a box":
        pen.line((230, 60, 230, 320), fill=50, width=9)
    plane = scanned(image)

    assert not table_pixels(plane < 150, 255 - plane).any()
