"""Letters written at random, which are no digits."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from mnist_core.images import to_mnist
from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.letters import LETTERS, letters


def chance(count: int, seed: int = 0) -> Chance:
    return Chance(torch.Generator().manual_seed(seed), count, lambda values: values, torch.device("cpu"))


def printed(letter: str) -> np.ndarray:
    """As a font has it."""
    image = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(image).text((60, 60), letter, font=ImageFont.load_default(80), fill=0, anchor="mm")
    return to_mnist(image).astype(float)


def drawn(strokes: torch.Tensor) -> np.ndarray:
    """As a pen writes them."""
    image = Image.new("L", (120, 120), 255)
    pen = ImageDraw.Draw(image)
    for stroke in strokes.tolist():
        pen.line([(x * 80 + 60, y * 80 + 60) for x, y in stroke], fill=0, width=9)
    return to_mnist(image).astype(float)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_written_letters_look_like_a_fonts_letters() -> None:
    """Most of what is written at random is like the letter of a font; which letters there are is told by that, too."""
    font = {letter: printed(letter) for letter in LETTERS}

    written = [drawn(strokes) for strokes in letters(chance(300))]

    nearest = [max(font, key=lambda letter: likeness(font[letter], image)) for image in written]
    alike = [likeness(font[letter], image) for letter, image in zip(nearest, written, strict=True)]
    assert np.median(alike) > 0.5
    assert len(set(nearest)) >= 0.8 * len(LETTERS)


def test_no_letter_is_written_twice_alike() -> None:
    assert len(np.unique(letters(chance(200)).flatten(1).numpy(), axis=0)) == 200


def test_a_letter_is_one_high_at_most_about_its_middle() -> None:
    down = letters(chance(200))[..., 1]

    heights = down.amax(dim=(1, 2)) - down.amin(dim=(1, 2))
    assert heights.min() > 0.6  # small letters
    assert heights.max() < 1.3
    assert down.abs().max() < 0.7


@pytest.mark.parametrize("letter", [*"BbGgIiJjlOoQqSsyZz"])
def test_letters_that_digits_look_like_are_not_among_them(letter: str) -> None:
    assert letter not in LETTERS
