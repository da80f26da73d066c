"""What is printed on forms and envelopes is told from the digit that somebody wrote on them."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.images import Steps, trace
from mnist_core.staves import stave_pixels

WIDTH, HEIGHT = 640, 400
LEFT, TOP, SIDE = 100, 160, 90  # of a row of boxes, and of each of them
BOXES = 5


def write_seven(pen: ImageDraw.ImageDraw, left: int, top: int, height: int, ink: int = 40) -> tuple[int, ...]:
    """Writes a seven, and tells where."""
    right, bottom = left + height * 6 // 10, top + height
    pen.line([(left, top), (right, top + 2), (left + height // 5, bottom)], fill=ink, width=6, joint="curve")
    return left, top, right, bottom


def draw_comb(pen: ImageDraw.ImageDraw, left: int, right: int, places: int, tooth: int = 50) -> None:
    """Whose base is at 300."""
    pen.line((left, 300, right, 300), fill=90, width=4)
    for place in range(places + 1):
        x = left + (right - left) * place // places
        pen.line((x, 300 - tooth, x, 300), fill=90, width=4)


def scanned(sheet: Image.Image, tilt: float = 0) -> Steps:
    """What is seen of a scan of the sheet, which lay a little turned."""
    turned = sheet.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=245)
    noise = np.random.default_rng(0).normal(0, 2, (HEIGHT, WIDTH))
    return trace((np.asarray(turned) + noise).clip(0, 255).astype(np.uint8))


def assert_alone(steps: Steps, where: tuple[int, ...], away: int = 12) -> None:
    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, where)).max() <= away


@pytest.mark.parametrize("tilt", [-1.5, 0, 1])
@pytest.mark.parametrize("number", [0, 2, 4])
@pytest.mark.parametrize("kind", ["boxes", "comb"])
def test_a_digit_in_a_row_of_boxes_is_seen_alone(kind: str, number: int, tilt: float) -> None:
    """The row ends before the edges of the picture; a comb has no line above, and its teeth are short."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    right, bottom = LEFT + BOXES * SIDE, TOP + SIDE
    for post in range(BOXES + 1):
        is_tooth = kind == "comb" and post not in (0, BOXES)
        x = LEFT + post * SIDE
        pen.line((x, bottom - 20 if is_tooth else TOP, x, bottom), fill=90, width=3)
    for y in (bottom,) if kind == "comb" else (TOP, bottom):
        pen.line((LEFT, y, right, y), fill=90, width=3)
    pen.text((LEFT, TOP - 30), "Number of rooms:", fill=60)
    where = write_seven(pen, LEFT + number * SIDE + 24, TOP + 14, 60)

    assert_alone(scanned(sheet, tilt), where, away=60 if kind == "comb" else 12)  # a tooth beside it may be left


