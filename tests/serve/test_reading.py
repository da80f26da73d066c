"""When a digit is the answer, and why there is none."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mnist_core.images import Steps
from mnist_core.sizes import MAX_PIXELS
from mnist_serve.loading import find, load
from mnist_serve.reading import Classify, judge, read, see
from mnist_serve.settings import MIN_CONFIDENCE
from support import STROKES, cut_out, draw_digit, png

LEAST = 0.5


def steps(digits: int = 1, ink: int = 255) -> Steps:
    """Steps that came upon so many digits of such ink."""
    image = np.full((28, 28), ink, np.uint8)
    return Steps(image, image, (0, 0, 28, 28) if ink else None, digits, image)


def mostly(digit: int, confidence: float) -> npt.NDArray[np.float32]:
    """Probabilities of which one stands out."""
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[digit] = confidence
    return probabilities


@pytest.mark.parametrize("confidence", [0.5, 0.51, 1.0])
def test_what_is_as_probable_as_asked_is_the_answer(confidence: float) -> None:
    reading = judge(steps(), mostly(7, confidence), LEAST)

    assert reading.digit == 7
    assert reading.confidence == pytest.approx(confidence)
    assert not reading.reason


def test_what_is_less_probable_is_not_and_the_likeness_is_told() -> None:
    reading = judge(steps(), mostly(4, 0.312), LEAST)

    assert reading.digit is None
    assert reading.reason == "It does not look like a digit; most like a 4 (31.2 %)."
    assert reading.confidence == pytest.approx(0.312)
    assert reading.probabilities == pytest.approx(mostly(4, 0.312))


def test_an_eight_has_its_own_article() -> None:
    assert judge(steps(), mostly(8, 0.4), LEAST).reason == "It does not look like a digit; most like an 8 (40.0 %)."


def test_what_is_just_below_the_threshold_is_not_told_as_if_it_were_on_it() -> None:
    assert judge(steps(), mostly(4, 0.4988), LEAST).reason == "It does not look like a digit; most like a 4 (49.9 %)."


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (0.94, "Not sure enough: most like a 4 (94.0 %)."),
        (0.5, "Not sure enough: most like a 4 (50.0 %)."),
        (0.312, "It does not look like a digit; most like a 4 (31.2 %)."),
    ],
)
def test_a_likely_digit_is_not_said_to_look_like_none_where_more_is_asked_for(confidence: float, expected: str) -> None:
    assert judge(steps(), mostly(4, confidence), 0.99).reason == expected


def test_the_threshold_is_the_callers() -> None:
    assert judge(steps(), mostly(4, 0.312), 0.3).digit == 4
    assert judge(steps(), mostly(4, 0.9), 0.95).digit is None
    assert judge(steps(), np.full(10, 0.1, np.float32), 0.0).digit == 0


def test_a_digit_is_the_answer_from_the_commands_threshold_on_if_no_other_is_given() -> None:
    for confidence, digit in ((MIN_CONFIDENCE, 4), (MIN_CONFIDENCE - 0.01, None)):
        answers = mostly(4, confidence)[None]
        assert read(steps(), lambda images, answers=answers: answers).digit == digit  # type: ignore[misc]


def test_several_digits_are_none_however_sure_the_model_is() -> None:
    reading = judge(steps(digits=3), mostly(4, 0.99), 0.0)

    assert reading.digit is None
    assert reading.reason == "There seem to be 3 digits: send one at a time."
    assert reading.confidence == pytest.approx(0.99)


def test_without_ink_the_model_is_not_asked() -> None:
    asked: list[npt.NDArray[np.uint8]] = []

    def note(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        asked.append(images)
        return mostly(4, 0.9)[None]

    classify: Classify = note
    reading = read(steps(digits=0, ink=0), classify, LEAST)

    assert not asked
    assert (reading.digit, reading.confidence, reading.probabilities) == (None, None, None)
    assert reading.reason == "There is no ink in the picture."
    assert read(steps(), classify, LEAST).digit == 4
    assert [images.shape for images in asked] == [(1, 28, 28)]


@pytest.fixture(scope="module")
def classify() -> Classify:
    return load(find(None)).classify


@pytest.mark.parametrize("pen", [4, 8, 16])
@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize("side", [16, 32, 64, 300])
def test_a_digit_that_reaches_the_top_and_the_bottom_is_read(
    classify: Classify, side: int, digit: int, pen: int
) -> None:
    """As data sets have them, with paper at both sides, soft at the edges, even where ink is as much as paper."""
    sheet = draw_digit(digit, pen)
    close = cut_out(sheet)
    beside = max(0, len(close) - close.shape[1])
    square = np.pad(close, ((0, 0), (beside // 2, beside - beside // 2)), constant_values=230)

    small = Image.fromarray(square).resize((side, side), Image.Resampling.BOX)

    for picture in (small, small.point(lambda shade: 255 - shade)):
        assert read(see(png(np.asarray(picture)), MAX_PIXELS), classify).digit == digit
