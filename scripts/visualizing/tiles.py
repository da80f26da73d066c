"""Pages of images with what is to be said below each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from common.colors import RED
from mnist_core.cli import sureness
from visualizing.colors import QUIET, TEXT
from visualizing.sheet import DPI, MARGIN, WIDTH, Sheet

PER_PAGE = 45
_COLUMNS = 9
_IMAGE = 140 / DPI  # inches: five for each of 28 pixels
_STEP = (WIDTH - 2 * MARGIN) / _COLUMNS
_LINE, _BELOW = 0.17, 0.2  # inches of a line of text, and of what is below the last


@dataclass(frozen=True, eq=False)
class Tile:
    """An image that is said to be one thing and looks like another.

    Attributes:
        image: uint8 (28, 28).
        label: What it is said to be.
        likeness: What it looks like.
        probability: How sure that is, 0 to 1.
    """

    image: npt.NDArray[np.uint8]
    label: str
    likeness: str
    probability: float


def page(tiles: Sequence[Tile], title: str, remark: str) -> Sheet:
    """Draws up to `PER_PAGE` tiles, at least one."""
    is_short = max(len(name) for tile in tiles for name in (tile.label, tile.likeness)) <= 2
    height = _IMAGE + (2 if is_short else 3) * _LINE + _BELOW
    sheet = Sheet(-(-len(tiles) // _COLUMNS) * height + MARGIN - _BELOW, title, remark)
    for place, tile in enumerate(tiles):
        row, column = divmod(place, _COLUMNS)
        left, top = MARGIN + column * _STEP, row * height
        sheet.image(left, top, _IMAGE, _IMAGE, tile.image)
        top += _IMAGE + 0.6 * _LINE
        if is_short:
            sheet.write(left, top, f"{tile.label} → {tile.likeness}", size=12, weight="bold", color=RED)
        else:
            sheet.write(left, top, tile.label, size=8.5, weight="bold", color=TEXT)
            top += _LINE
            sheet.write(left, top, f"→ {tile.likeness}", size=8.5, weight="bold", color=RED)
        sheet.write(left, top + 1.05 * _LINE, sureness(tile.probability), size=9.5, color=QUIET)
    return sheet
