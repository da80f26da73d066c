"""The way from a picture to a model's input."""

import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageDraw

from mnist_core import datasets
from mnist_core.classifier import Classifier
from mnist_core.images import Steps, to_mnist, trace
from mnist_core.pictures import decode
from support import png

Plane = npt.NDArray[np.uint8]

pictures = hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60)))
large_pictures = hnp.arrays(
    np.uint8, st.tuples(st.integers(60, 200), st.integers(60, 200)), elements=st.integers(0, 255), fill=st.just(255)
)


def four(size: int = 200) -> Image.Image:
    """A four drawn in black on white, in the middle half of a square canvas."""
    image = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(image)
    a, b, c = size // 4, size // 2, size * 3 // 4
    for line in ((c - size // 8, a, a, b), (a, b, c, b), (c - size // 8, a, c - size // 8, c)):
        pen.line(line, fill=0, width=size // 20)
    return image


@functools.cache
def seen_four() -> Plane:
    """What comes of that four."""
    return to_mnist(four())


def assert_same_digit(image: Plane, expected: Plane) -> None:
    """Alike but for the shades of some edges."""
    assert np.abs(image.astype(int) - expected).mean() < 6


def assert_consistent(steps: Steps) -> None:
    assert steps.image.shape == (28, 28)
    assert steps.image.dtype == np.uint8
    assert (steps.box is None) == (steps.digits == 0) == (not steps.image.any())


@given(picture=pictures)
@example(picture=np.diag(np.array([1] + [0] * 58 + [1], np.uint8)))  # hardly there
@settings(deadline=None)
def test_every_picture_becomes_28x28(picture: Plane) -> None:
    """The result is uint8 (28, 28) whatever comes, a picture of one row or of none but black included."""
    assert_consistent(trace(picture))


@given(picture=large_pictures, left=st.integers(0, 40), top=st.integers(0, 40), shade=st.integers(0, 255))
@settings(deadline=None, max_examples=40)
def test_every_picture_with_something_large_on_it_becomes_28x28(
    picture: Plane, left: int, top: int, shade: int
) -> None:
    """At a size at which cards, print and lines are looked for, and the digit a second time."""
    picture = picture.copy()
    picture[top : top + 50, left : left + 60] = shade
    picture[top + 10 : top + 40, left + 20 : left + 26] = 255 - shade

    assert_consistent(trace(picture))


@functools.cache
def seen_in_the_middle() -> Plane:
    """What comes of the small four in the middle of a sheet."""
    return to_mnist(np.pad(seen_four(), 15))


@given(top=st.integers(0, 30), left=st.integers(0, 30))
@settings(deadline=None)
def test_the_place_of_the_ink_does_not_matter(top: int, left: int) -> None:
    sheet = np.zeros((58, 58), np.uint8)
    sheet[top : top + 28, left : left + 28] = seen_four()

    np.testing.assert_array_equal(to_mnist(sheet), seen_in_the_middle())


def test_the_ink_fills_a_box_of_20_and_is_centred_by_mass() -> None:
    picture = np.zeros((100, 100), np.uint8)
    picture[10:60, 20:30] = 255  # an upright stroke
    picture[55:60, 20:45] = 255  # with a foot to the right

    image = to_mnist(picture).astype(float)

    rows = np.flatnonzero(image.any(axis=1))
    assert rows[-1] - rows[0] + 1 == 20
    for axis in (0, 1):
        # MNIST's centres of mass are nearest to the pixel 14, counted from 0.
        assert np.average(np.arange(28), weights=image.sum(axis=axis)) == pytest.approx(14, abs=0.51)


@pytest.mark.parametrize("shade", [0, 1, 127, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (40, 40), (1, 10_000)])
def test_a_blank_picture_is_blank(shade: int, size: tuple[int, int]) -> None:
    assert not to_mnist(np.full(size, shade, np.uint8)).any()
    assert not to_mnist(Image.new("RGB", size, (shade, 255 - shade, 90))).any()


def test_two_colours_that_nobody_tells_apart_are_blank() -> None:
    picture = np.full((40, 40), 200, np.uint8)
    picture[10:30, 10:20] = 203

    assert not to_mnist(picture).any()


def test_a_photograph_of_a_blank_sheet_is_blank() -> None:
    random = np.random.default_rng(0)
    light = np.linspace(90, 210, 300) + np.linspace(-20, 20, 300)[:, None]

    assert not to_mnist((light + random.normal(0, 4, (300, 300))).clip(0, 255).astype(np.uint8)).any()


def test_mnists_own_form_comes_as_it_is() -> None:
    image = seen_four()

    np.testing.assert_array_equal(to_mnist(image), image)
    np.testing.assert_array_equal(to_mnist(Image.fromarray(image)), image)


@pytest.mark.parametrize("change", ["moved", "dark on light", "small"])
def test_other_drawings_of_28x28_are_brought_to_mnists_form(change: str) -> None:
    image = seen_four()
    changed = {
        "moved": np.roll(image, 4, axis=1),
        "dark on light": 255 - image,
        "small": np.pad(np.asarray(Image.fromarray(image).resize((14, 14))), 7),
    }[change]

    assert not np.array_equal(to_mnist(changed), changed)
    assert np.corrcoef(to_mnist(changed).ravel(), image.ravel())[0, 1] > 0.85


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"])
@pytest.mark.parametrize("inverted", [False, True])
def test_every_mode_shows_the_same_digit(mode: str, inverted: bool) -> None:
    image = four().point(lambda shade: 255 - shade) if inverted else four()

    assert_same_digit(to_mnist(image.convert(mode)), seen_four())


def test_numbers_of_any_size_are_shades() -> None:
    values = np.array(four(), np.float32)
    values[0, :5] = np.nan, np.inf, -np.inf, 3e38, -3e38

    assert to_mnist(Image.fromarray(values)).shape == (28, 28)


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ((0, 0, 0), (255, 255, 255)),
        ((255, 255, 255), (20, 60, 40)),
        ((40, 40, 160), (235, 225, 200)),
        ((200, 0, 0), (0, 102, 0)),  # of one brightness
        ((255, 255, 0), (255, 255, 255)),
    ],
)
def test_ink_and_paper_may_have_any_colours(ink: tuple[int, ...], paper: tuple[int, ...]) -> None:
    image = Image.new("RGB", (200, 200), paper)
    image.paste(ink, mask=four().point(lambda shade: 255 - shade))

    assert_same_digit(to_mnist(image), seen_four())
    assert_same_digit(to_mnist(np.asarray(image)), seen_four())


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (0, 90, 200)])
@pytest.mark.parametrize("under", [(0, 0, 0), (255, 255, 255), (90, 90, 90)])
def test_on_a_transparent_ground_the_ink_is_what_is_opaque(ink: tuple[int, ...], under: tuple[int, ...]) -> None:
    image = Image.new("RGB", (200, 200), under)
    opaque = four().point(lambda shade: 255 - shade)
    image.paste(ink, mask=opaque)
    image.putalpha(opaque)

    assert_same_digit(to_mnist(image), seen_four())


