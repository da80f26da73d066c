"""The kinds of pictures that there are."""

from collections.abc import Callable

import numpy as np

from scenes.camera import Picture
from scenes.copies import fax, photocopy
from scenes.hand import Hand
from scenes.papers import beside_a_blot, circled, envelope, form, lined_paper, row_of_boxes, small_scan, squared_paper
from scenes.photographs import beside_a_pen, pale, photo, seen_aslant, sheet_on_a_desk, whiteboard
from scenes.post import beside_a_stamp, post_code, postcard
from scenes.printed import beside_print, on_a_line
from scenes.screens import drawing, screen
from scenes.small import cut_close, tiny

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
    "row of boxes": row_of_boxes,
    "circled": circled,
    "beside a blot": beside_a_blot,
    "sheet seen aslant": seen_aslant,
    "whiteboard": whiteboard,
    "fax": fax,
    "photocopy": photocopy,
    "beside print": beside_print,
    "on a line": on_a_line,
    "post code": post_code,
    "beside a stamp": beside_a_stamp,
    "beside a pen": beside_a_pen,
    "postcard": postcard,
    "cut close": cut_close,
    "tiny": tiny,
}
