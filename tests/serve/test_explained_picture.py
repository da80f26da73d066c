"""The picture that shows how another was read."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.images import Steps, trace
from mnist_serve.explained_picture import draw
from mnist_serve.reading import Reading, find_nothing, judge

INK, FRAME = (147, 177, 255), (255, 122, 92)
SQUARE = 364  # pixels of each step


def sure_of(digit: int, steps: Steps, confidence: float = 0.91) -> Reading:
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[digit] = confidence
    return judge(steps, probabilities, 0.5)


def seven(mode: str = "L") -> Image.Image:
    """A seven on a wide sheet, small and to the left."""
    picture = Image.new("L", (400, 200), 255)
    ImageDraw.Draw(picture).line([(40, 60), (90, 60), (60, 140)], 0, 8, "curve")
    return picture.convert(mode)


def drawn(picture: Image.Image) -> npt.NDArray[np.uint8]:
    steps = trace(picture)
    return np.asarray(draw("seven.png", picture, steps, sure_of(7, steps)))


def span(mask: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Width and height of what a mask marks."""
    rows, columns = np.nonzero(mask)
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


def test_the_ink_is_shown_in_its_box() -> None:
    picture = seven()
    box = trace(picture).box
    assert box
    sheet = drawn(picture)

    width, height = span((sheet == FRAME).all(axis=2))

    scale = SQUARE / 400
    assert width == pytest.approx((box[2] - box[0]) * scale, abs=6)
    assert height == pytest.approx((box[3] - box[1]) * scale, abs=6)
    inked = (sheet == INK).all(axis=2)
    assert inked.any()
    assert span(inked)[0] < width
    assert span(inked)[1] < height


def test_what_the_model_saw_is_shown_pixel_by_pixel() -> None:
    picture = seven()
    expected = np.kron(trace(picture).image, np.ones((13, 13), np.uint8))
    sheet = drawn(picture)

    left, top = 36 + 2 * (SQUARE + 36), 204
    shown = sheet[top : top + SQUARE, left : left + SQUARE]

    np.testing.assert_array_equal(shown[..., 0], expected)


def test_the_answers_bar_is_the_longest() -> None:
    sheet = drawn(seven())
    bars = sheet[204 : 204 + SQUARE, 36 + 3 * (SQUARE + 36) + 32 :]

    best = (bars == (31, 47, 156)).all(axis=2).sum(axis=1)
    others = (bars == (226, 103, 79)).all(axis=2).sum(axis=1)

    assert 0 < others.max() * 5 < best.max()
    assert 0.7 * SQUARE < np.flatnonzero(best).mean() < 0.8 * SQUARE


def test_a_refused_picture_has_bars_and_no_answer() -> None:
    steps = trace(seven())
    sheet = np.asarray(draw("k.png", seven(), steps, sure_of(7, steps, confidence=0.4)))

    assert not (sheet == (31, 47, 156)).all(axis=2).any()
    assert (sheet == (226, 103, 79)).all(axis=2).any()


def test_a_blank_picture_is_drawn_too() -> None:
    blank = Image.new("L", (50, 80), 240)
    sheet = np.asarray(draw("blank.png", blank, trace(blank), find_nothing()))

    for colour in (INK, FRAME, (31, 47, 156), (226, 103, 79)):
        assert not (sheet == colour).all(axis=2).any()


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"])
def test_every_mode_can_be_drawn(mode: str) -> None:
    picture = seven("RGB").convert("LAB") if mode == "LAB" else seven(mode)

    sheet = drawn(picture)

    ours = sheet[204 : 204 + SQUARE, 36 : 36 + SQUARE]
    assert (ours < 60).all(axis=2).any()  # the line
    assert (ours > 200).all(axis=2).any()  # the paper


def test_what_is_transparent_is_shown_as_such() -> None:
    picture = Image.new("RGBA", (200, 200))
    ImageDraw.Draw(picture).line([(40, 60), (140, 60), (90, 170)], (255, 255, 255, 255), 16)
    sheet = drawn(picture)

    squares = sheet[204 : 204 + SQUARE, 36 : 36 + SQUARE]

    assert (squares == (222, 218, 226)).all(axis=2).mean() > 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 2), (28, 28), (363, 365)])
def test_every_size_can_be_drawn_and_gives_the_same(size: tuple[int, int]) -> None:
    assert drawn(Image.new("L", size, 200)).shape == drawn(seven()).shape


def test_every_name_can_be_written() -> None:
    steps = trace(seven())
    names = ["", "ünïcode/数字 7.png", "x" * 3000, "line\nbreak"]

    sheets = [draw(name, seven(), steps, sure_of(7, steps)).tobytes() for name in names]

    assert len(set(sheets)) == len(names)