def test_a_card_on_a_transparent_ground_is_paper() -> None:
    image = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    image.paste(four().convert("RGBA"), (30, 60))

    assert_same_digit(to_mnist(image), seen_four())


def test_a_picture_without_anything_opaque_is_blank() -> None:
    assert not to_mnist(Image.new("RGBA", (40, 40), (0, 0, 0, 0))).any()


def test_uneven_light_is_evened_out() -> None:
    light = np.linspace(0.35, 1, 200) * np.linspace(0.8, 1, 200)[:, None]
    paper = 40 + np.asarray(four()) * 0.8

    assert_same_digit(to_mnist((paper * light).astype(np.uint8)), seen_four())


def test_specks_and_lines_at_the_border_are_left_out() -> None:
    picture = np.array(four())
    picture[20:24, 30:34] = 0
    picture[:, 2:5] = 0
    picture[195:198] = 0
    picture[:3] = 0

    np.testing.assert_array_equal(to_mnist(picture), seen_four())


def test_a_digit_that_touches_the_border_is_kept() -> None:
    cut = four().crop((40, 50, 160, 151))

    assert np.corrcoef(to_mnist(cut).ravel(), seen_four().ravel())[0, 1] > 0.85


def test_a_part_of_a_digit_that_stands_apart_is_kept() -> None:
    picture = np.full((100, 100), 255, np.uint8)
    picture[20:26, 40:70] = 0  # a five's top
    picture[34:80, 40:46] = 0
    picture[74:80, 40:70] = 0

    rows = np.flatnonzero(to_mnist(picture).any(axis=1))

    assert not to_mnist(picture)[rows[0] : rows[-1]].any(axis=1).all()  # there is a gap between two parts