def test_a_stroke_across_the_line_between_two_boxes_stays() -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    for post in range(BOXES + 1):
        pen.line((LEFT + post * SIDE, TOP, LEFT + post * SIDE, TOP + SIDE), fill=90, width=3)
    for y in (TOP, TOP + SIDE):
        pen.line((LEFT, y, LEFT + BOXES * SIDE, y), fill=90, width=3)
    where = write_seven(pen, LEFT + SIDE + 60, TOP + 14, 60)

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize("shape", ["stamp", "crossed out"])
@pytest.mark.parametrize("far", [True, False])
def test_a_stamp_and_what_is_crossed_out_are_no_digits(shape: str, far: bool) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    where = write_seven(pen, 220, 160, 140)
    left, top = (540, 20) if far else (400, 180)
    if shape == "stamp":
        pen.rectangle((left, top, left + 80, top + 95), fill=90)
    else:
        for step in range(0, 80, 5):
            pen.line((left + step, top, left + 80 - step, top + 90), fill=40, width=5)
            pen.line((left, top + step, left + 80, top + step), fill=40, width=3)

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize("way", [(400, 60, 560, 440), (250, -20, 420, 440), (300, 260, 660, 300)])
def test_a_pen_that_comes_in_over_the_border_is_no_digit(way: tuple[int, int, int, int]) -> None:
    """It has far more ink than the digit beside it, whether both of its ends are cut off or one."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    where = write_seven(pen, 60, 90, 190)
    pen.line(way, fill=40, width=30)

    assert_alone(scanned(sheet), where)


def test_another_digit_beside_is_still_counted() -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    write_seven(pen, 220, 160, 140)
    write_seven(pen, 380, 170, 130)

    assert scanned(sheet).digits == 2


def test_a_zero_with_straight_sides_is_no_row_of_boxes() -> None:
    """It is as wide as high."""
    sheet = Image.new("L", (280, 280), 245)
    pen = ImageDraw.Draw(sheet)
    corners = [(24, 406), (24, 346), (36, 334), (94, 274), (130, 274), (144, 288), (144, 346), (84, 406), (24, 406)]
    pen.line([(x, y - 240) for x, y in corners], fill=40, width=5, joint="curve")

    assert_alone(trace(np.asarray(sheet)), (22, 32, 147, 169))


@pytest.mark.parametrize("place", [(60, 60), (60, 330)])
def test_a_thick_digit_is_chosen_before_a_name_beside_it(place: tuple[int, int]) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.line([(300, 120), (400, 122), (340, 280)], fill=40, width=50, joint="curve")
    x, y = place
    pen.line([(x, y), (x + 20, y + 30), (x + 60, y - 20)], fill=40, width=4)  # a tick

    assert_alone(scanned(sheet), (284, 96, 424, 300), away=24)


@pytest.mark.parametrize("width", [6, 30])
@pytest.mark.parametrize("other", [(380, 160), (400, 230)])
def test_two_digits_are_counted_whatever_the_pen_and_wherever(width: int, other: tuple[int, int]) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    for left, top in ((180, 60), other):
        pen.line([(left, top), (left + 80, top + 2), (left + 25, top + 130)], fill=40, width=width, joint="curve")

    assert scanned(sheet).digits == 2


@pytest.mark.parametrize("radius", [9, 11, 14])
@pytest.mark.parametrize("ink", [120, 200])
def test_holes_that_are_punched_into_a_sheet_are_no_digits(radius: int, ink: int) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    where = write_seven(pen, 320, 180, 34, ink)
    for down in (60, 200, 340):
        pen.ellipse((60 - radius, down - radius, 60 + radius, down + radius), fill=20)

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize("number", [0, 3])
def test_a_digit_is_read_in_one_of_small_boxes_that_stand_apart(number: int) -> None:
    """As for a post code, beside lines for an address."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    for place in range(BOXES):
        left = 60 + 56 * place
        pen.rectangle((left, 50, left + 46, 110), outline=90, width=2)
    for line in range(3):
        pen.line((300, 200 + 50 * line, 590, 202 + 50 * line), fill=90, width=2)
    where = write_seven(pen, 60 + 56 * number + 12, 62, 36)

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize("number", [1, 2])
def test_a_digit_above_the_short_teeth_of_a_comb_is_seen_alone(number: int) -> None:
    """It is much higher than they are, and by a thicker pen; it ends between them, or just above them."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    draw_comb(pen, 80, 560, 4, tooth=40)
    left, top = 80 + 120 * number + 40, 130 if number == 1 else 160
    pen.line([(left, top), (left + 40, top + 2), (left + 38, top + 125)], fill=40, width=12, joint="curve")

    assert_alone(scanned(sheet), (left, top, left + 44, top + 125))


@pytest.mark.parametrize("number", [0, 4, 7])
@pytest.mark.parametrize("places", [8, 11])
def test_a_digit_in_a_comb_of_many_places_is_seen_whole(places: int, number: int) -> None:
    """Its upright stroke stands on the base as teeth do, but between their places."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    draw_comb(pen, 30, 610, places, tooth=26)
    left = 30 + 580 * number // places + 12
    where = left, 254, left + 20, 299
    pen.line([(left, 254), (left, 280), (left + 20, 276)], fill=40, width=4)
    pen.line((left + 16, 264, left + 16, 299), fill=40, width=4)

    assert_alone(scanned(sheet), where)


