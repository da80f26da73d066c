"""The steps from a picture to what the models read, and what takes the place of each when it is left out.

A step is left out where it is looked up, by what does nothing in its stead; nothing else of the way changes.
"""

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from unittest import mock

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Boxes, Mask
from mnist_core.sizes import SIDE

Plane = npt.NDArray[np.uint8]
_Picture = TypeVar("_Picture", Image.Image, Plane)


@dataclass(frozen=True)
class Step:
    """A step that can be left out.

    Attributes:
        name: What it is called.
        where: The function, or the number on which it depends whether the step is taken, by its full name.
        instead: What takes its place.
    """

    name: str
    where: str
    instead: Any

    @contextlib.contextmanager
    def left_out(self) -> Iterator[None]:
        """Reads without the step, for a block's length."""
        with mock.patch(self.where, self.instead):
            yield


def _brightness(image: Image.Image) -> Image.Image:
    return image.convert("L")


def _colors_under_transparency(image: Image.Image) -> Plane:
    return np.asarray(image.convert("L"))


def _no_card(_grey: Plane) -> Iterator[Mask]:
    yield from ()


def _no_hint(_image: Image.Image, _reach: int) -> float:
    return 0.0


def _no_threshold(_values: Plane) -> int:
    return 255  # so that all is paper, and the surface is the first one again


def _nothing_wide(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.zeros_like(plane)


def _no_pixels(mask: Mask, *_strength: Plane) -> Mask:
    return np.zeros_like(mask)


def _is_not(*_planes: Plane | Mask) -> bool:
    return False


def _no_outlines(_mask: Mask) -> None:
    return None


def _no_comb(_mask: Mask, _strength: Plane) -> None:
    return None


def _none_of_them(_mask: Mask, labels: npt.NDArray[Any], _groups: Boxes, _factor: int) -> Mask:
    return np.zeros(int(labels.max()), bool)


def _all_of_it(mask: Mask, _strength: Plane) -> Mask:
    return mask


def _no_border(plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return plane[:0, 0]


def _as_it_is(picture: _Picture) -> _Picture:
    return picture


def _middle_of_the_box(ink: Plane, axis: int) -> int:
    return (SIDE - int(ink.shape[axis])) // 2


STEPS: Sequence[Step] = (
    Step("repeated pixels", "mnist_core.images.at_own_size", _as_it_is),
    Step("smooth enlarging", "mnist_core.ink.unblurred", _as_it_is),
    Step("dots", "mnist_core.grey.undithered", _as_it_is),
    Step("colour (brightness alone)", "mnist_core.grey._most_contrast", _brightness),
    Step("what is opaque is ink", "mnist_core.grey._from_transparent", _colors_under_transparency),
    Step("mirrored lamps", "mnist_core.ink.without_glare", _as_it_is),
    Step("streaks", "mnist_core.ink.without_streak", _as_it_is),
    Step("black bands", "mnist_core.ink.without_bands", _as_it_is),
    Step("cards", "mnist_core.ink.cards", _no_card),
    Step("print that looks like a card", "mnist_core.cards._FLAT", math.inf),
    Step("round stickers", "mnist_core.cards.is_sticker", _is_not),
    Step("slim cards that are strokes", "mnist_core.ink._SLIP", math.inf),
    Step("shadows", "mnist_core.ink.lit_evenly", _as_it_is),
    Step("ink that goes from side to side", "mnist_core.shades.is_cut_close", _is_not),
    Step("light, before dark and light are told", "mnist_core.shades.levelled", _as_it_is),
    Step("what ink is thin on", "mnist_core.shades._darker", _no_hint),
    Step("paper's light, all of it", "mnist_core.light._EVEN", math.inf),
    Step("a surface fitted to what is no ink", "mnist_core.light.otsu", _no_threshold),
    Step("one thing of one shade", "mnist_core.light.is_of_two_shades", _is_not),
    Step("what is wide", "mnist_core.light._opened", _nothing_wide),
    Step("cut close", "mnist_core.looking.is_cut_close", _is_not),
    Step("words", "mnist_core.looking.word_pixels", _no_pixels),
    Step("words on cards", "mnist_core.ink.is_print", _is_not),
    Step("lines", "mnist_core.looking.line_pixels", _no_pixels),
    Step("thick lines are none", "mnist_core.lines.THIN", math.inf),
    Step("lines that end before the edges", "mnist_core.looking.stave_pixels", _no_pixels),
    Step("lines to write on", "mnist_core.looking.underline_pixels", _no_pixels),
    Step("tables", "mnist_core.looking.table_pixels", _no_pixels),
    Step("what is drawn around a digit", "mnist_core.looking.inside_outlines", _no_outlines),
    Step("boxes beside empty ones", "mnist_core.looking.beside_cells", _no_comb),
    Step("combs", "mnist_core.looking.beside_comb", _no_comb),
    Step("frames", "mnist_core.looking.frame_pixels", _no_pixels),
    Step("print", "mnist_core.separating._PRINTED", math.inf),
    Step("choosing", "mnist_core.separating.choose", _all_of_it),
    Step("punched holes", "mnist_core.choosing.are_holes", _none_of_them),
    Step("empty boxes", "mnist_core.choosing.are_empty_boxes", _none_of_them),
    Step("printed lines beside the digit", "mnist_core.choosing._RULE", math.inf),
    Step("tangles", "mnist_core.choosing._TANGLED", math.inf),
    Step("blots", "mnist_core.choosing._BLOT", math.inf),
    Step("stamps with a postmark", "mnist_core.choosing._CORE", math.inf),
    Step("pens", "mnist_core.choosing._SLIM", math.inf),
    Step("the edges of sheets", "mnist_core.choosing._LONGER", math.inf),
    Step("the border counts less", "mnist_core.choosing.border", _no_border),
    Step("the second look", "mnist_core.ink._CLOSE", 0),
    Step("edges that are no strokes", "mnist_core.ink.is_edge", _is_not),
    Step("widening", "mnist_core.images._thickened", _as_it_is),
    Step("centre of mass (middle of the box)", "mnist_core.images._place", _middle_of_the_box),
)