def test_thin_lines_stay_visible() -> None:
    fine = Image.new("L", (400, 400), 255)
    ImageDraw.Draw(fine).ellipse((50, 50, 350, 350), outline=0, width=2)

    assert to_mnist(fine).max() > 200


def test_a_large_picture_gives_what_a_small_one_gives() -> None:
    assert_same_digit(to_mnist(four().resize((4000, 4000))), seen_four())


def on_paper(size: tuple[int, int], at: tuple[int, int], paper: int = 255) -> Image.Image:
    """The four, in the middle half of 200 pixels, on a larger sheet."""
    sheet = Image.new("L", size, paper)
    sheet.paste(0, at, mask=four().point(lambda shade: 255 - shade))
    return sheet


def box_of_the_four(at: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = four().point(lambda shade: 255 - shade).getbbox() or (0, 0, 0, 0)
    return left + at[0], top + at[1], right + at[0], bottom + at[1]


def assert_near(box: tuple[int, ...] | None, expected: tuple[int, ...]) -> None:
    assert box is not None
    assert np.abs(np.subtract(box, expected)).max() <= 4


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("down", [False, True])
def test_lines_of_ruled_and_squared_paper_are_left_out(across: bool, down: bool) -> None:
    sheet = on_paper((500, 400), (120, 90))
    pen = ImageDraw.Draw(sheet)
    for place in range(15, 520, 45):
        if across:
            pen.line((0, place, 500, place + 30), fill=60, width=2)
        if down:
            pen.line((place, 0, place - 25, 400), fill=60, width=2)

    assert_near(trace(sheet).box, box_of_the_four((120, 90)))


@pytest.mark.parametrize("ink", [0, 110])
def test_a_frame_around_the_digit_is_left_out(ink: int) -> None:
    sheet = on_paper((200, 200), (0, 0)).point(lambda shade: max(shade, ink))
    ImageDraw.Draw(sheet).rectangle((15, 12, 185, 190), outline=0, width=4)

    assert_same_digit(to_mnist(sheet), seen_four())


@pytest.mark.parametrize("turned", [False, True])
def test_the_sides_of_a_box_between_lines_are_left_out(turned: bool) -> None:
    """A form's cells: two lines go on from edge to edge, and those between them do not."""
    sheet = on_paper((400, 300), (90, 40))
    pen = ImageDraw.Draw(sheet)
    for y in (60, 220):
        pen.line((0, y, 400, y), fill=90, width=3)
    for x in (110, 280):
        pen.line((x, 60, x, 220), fill=90, width=3)
    if turned:  # as columns have them; the four lies on its side
        sheet = sheet.transpose(Image.Transpose.ROTATE_90)

    steps = trace(sheet)

    assert steps.digits == 1
    left, top, right, bottom = box_of_the_four((90, 40))
    assert_near(steps.box, (top, 400 - right, bottom, 400 - left) if turned else (left, top, right, bottom))


def test_a_one_from_line_to_line_is_no_side_of_a_box() -> None:
    sheet = Image.new("L", (400, 300), 255)
    pen = ImageDraw.Draw(sheet)
    for y in (60, 220):
        pen.line((0, y, 400, y), fill=90, width=3)
    pen.line((200, 60, 200, 220), fill=0, width=9)

    steps = trace(sheet)

    assert steps.digits == 1
    assert steps.box is not None
    assert steps.box[3] - steps.box[1] > 140


def test_the_edge_that_a_sheet_casts_is_no_digit_beside_another() -> None:
    """A line longer than the digit and much finer than its strokes."""
    sheet = on_paper((400, 400), (60, 60))
    ImageDraw.Draw(sheet).line((330, 40, 336, 330), fill=60, width=2)

    steps = trace(sheet)

    assert steps.digits == 1
    assert_near(steps.box, box_of_the_four((60, 60)))


def test_a_digit_made_of_a_frame_is_a_digit() -> None:
    square = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(square).rectangle((30, 20, 70, 80), outline=0, width=6)

    assert_near(trace(square).box, (30, 20, 71, 81))


@pytest.mark.parametrize("desk", [0, 70, 140])
def test_a_sheet_on_a_desk_is_where_the_digit_is(desk: int) -> None:
    card = on_paper((240, 220), (20, 10), paper=230).rotate(8, expand=True, fillcolor=desk)
    picture = Image.new("L", (600, 450), desk)
    picture.paste(card, (180, 90))

    seen = trace(picture)

    assert seen.box is not None
    assert seen.box[2] - seen.box[0] < 140
    assert seen.box[3] - seen.box[1] < 140
    assert seen.digits == 1


def test_a_dark_canvas_on_a_grey_desktop_is_paper() -> None:
    """What parts the light bar above it, and the ink, from all else does not part canvas and desktop."""
    desktop = Image.new("L", (560, 460), 95)
    desktop.paste(235, (150, 60, 410, 150))
    desktop.paste(four().resize((260, 240)).point(lambda shade: 240 - shade * 200 // 255), (150, 150))

    steps = trace(desktop)

    assert steps.digits == 1
    assert_near(steps.box, (150 + 260 // 4 - 5, 150 + 240 // 4 - 5, 150 + 260 * 3 // 4 + 2, 150 + 240 * 3 // 4 + 4))


def test_a_dark_canvas_in_a_light_window_is_paper() -> None:
    window = Image.new("RGB", (300, 340), (240, 240, 245))
    canvas = four().resize((260, 260)).point(lambda shade: 255 - shade)
    window.paste(canvas.convert("RGB"), (20, 20))

    assert_same_digit(to_mnist(window), seen_four())


def test_dark_corners_are_not_the_ink() -> None:
    down, right = np.mgrid[-1:1:200j, -1:1:200j]
    paper = np.asarray(four()) * (1 - 0.4 * (down**2 + right**2))

    assert_same_digit(to_mnist(paper.astype(np.uint8)), seen_four())


def test_the_edge_of_a_shadow_is_not_ink() -> None:
    random = np.random.default_rng(0)
    picture = np.asarray(on_paper((500, 400), (150, 120))) * 0.8
    down, right = np.mgrid[:400, :500]
    picture = picture * np.where(down + 0.4 * right > 420, 0.55, 1) + random.normal(0, 3, picture.shape)

    assert_near(trace(picture.clip(0, 255).astype(np.uint8)).box, box_of_the_four((150, 120)))


def test_a_small_pale_digit_on_a_noisy_sheet_is_found() -> None:
    random = np.random.default_rng(0)
    pale = on_paper((1000, 800), (600, 450)).resize((500, 400)).point(lambda shade: 150 + shade * 40 // 255)
    picture = np.asarray(pale) + random.normal(0, 3, (400, 500))

    assert_near(trace(picture.clip(0, 255).astype(np.uint8)).box, tuple(v // 2 for v in box_of_the_four((600, 450))))


def test_ink_as_bright_as_its_paper_is_told_by_colour_in_uneven_light() -> None:
    image = Image.new("RGB", (200, 200), (60, 150, 60))
    image.paste((200, 85, 60), mask=four().point(lambda shade: 255 - shade))
    light = np.linspace(0.6, 1, 200)[None, :, None]

    assert_same_digit(to_mnist((np.asarray(image) * light).astype(np.uint8)), seen_four())


def test_a_dot_beside_the_digit_is_left_out() -> None:
    picture = four()
    ImageDraw.Draw(picture).ellipse((170, 140, 184, 154), fill=0)

    np.testing.assert_array_equal(to_mnist(picture), seen_four())


def test_neighbours_cut_off_by_the_border_are_left_out() -> None:
    picture = Image.new("L", (260, 200), 255)
    picture.paste(four(), (30, 0))
    ImageDraw.Draw(picture).ellipse((-60, 50, 20, 150), outline=0, width=10)

    assert_same_digit(to_mnist(picture), seen_four())


def test_the_steps_tell_where_the_ink_is() -> None:
    picture = on_paper((320, 260), (70, 30))

    steps = trace(picture)

    assert steps.grey.shape == steps.ink.shape == (260, 320)
    assert steps.grey[0, 0] < 10  # turned to light on dark
    assert_near(steps.box, box_of_the_four((70, 30)))
    assert steps.box == Image.fromarray(steps.ink).getbbox()
    np.testing.assert_array_equal(steps.image, to_mnist(picture))


@pytest.mark.parametrize("inverted", [False, True])
def test_mnists_own_form_is_its_own_steps(inverted: bool) -> None:
    image = seen_four()

    steps = trace(~image if inverted else image)

    for step in (steps.grey, steps.ink, steps.image):
        np.testing.assert_array_equal(step, image)
    assert steps.digits == 1


def test_a_blank_sheet_has_no_digits_and_no_box() -> None:
    steps = trace(np.full((40, 60), 200, np.uint8))

    assert (steps.digits, steps.box) == (0, None)
    assert not steps.ink.any()


def assert_blank(picture: Image.Image, noise: float = 0) -> None:
    shades = np.asarray(picture) + np.random.default_rng(0).normal(0, noise, (picture.height, picture.width))
    steps = trace(shades.clip(0, 255).astype(np.uint8))

    assert (steps.digits, steps.box) == (0, None)
    assert not steps.image.any()


@pytest.mark.parametrize("noise", [0, 4])
@pytest.mark.parametrize(
    ("size", "width"), [((40, 40), 1), ((60, 50), 2), ((100, 100), 3), ((200, 200), 12), ((640, 480), 4)]
)
def test_a_border_around_nothing_is_blank(size: tuple[int, int], width: int, noise: float) -> None:
    picture = Image.new("L", size, 235)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] - 1, size[1] - 1), outline=20, width=width)

    assert_blank(picture, noise)
    assert_blank(picture.point(lambda shade: 255 - shade), noise)


@pytest.mark.parametrize("tilt", [0, 2])
@pytest.mark.parametrize("margin", [2, 8, 30])
@pytest.mark.parametrize("size", [(200, 200), (300, 220)])
def test_the_empty_box_of_a_form_is_blank(size: tuple[int, int], margin: int, tilt: int) -> None:
    picture = Image.new("L", size, 240)
    place = margin, margin, size[0] - 1 - margin, size[1] - 1 - margin
    ImageDraw.Draw(picture).rectangle(place, outline=40, width=3)

    assert_blank(picture.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=240), noise=3)


@pytest.mark.parametrize("slope", [0, 20])
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize(("size", "gap"), [((200, 200), 30), ((500, 400), 20), ((500, 400), 70)])
def test_blank_ruled_and_squared_paper_is_blank(size: tuple[int, int], gap: int, squared: bool, slope: int) -> None:
    sheet = Image.new("L", size, 245)
    pen = ImageDraw.Draw(sheet)
    for place in range(-60, 560, gap):
        pen.line((0, place, size[0], place + slope), fill=90, width=2)
        if squared:
            pen.line((place, 0, place - slope * size[1] // size[0], size[1]), fill=90, width=2)

    assert_blank(sheet)
    assert_blank(sheet, noise=5)


@pytest.mark.parametrize("slant", [0, 24])
def test_a_one_from_edge_to_edge_is_no_line_of_paper(slant: int) -> None:
    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).line((30 + slant, 0, 30, 100), fill=0, width=8)

    assert trace(picture).digits == 1


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("inverted", [False, True])
def test_digits_side_by_side_are_counted(count: int, inverted: bool) -> None:
    row = Image.new("L", (120 * count + 100, 200), 255)
    for place in range(count):
        row.paste(four().crop((45, 0, 155, 200)), (50 + 120 * place, 0))

    assert trace(row.point(lambda shade: 255 - shade) if inverted else row).digits == count


def test_digits_one_above_the_other_are_counted() -> None:
    column = Image.new("L", (200, 380), 255)
    for top in (20, 210):
        column.paste(four().crop((45, 40, 155, 160)).resize((80, 140)), (45, top))

    assert trace(column).digits == 2


def test_a_broken_digit_is_one() -> None:
    picture = Image.new("L", (100, 100), 255)
    pen = ImageDraw.Draw(picture)
    pen.line((35, 20, 30, 55, 55, 55), fill=0, width=5)  # a four, open at the right
    pen.line((62, 20, 60, 80), fill=0, width=5)

    steps = trace(picture)

    assert steps.digits == 1
    assert_near(steps.box, (28, 20, 65, 81))


@pytest.mark.parametrize(
    "lines",
    [
        [(50, 10, 50, 40), (50, 55, 50, 90)],  # a one, broken in the middle
        [(65, 10, 54, 44), (50, 56, 40, 90)],  # one that leans
        [(35, 30, 50, 12, 65, 28, 58, 46), (50, 58, 35, 88, 68, 88)],  # a two
        [(60, 10, 42, 45), (40, 56, 38, 80, 55, 90, 65, 75, 55, 62, 44, 64)],  # a six
        [(30, 10, 70, 10), (35, 28, 30, 50, 60, 48, 65, 70, 50, 88, 30, 82)],  # a five whose bar stands apart
        [(35, 20, 50, 10, 65, 20, 50, 35, 35, 20), (35, 65, 50, 50, 65, 65, 50, 90, 35, 65)],  # an eight of two rings
    ],
    ids=["one", "leaning one", "two", "six", "five", "eight"],
)
def test_parts_of_a_digit_one_above_the_other_are_one(lines: list[tuple[int, ...]]) -> None:
    picture = Image.new("L", (100, 100), 255)
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=0, width=5)

    assert trace(picture).digits == 1


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("L", (1, 1), 7),
        Image.new("RGB", (10_000, 1), (9, 200, 30)),
        Image.fromarray(np.tile(np.array([0, 255], np.uint8), (1, 5000))),
        Image.fromarray(np.eye(3, 10_000, dtype=np.uint8) * 255),
        Image.new("CMYK", (30, 20), (0, 255, 0, 0)),
        Image.fromarray(np.full((30, 20), 40_000, np.uint16)),
        Image.fromarray(np.pad(np.full((96, 96), 255, np.uint8), 2)),
        Image.fromarray(np.pad(np.zeros((20, 20), np.uint8), 4, constant_values=255)),
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)),
    ],
    ids=["1x1", "strip", "striped strip", "dots on a strip", "CMYK", "16 bits", "border", "thick border", "noise"],
)
def test_what_no_digit_is_in_is_no_error(picture: Image.Image) -> None:
    assert_consistent(trace(picture))