def test_a_digit_is_seen_alone_in_a_comb_whose_teeth_are_at_no_equal_distances() -> None:
    """As for a date, with room for what parts its numbers."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.line((60, 300, 580, 300), fill=90, width=4)
    for x in (60, 115, 210, 300, 330, 460, 520, 580):
        pen.line((x, 240, x, 300), fill=90, width=4)
    where = write_seven(pen, 232, 226, 66)

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize("left", [70, 330])
def test_a_digit_is_seen_alone_in_one_of_two_rows_of_boxes(left: int) -> None:
    """As of a date; it touches the line between its box and the next one."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    for start in (60, 320):
        pen.rectangle((start, TOP, start + 200, TOP + SIDE), outline=90, width=3)
        pen.line((start + 100, TOP, start + 100, TOP + SIDE), fill=90, width=3)
    where = write_seven(pen, left + 46, TOP + 14, 64)

    assert_alone(scanned(sheet), where)


def test_a_pen_that_lies_beside_the_digit_is_none() -> None:
    """All of it is seen; it is longer than the digit, and thicker than what was written with it."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    where = write_seven(pen, 160, 100, 200)
    pen.line((400, 10, 520, 390), fill=60, width=30)

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize("top", [60, -40])
@pytest.mark.parametrize("tick", [20, 60])
def test_a_one_by_a_thick_pen_is_no_pen(top: int, tick: int) -> None:
    """Beside a sign; also where the picture's border cuts it."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.line((300, top, 296, 260), fill=40, width=22)
    pen.line([(420, 60), (420 + tick // 3, 60 + tick // 2), (420 + tick, 60 - tick // 2)], fill=40, width=4)

    assert_alone(scanned(sheet), (285, max(0, top), 311, 260), away=16)


@pytest.mark.parametrize("height", [150, 250])
def test_a_one_by_a_thick_pen_beside_another_digit_is_counted(height: int) -> None:
    """They are about as high as each other."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.line((300, 60, 296, 60 + height), fill=40, width=24)
    write_seven(pen, 400, 60, height)

    assert scanned(sheet).digits == 2


@pytest.mark.parametrize("foot", [0, 25])
def test_a_digit_on_a_comb_keeps_what_reaches_below_the_base(foot: int) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    draw_comb(pen, 80, 560, 4, tooth=80)
    bottom = 290 + foot
    pen.line([(240, 170), (290, 172), (255, bottom)], fill=40, width=8, joint="curve")

    assert_alone(scanned(sheet), (240, 170, 294, bottom))


@pytest.mark.parametrize("waves", [False, True])
def test_a_stamp_that_hangs_together_with_its_postmark_is_no_digit(waves: bool) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    where = write_seven(pen, 220, 180, 150)
    pen.rectangle((500, 30, 580, 130), fill=110)
    pen.ellipse((520, 50, 560, 90), fill=200)
    pen.ellipse((430, 40, 520, 130), outline=90, width=3)
    if waves:
        for row in range(60, 120, 18):
            points = [(x, row + 5 * (-1) ** (x // 20)) for x in range(320, 440, 20)]
            pen.line(points, fill=90, width=3)

    assert_alone(scanned(sheet), where)


def test_a_postmark_with_an_inner_ring_is_no_digit_with_a_circle_around_it() -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    where = write_seven(pen, 200, 140, 180)
    for radius in (62, 44):
        pen.ellipse((500 - radius, 90 - radius, 500 + radius, 90 + radius), outline=90, width=3)
    pen.text((500, 90), "12 MAY", fill=70, font_size=22, anchor="mm")

    assert_alone(scanned(sheet), where)


@pytest.mark.parametrize(
    ("points", "width"),
    [
        ([(200, 245), (200, 299)], 16),  # as long as a tooth, and thicker
        ([(200, 120), (200, 299)], 4),  # as thick, and longer
        ([(178, 150), (222, 152), (195, 247)], 6),  # ends above the teeth
        ([(178, 210), (222, 212), (195, 292)], 6),  # ends between them
    ],
)
def test_what_stands_on_a_comb_is_no_tooth(points: list[tuple[int, int]], width: int) -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    draw_comb(pen, 80, 560, 6)
    pen.line([(300, 40), (340, 70), (300, 100), (340, 110)], fill=60, width=5)  # a sign that is printed above
    pen.line(points, fill=40, width=width, joint="curve")

    steps = scanned(sheet)

    assert steps.digits == 1
    assert steps.box is not None
    left, top, right, bottom = steps.box
    across = [x for x, _ in points]
    assert min(across) - width - 6 <= left
    assert right <= max(across) + width + 6
    assert abs(top - points[0][1]) <= 12
    assert abs(bottom - points[-1][1]) <= 12


def test_a_digit_is_seen_alone_in_the_smaller_of_two_combs() -> None:
    """The larger one has none."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    draw_comb(pen, 40, 220, 3)
    draw_comb(pen, 280, 600, 5)
    pen.line([(116, 200), (164, 202), (126, 290)], fill=40, width=8, joint="curve")  # over a tooth

    assert_alone(scanned(sheet), (116, 200, 168, 290))


@pytest.mark.parametrize("hole", [False, True])
def test_what_is_wide_is_dropped_with_the_thin_lines_that_hang_together_with_it(hole: bool) -> None:
    """A stamp, as high as the digit, whose waves come near it."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    where = write_seven(pen, 120, 150, 150)
    pen.rectangle((480, 150, 570, 250), fill=110)
    if hole:
        pen.ellipse((505, 180, 545, 220), fill=240)
    for row in range(160, 250, 22):
        pen.line([(x, row + 5 * (-1) ** (x // 20)) for x in range(290, 500, 20)], fill=90, width=3)

    assert_alone(scanned(sheet), where)


def postcard() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """With a box for the stamp, a line down the middle, and three for the address."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((540, 20, 610, 100), outline=110, width=2)
    pen.line((330, 60, 330, 350), fill=110, width=3)
    for line in range(3):
        pen.line((380, 200 + 50 * line, 610, 200 + 50 * line), fill=110, width=2)
    return sheet, pen


@pytest.mark.parametrize("place", [(120, 150), (470, 180)])
def test_a_digit_on_a_postcard_is_seen_alone(place: tuple[int, int]) -> None:
    """Beside the line down the middle, or on those for the address, though they are but three."""
    sheet, pen = postcard()
    where = write_seven(pen, *place, 100)

    assert_alone(scanned(sheet), where)


def test_three_strokes_that_another_joins_are_a_digit() -> None:
    """As a clock shows it: they are as straight and as far apart as an address's lines."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    for y in (80, 200, 320):
        pen.line((220, y, 420, y), fill=40, width=6)
    pen.line((420, 77, 420, 323), fill=40, width=6)
    plane = np.asarray(sheet)

    assert not stave_pixels(plane < 128, 255 - plane).any()


@pytest.mark.parametrize("side", [60, 110])
def test_an_empty_box_beside_the_digit_is_none(side: int) -> None:
    """However large it is against the digit."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((400, 120, 400 + side, 120 + side), outline=40, width=5)
    where = write_seven(pen, 200, 120, 90)

    assert_alone(scanned(sheet), where)


def test_a_squarish_zero_beside_a_digit_is_another() -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.rounded_rectangle((300, 120, 370, 210), 28, outline=40, width=6)
    write_seven(pen, 200, 120, 90)

    assert scanned(sheet).digits == 2


@pytest.mark.parametrize("height", [100, 130])
def test_a_one_beside_another_digit_is_no_printed_line(height: int) -> None:
    """Though it is as straight and as slim, and higher."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.line((300, 120, 296, 120 + height), fill=40, width=4)
    write_seven(pen, 380, 120, 100)

    assert scanned(sheet).digits == 2


def test_a_large_stamp_is_no_digit_beside_a_thin_one() -> None:
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((500, 20, 620, 150), fill=110)
    for wave in range(6):
        points = [(360 + 4 * step, 30 + 20 * wave + 5 * math.sin(step / 3)) for step in range(36)]
        pen.line(points, fill=90, width=3)
    left, top, right, bottom = 240, 230, 270, 290
    pen.line([(left, top), (right, top), (left + 8, bottom)], fill=60, width=3)

    assert_alone(scanned(sheet), (left, top, right, bottom))


def test_a_digit_that_touches_a_box_above_a_line_is_seen_without_both() -> None:
    """As on a cheque: the line goes from edge to edge, the box does not."""
    sheet = Image.new("L", (WIDTH, HEIGHT), 245)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((120, 40, 620, 340), outline=60, width=3)
    pen.line((0, 380, WIDTH, 380), fill=60, width=4)
    pen.text((2, 150), "CHF", fill=40, font_size=50)
    where = write_seven(pen, 300, 42, 140)

    assert_alone(scanned(sheet), where)
