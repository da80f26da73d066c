"""Letters written at random, which are no digits."""

import functools

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from mnist_train.augmentation.chance import Chance
from mnist_train.augmentation.letters import LETTERS, _points, letters


def chance(count: int, seed: int = 0) -> Chance:
    return Chance(torch.Generator().manual_seed(seed), count, lambda values: values, torch.device("cpu"))


@functools.cache
def font() -> np.ndarray:
    """All letters as a font has them."""
    pictures = []
    for letter in LETTERS:
        image = Image.new("L", (120, 120))
        ImageDraw.Draw(image).text((60, 60), letter, font=ImageFont.load_default(80), fill=255, anchor="mm")
        pictures.append(seen(image))
    return np.stack(pictures)


def drawn(lines: torch.Tensor) -> np.ndarray:
    """As a pen draws lines (N, 4)."""
    image = Image.new("L", (140, 140))
    pen = ImageDraw.Draw(image)
    for line in (lines * 80 + 70).tolist():
        pen.line(line, fill=255, width=9)
    return seen(image)


def seen(ink: Image.Image) -> np.ndarray:
    """Ink at the size of MNIST's digits and from some way off: two of these, multiplied, give how alike they are."""
    boxed = ImageOps.expand(ImageOps.pad(ink.crop(ink.getbbox()), (20, 20)), 4)
    pixels = np.asarray(boxed.filter(ImageFilter.GaussianBlur(1.5)), float).ravel()
    pixels -= pixels.mean()
    return np.asarray(pixels / np.linalg.norm(pixels))


def test_all_letters_are_written_so_that_a_font_tells_which_they_are() -> None:
    written = np.stack([drawn(lines) for lines in letters(chance(300))])

    likeness = written @ font().T

    assert np.median(likeness.max(axis=1)) > 0.5
    assert len(set(likeness.argmax(axis=1))) >= 0.9 * len(LETTERS)


# The stems of an M run together in so few pixels, and this font has no ɑ.
@pytest.mark.parametrize("letter", sorted(LETTERS.keys() - {"M", "ɑ"}))
def test_a_letters_name_is_what_it_looks_like(letter: str) -> None:
    """Of all these letters of a font, its own is among the five that its strokes are most like."""
    strokes = torch.stack([_points(stroke) for stroke in LETTERS[letter].split(",")])
    lines = torch.cat([strokes[:, :-1], strokes[:, 1:]], dim=2).flatten(0, 1)
    images = [drawn(lines * torch.tensor([width, 1, width, 1])) for width in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)]

    likeness = (np.stack(images) @ font().T).max(axis=0)
    assert list(LETTERS).index(letter) in likeness.argsort()[-5:]


def test_some_letters_have_serifs() -> None:
    """Bars at the ends of strokes, which make a letter of the same strokes longer in all."""
    lines = letters(chance(500))

    bars = lines[:, -8:]
    lengths = torch.hypot(bars[..., 2] - bars[..., 0], bars[..., 3] - bars[..., 1]).amax(dim=1)
    assert 0.3 < (lengths > 0.03).float().mean() < 0.5


def test_no_letter_is_written_twice_alike() -> None:
    assert len(np.unique(letters(chance(200)).flatten(1).numpy(), axis=0)) == 200


def test_a_letter_is_one_high_at_most_about_its_middle() -> None:
    down = letters(chance(200))[..., [1, 3]]

    heights = down.amax(dim=(1, 2)) - down.amin(dim=(1, 2))
    assert heights.min() > 0.6  # small letters
    assert heights.max() < 1.4  # with bars at the ends
    assert down.abs().max() < 0.8


@pytest.mark.parametrize("letter", [*"BbGgIiJjlOoQqSsyZz"])
def test_letters_that_digits_look_like_are_not_among_them(letter: str) -> None:
    assert letter not in LETTERS