@pytest.mark.parametrize("size", [(1, 100), (1, 641), (2, 640), (3, 100), (10, 5000), (99, 101)])
@pytest.mark.parametrize("turned", [False, True])
def test_a_strip_of_any_shades_is_no_error(size: tuple[int, int], turned: bool) -> None:
    height, width = size
    gradient = np.tile(np.linspace(0, 255, width).astype(np.uint8), (height, 1))
    noise = np.random.default_rng(0).integers(0, 256, size, np.uint8)

    for picture in (gradient, noise, noise // 128 * 255, np.where(gradient > 240, 255, 40).astype(np.uint8)):
        assert_consistent(trace(np.ascontiguousarray(picture.T) if turned else picture))


@pytest.mark.parametrize("inverted", [False, True])
def test_mnist_sent_as_png_files_comes_as_the_raw_arrays(mnist_dir: Path, inverted: bool) -> None:
    """All 10,000, to the last shade: so every model reads them as well."""
    images = datasets.load("mnist", "test", mnist_dir).images

    sent = np.stack([to_mnist(decode(png(~image if inverted else image))) for image in images])

    np.testing.assert_array_equal(sent, images)


@pytest.mark.slow
def test_mnist_enlarged_and_placed_anywhere_is_read_nearly_as_well(
    mnist_dir: Path, mnist_run: tuple[Path, int]
) -> None:
    test = datasets.load("mnist", "test", mnist_dir)
    random = np.random.default_rng(0)
    some = random.choice(len(test.images), 1000, replace=False)
    images, labels = test.images[some], test.labels[some]
    classifier = Classifier(mnist_run[0])

    def placed(image: Plane) -> Plane:
        side = int(random.integers(40, 140))
        left, top = random.integers(0, 201 - side, 2)
        sheet = Image.new("L", (200, 200), 0)
        sheet.paste(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC), (int(left), int(top)))
        return ~np.asarray(sheet)

    raw = (classifier(images).argmax(axis=1) == labels).mean()
    brought = (classifier(np.stack([to_mnist(placed(image)) for image in images])).argmax(axis=1) == labels).mean()

    assert brought >= raw - 0.003


@pytest.mark.parametrize("lean", [0, 30, 60])
def test_two_digits_of_which_one_leans_over_the_other_are_two(lean: int) -> None:
    """A one and a seven: their columns overlap, and they touch nowhere."""
    sheet = Image.new("L", (300, 200), 240)
    pen = ImageDraw.Draw(sheet)
    pen.line((90 + lean, 40, 80, 160), fill=40, width=8)
    pen.line([(112 + lean, 44), (190 + lean, 44), (130, 160)], fill=40, width=8, joint="curve")

    assert trace(sheet).digits == 2


def test_the_two_strokes_of_an_open_four_are_one_digit() -> None:
    sheet = Image.new("L", (200, 200), 240)
    pen = ImageDraw.Draw(sheet)
    pen.line([(70, 40), (60, 110), (112, 108)], fill=40, width=8, joint="curve")
    pen.line((128, 50, 122, 160), fill=40, width=8)

    assert trace(sheet).digits == 1
