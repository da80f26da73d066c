"""Sheets and canvases that lie on something else."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

from mnist_core.cards import cards
from mnist_core.corners import four_cornered
from mnist_core.images import trace

Plane = npt.NDArray[np.uint8]
Corners = list[tuple[float, float]]

SEVEN: Corners = [(70, 60), (135, 60), (95, 145)]  # on a sheet of 200 x 200


def drawn(points: Corners, size: tuple[int, int], width: int = 12) -> Image.Image:
    """A line through points, white on black."""
    image = Image.new("L", size)
    ImageDraw.Draw(image).line(points, fill=255, width=width, joint="curve")
    return image


def seen(corners: Corners, size: tuple[int, int], desk: int, paper: int) -> tuple[Image.Image, tuple[int, ...]]:
    """A sheet with a seven, whose corners are seen at those places, clockwise; and the box around the seven."""
    rows, wanted = [], []
    for (x, y), (across, down) in zip(corners, [(0, 0), (200, 0), (200, 200), (0, 200)], strict=True):
        rows += [[x, y, 1, 0, 0, 0, -across * x, -across * y], [0, 0, 0, x, y, 1, -down * x, -down * y]]
        wanted += [across, down]
    view = np.linalg.solve(np.array(rows), np.array(wanted)).tolist()
    picture = Image.new("L", size, desk)
    for mask, shade in ((Image.new("L", (200, 200), 255), paper), (drawn(SEVEN, (200, 200)), 40)):
        stencil = mask.transform(size, Image.Transform.PERSPECTIVE, view, Image.Resampling.BILINEAR)
        picture.paste(shade, mask=stencil)
    return picture, stencil.point(lambda opaque: 255 * (opaque > 127)).getbbox() or ()


def turned(angle: float) -> Corners:
    """The corners of a square sheet in the middle of a picture of 600 x 450."""
    turns = (math.radians(angle + place) for place in (225, 315, 45, 135))
    return [(300 + 190 * math.cos(turn), 225 + 190 * math.sin(turn)) for turn in turns]


@pytest.mark.parametrize("desk", [20, 120])
@pytest.mark.parametrize(
    "corners",
    [
        [(220, 60), (400, 70), (540, 400), (60, 380)],  # from the front
        [(80, 110), (430, 40), (560, 250), (140, 420)],  # from a corner
        [(200, 40), (480, 120), (470, 330), (190, 430)],  # from one side
        [(300, 60), (640, 90), (700, 420), (170, 400)],  # cut by the picture's border
        turned(-25),
        turned(35),
    ],
)
def test_a_sheet_is_where_the_digit_is_from_whichever_side_it_is_seen(corners: Corners, desk: int) -> None:
    picture, expected = seen(corners, (600, 450), desk, paper=220)

    steps = trace(picture)

    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, expected)).max() <= 5


@pytest.mark.parametrize(
    "corners",
    [
        [(16, -12), (640, 20), (632, 218), (8, 186)],  # all of its corners are within, or nearly
        [(30, 20), (590, -40), (616, 190), (40, 250)],  # two are cut
    ],
)
@pytest.mark.parametrize("paper", [235, 255])
def test_a_strip_that_lay_askew_on_the_glass_is_read_between_the_black_around_it(corners: Corners, paper: int) -> None:
    picture, expected = seen(corners, (640, 210), desk=30, paper=paper)

    steps = trace(picture)

    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, expected)).max() <= 5


@pytest.mark.parametrize("side", range(4))
@pytest.mark.parametrize("canvas", [30, 250])
def test_a_bar_of_tools_is_no_card(canvas: int, side: int) -> None:
    """Its signs stand free on it, and no less so than the digit on the canvas."""
    picture = Image.new("L", (480, 480), canvas)
    points = [(x * 1.5 + 80, y * 1.5 + 80) for x, y in SEVEN]
    picture.paste(140, mask=drawn(points, picture.size))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 480, 60), fill=280 - canvas)
    for left in (20, 60, 130):
        pen.rectangle((left, 20, left + 24, 44), outline=canvas, width=3)
    picture = picture.rotate(90 * side)
    digit = drawn(points, picture.size).rotate(90 * side).getbbox()

    steps = trace(picture)

    assert steps.digits == 1
    assert digit is not None
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, digit)).max() <= 4


def test_the_whole_sheet_comes_before_the_part_of_it_that_a_lamp_lights() -> None:
    """Though a corner of it is cut by the picture's border, as none of that part's is."""
    picture, _ = seen([(40, 20), (460, -8), (560, 300), (60, 420)], (600, 450), desk=50, paper=150)
    lit = np.asarray(picture).copy()
    lit[60:360, 100:300][lit[60:360, 100:300] == 150] = 250

    whole = next(iter(cards(lit)))

    assert whole[350, 200]
    assert whole[200, 450]


def test_what_a_hand_leaves_in_the_light_is_no_card() -> None:
    """Its outline is nearly straight in places, and where the picture ends it is as straight as can be."""
    light = Image.new("L", (600, 450), 110)
    ImageDraw.Draw(light).polygon([(330, 0), (300, 130), (350, 200), (280, 450), (600, 450), (600, 0)], fill=210)

    assert not list(cards(np.asarray(light)))


@pytest.mark.parametrize("angle", range(0, 90, 10))
def test_four_corners_span_what_is_straight_and_not_what_is_round(angle: int) -> None:
    picture, _ = seen([(x / 9, y / 9) for x, y in turned(angle)], (64, 50), desk=0, paper=255)
    zero = Image.new("L", (64, 64))
    ImageDraw.Draw(zero).ellipse((14, 6, 50, 58), fill=255)
    seven = drawn([(12, 14), (48, 14), (26, 54)], (64, 64), width=14)

    assert four_cornered(np.asarray(Image.new("L", picture.size, 255))) == 1
    assert four_cornered(np.asarray(picture) > 0) > 0.9
    assert four_cornered(np.asarray(zero.rotate(angle)) > 127) < 0.7
    assert four_cornered(np.asarray(seven.rotate(angle)) > 127) < 0.8


@pytest.mark.parametrize("size", [(180, 180), (230, 170)])
@pytest.mark.parametrize("points", [SEVEN, [(100, 55), (95, 145)], [(120, 60), (85, 90), (115, 120), (90, 145)]])
def test_a_round_sticker_is_a_card(points: Corners, size: tuple[int, int]) -> None:
    picture = Image.new("L", (600, 450), 110)
    width, height = size
    ImageDraw.Draw(picture).ellipse((300 - width, 200 - height, 300 + width, 200 + height), fill=235)
    digit = drawn([(x * 1.4 + 160, y * 1.4 + 60) for x, y in points], picture.size, 14)
    picture.paste(40, mask=digit)

    steps = trace(picture)

    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, digit.getbbox() or ())).max() <= 5


@pytest.mark.parametrize("size", [(70, 130), (110, 130), (130, 130)])
@pytest.mark.parametrize("line", [30, 45, 60])
@pytest.mark.parametrize("slashed", [False, True])
def test_a_zero_by_a_thick_pen_is_no_card(size: tuple[int, int], line: int, slashed: bool) -> None:
    picture = Image.new("L", (400, 400), 240)
    width, height = size
    pen = ImageDraw.Draw(picture)
    pen.ellipse((200 - width, 200 - height, 200 + width, 200 + height), outline=40, width=line)
    if slashed:
        pen.line((200 - width, 330, 200 + width, 70), fill=40, width=line)

    assert not list(cards(np.asarray(picture)))


@pytest.mark.parametrize("desk", [30, 110])
def test_a_digit_that_fills_its_canvas_is_read_on_it(desk: int) -> None:
    """Nearly to the edges; in a window with buttons below the canvas."""
    picture = Image.new("L", (360, 480), desk)
    pen = ImageDraw.Draw(picture)
    for left in (60, 140):
        pen.rounded_rectangle((left, 330, left + 60, 356), 5, fill=230)
    canvas = Image.new("L", (240, 240), 250)
    ImageDraw.Draw(canvas).ellipse((24, 12, 216, 230), outline=20, width=18)
    picture.paste(canvas, (60, 70))

    steps = trace(picture)

    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, (84, 82, 277, 301))).max() <= 8


@pytest.mark.parametrize("blur", [0, 3, 6])
@pytest.mark.parametrize("lean", [0, 20, 60])
def test_a_one_by_a_thick_pen_is_no_card(lean: int, blur: float) -> None:
    """It has four corners and is of one shade, too."""
    image = drawn([(140 + lean, 60), (140 - lean, 220)], (280, 280), 24).filter(ImageFilter.GaussianBlur(blur))

    steps = trace(image)

    assert steps.digits == 1
    assert steps.box is not None
    left, top, right, bottom = steps.box
    assert bottom - top >= 150 * len(steps.ink) / 280
    assert right - left >= 20 * len(steps.ink) / 280


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("ratio", [3, 5, 7])
def test_a_digit_on_a_slip_of_paper_is_read_on_it(ratio: int, upright: bool) -> None:
    long, wide = 420, 420 // ratio
    slip = Image.new("L", (long, wide), 225)
    seven = [(0.35, 0.32), (0.6, 0.32), (0.45, 0.68)]
    digit = drawn([(x * wide, y * wide) for x, y in seven], (wide, wide), wide // 12)
    slip.paste(40, (250, 0), digit)
    desk = Image.new("L", (500, 500), 90)
    desk.paste(slip, (40, 200))
    where = [290 + wide * 0.35, 200 + wide * 0.32, 290 + wide * 0.6, 200 + wide * 0.68]
    if upright:  # turned by a quarter, with what is on it
        desk = desk.transpose(Image.Transpose.ROTATE_270)
        where = [500 - where[3], where[0], 500 - where[1], where[2]]

    steps = trace(desk)

    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, where)).max() <= 8


def test_what_a_lamp_lights_of_a_sheet_is_no_card_on_it() -> None:
    """It ends softly where the light does, and as sharply as the sheet on its other sides."""
    picture, _ = seen([(60, 40), (540, 60), (520, 410), (50, 400)], (600, 450), desk=30, paper=210)
    shades = np.asarray(picture).astype(np.float64)
    down, across = np.mgrid[0:1:450j, 0:1:600j]
    light = 1 / (1 + np.exp(-12 * (across + down / 3 - 0.6)))
    lit = (shades * (0.6 + 0.4 * light)).astype(np.uint8)

    found = list(cards(lit))

    assert found
    assert all(card[70, 100] and card[380, 480] for card in found)


@pytest.mark.parametrize("canvas", [40, 230])
def test_of_two_parts_that_share_the_picture_the_larger_one_is_looked_at_first(canvas: int) -> None:
    """On both something stands free: a program's title, and a digit."""
    picture = Image.new("L", (400, 540), canvas)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 400, 200), fill=270 - canvas)
    pen.line((150, 80, 220, 80, 170, 150), fill=canvas, width=8)
    digit = drawn([(x + 90, y + 240) for x, y in SEVEN], picture.size)
    picture.paste(270 - canvas, mask=digit)

    steps = trace(picture)

    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, digit.getbbox() or ())).max() <= 5


def test_a_sheet_may_have_a_folded_corner_where_the_picture_cuts_it() -> None:
    picture, expected = seen([(120, 50), (640, 70), (660, 400), (90, 390)], (600, 450), desk=40, paper=220)
    ImageDraw.Draw(picture).polygon([(80, 395), (99, 300), (180, 395)], fill=40)

    steps = trace(picture)

    assert steps.digits == 1
    assert steps.box is not None
    assert np.abs(np.subtract(steps.box, expected)).max() <= 5
