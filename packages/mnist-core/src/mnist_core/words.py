"""Tells printed words, and bar codes, from the digit: rows of things that are smaller than it is."""

from typing import NamedTuple

import numpy as np

from mnist_core.blobs import (
    Boxes,
    Counts,
    Mask,
    boxes,
    coarse,
    count_strokes,
    filled,
    fine,
    gathered,
    grown,
    label,
    pixels_of,
)
from mnist_core.light import border

_LEAST = 4  # pixels that a letter is high
_MOST = 1000  # things that are looked at, the highest
_FRAMED = 0.15  # of a thing's height, that another in it has if it is drawn around that one
_SEVERAL = 3  # things, however small, are in what is drawn around them
_GAP = 0.8  # of the higher one's height, that two neighbours in a row are apart at most
_LEVEL = 0.5  # of the lower one's height, that both share
_ALIKE = 1.8  # times higher than its neighbour a letter is at most
_OUTLIER = 1.7  # times higher than most of its row, a thing is left out of it
_WIDE = 1.3  # times wider than high a word is
_STROKES = 2.5  # that a row of pixels crosses, on average,
_DENSE = 0.9  # and more for each of its heights that the word is wide
_NEAR = 0.3  # of its height, that dots and commas are above or below a word
_LARGER, _MUCH_LARGER = 1.3, 2.0  # times higher than words the digit is, and than short ones: those may be a number
_CLOSE = 0.3  # of its height, that a word is away from something larger at least: crumbs of a stroke are nearer
_COARSE = 192  # pixels each way, for telling what is drawn around words
_GROWTH = (0, 1, 3)  # pixels that lines around words are grown by, to close gaps
_LINE = 2  # pixels that they are thick at most
_PRINT = 0.5  # of all ink that is in words, where there is nothing else,
_LETTERS = 6  # and strokes that a row of pixels crosses in all of them


class _Word(NamedTuple):
    """The numbers of the things in a row, the box around them, and how many strokes its rows of pixels cross."""

    letters: Counts
    left: int
    top: int
    right: int
    bottom: int
    strokes: float

    @property
    def height(self) -> int:
        return self.bottom - self.top


def word_pixels(mask: Mask) -> Mask:
    """Finds words beside which there is something larger, and what is drawn around nothing but such words.

    Args:
        mask: bool (height, width), what might be ink.

    Returns:
        bool (height, width), their pixels.
    """
    labels, count = label(mask)
    things = boxes(labels, count)
    words = _words(labels, things)
    other = things.height >= _LEAST
    for word in words:
        other[word.letters] = False
    small = [word for word in words if _has_larger(word, things, other)]
    if not small:
        return np.zeros_like(mask)
    found = np.zeros(count, bool)
    for word in small:
        found |= _are_letters_of(word, things)
        other &= ~_are_around(word, things)
    other &= things.height >= _LARGER * max(int(things.height[word.letters].max()) for word in small)
    around = _around(mask, pixels_of(found, labels), pixels_of(other, labels))
    found |= ~other & (np.bincount(labels[~around], minlength=count + 1)[1:] == 0)
    return pixels_of(found, labels)


def is_print(mask: Mask) -> bool:
    """Whether ink, bool (height, width), is hardly anything but words."""
    labels, count = label(mask)
    words = _words(labels, boxes(labels, count))
    if sum(word.strokes for word in words) < _LETTERS:
        return False
    letters = np.isin(labels, np.concatenate([word.letters for word in words]) + 1)
    return bool(np.count_nonzero(letters) > _PRINT * np.count_nonzero(mask))


def _words(labels: Counts, things: Boxes) -> list[_Word]:
    """The rows of things that are like words."""
    tall = np.argsort(-things.height, kind="stable")[:_MOST]
    tall = tall[things.height[tall] >= _LEAST]
    letters = tall[~_are_frames(things.of(tall))]
    crossed = count_strokes(labels, len(things.left))
    found = []
    for row in _rows(things.of(letters)):
        members = letters[row]
        members = members[things.height[members] < _OUTLIER * np.median(things.height[members])]
        left, top = int(things.left[members].min()), int(things.top[members].min())
        right, bottom = int(things.right[members].max()), int(things.bottom[members].max())
        if right - left < _WIDE * (bottom - top):
            continue
        strokes = float(crossed[members].sum()) / (bottom - top)
        if strokes >= max(_STROKES, _DENSE * (right - left) / (bottom - top)):
            found.append(_Word(members, left, top, right, bottom, strokes))
    return found


def _are_frames(things: Boxes) -> Mask:
    """Which things, (count,), are drawn around others."""
    across, down = things.middles
    left, top, right, bottom = (side[:, None] for side in things)
    high = things.height[:, None]
    inside = (left < across) & (across < right) & (top < down) & (down < bottom)
    inside &= things.height <= high
    np.fill_diagonal(inside, False)
    several = np.count_nonzero(inside, axis=1) >= _SEVERAL
    frames: Mask = np.any(inside & (things.height >= _FRAMED * high), axis=1) | several
    return frames


def _rows(letters: Boxes) -> list[Counts]:
    """Gathers letters that stand side by side: the numbers of those in each row."""
    if not len(letters.left):
        return []
    left, top, right, bottom = letters
    higher = np.maximum(letters.height[:, None], letters.height)
    lower = np.minimum(letters.height[:, None], letters.height)
    gap = np.maximum(left[:, None], left) - np.minimum(right[:, None], right)
    shared = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    beside = (gap <= _GAP * higher) & (shared >= _LEVEL * lower) & (higher <= _ALIKE * lower)
    firsts = gathered(len(left), *np.nonzero(np.triu(beside, 1)))
    order = np.argsort(firsts, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(firsts[order])) + 1)


def _has_larger(word: _Word, things: Boxes, other: Mask) -> bool:
    """Whether there is something larger that is not around the word, and nothing such that the word is a part of."""
    times = _LARGER if word.strokes >= _LETTERS else _MUCH_LARGER
    larger = other & (things.height >= times * things.height[word.letters].max()) & ~_are_around(word, things)
    across = np.maximum(things.left, word.left) - np.minimum(things.right, word.right)
    down = np.maximum(things.top, word.top) - np.minimum(things.bottom, word.bottom)
    return bool(larger.any()) and not (larger & (np.maximum(across, down) < _CLOSE * word.height)).any()


def _are_around(word: _Word, things: Boxes) -> Mask:
    """Which things, (count,), have a word's middle within their boxes."""
    across, down = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return (things.left < across) & (across < things.right) & (things.top < down) & (down < things.bottom)


def _are_letters_of(word: _Word, things: Boxes) -> Mask:
    """Which things, (count,), are a word's letters, dots and commas."""
    near = _NEAR * word.height
    across = (things.left >= word.left - near) & (things.right <= word.right + near)
    down = (things.top >= word.top - near) & (things.bottom <= word.bottom + near)
    return across & down & (things.height <= word.height)


def _around(mask: Mask, words: Mask, others: Mask) -> Mask:
    """What closed lines have inside that have words in them and nothing larger; with the lines."""
    closed, factor = coarse(mask & ~words, _COARSE)
    read, near = coarse(words, _COARSE)[0], grown(coarse(others, _COARSE)[0], 2)
    found = np.zeros_like(closed)
    for more in _GROWTH:
        ground, count = label(~grown(closed, more))
        has_words = np.bincount(ground[read], minlength=count + 1) > 0
        has_words[ground[near]] = False
        has_words[border(ground)] = False
        for number in np.flatnonzero(has_words[1:]) + 1:
            found |= grown(filled(ground == number), more + _LINE)
    return fine(found, factor, mask.shape)
