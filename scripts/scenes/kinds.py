"""The kinds of pictures that there are."""

from collections.abc import Callable

import numpy as np

from scenes.camera import Picture
from scenes.hand import Hand
from scenes.papers import envelope, form, lined_paper, small_scan, squared_paper
from scenes.photographs import pale, photo, sheet_on_a_desk
from scenes.screens import drawing, screen

KINDS: dict[str, Callable[[Hand, np.random.Generator], Picture]] = {
    "photo": photo,
    "lined paper": lined_paper,
    "squared paper": squared_paper,
    "sheet on a desk": sheet_on_a_desk,
    "pale": pale,
    "form": form,
    "small scan": small_scan,
    "drawing": drawing,
    "screen": screen,
    "envelope": envelope,
}
