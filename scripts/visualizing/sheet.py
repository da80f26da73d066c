"""What all pictures share: a headline that states the finding, one width, few colours."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from visualizing.colors import PAPER, QUIET, RULE, TEXT
from visualizing.words import drawable, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DPI = 150
WIDTH = 10.0  # inches: what is written in 9 points can still be read in a README
MARGIN = 0.24

_TITLE, _REMARK = 16, 10  # points
_TITLE_LINE, _REMARK_LINE = 0.29, 0.19  # inches


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that is ready to be saved.

    Attributes:
        name: Its file's name, without the ending.
        shows: What is to be seen, in a line.
        figure: The drawing.
        is_first_page: Whether further pages may follow, named by `common.pages.paged`.
    """

    name: str
    shows: str
    figure: Figure
    is_first_page: bool = False


class Sheet:
    """A page with a headline; places on it are in inches from the left and from the headline's foot.

    Attributes:
        figure: The page.
    """

    def __init__(self, height: float, title: str, remark: str) -> None:
        """Begins a page.

        Args:
            height: Inches below the headline.
            title: The finding.
            remark: What else one has to know to read the picture.
        """
        titles = wrapped(title, WIDTH - 2 * MARGIN, _TITLE, "bold")
        remarks = wrapped(remark, WIDTH - 2 * MARGIN, _REMARK)
        head = 2 * MARGIN + len(titles) * _TITLE_LINE + len(remarks) * _REMARK_LINE
        self._height, self._head = head + height, head
        self.figure = Figure(figsize=(WIDTH, self._height), dpi=DPI, facecolor=PAPER)
        FigureCanvasAgg(self.figure)
        top = MARGIN - head
        for line in titles:
            self.write(MARGIN, top, line, size=_TITLE, weight="bold", va="top")
            top += _TITLE_LINE
        for line in remarks:
            self.write(MARGIN, top + 0.04, line, size=_REMARK, color=QUIET, va="top")
            top += _REMARK_LINE

    def write(self, left: float, top: float, text: str, **style: Any) -> None:
        """Writes text."""
        place = left / WIDTH, 1 - (top + self._head) / self._height
        self.figure.text(
            *place, drawable(text), parse_math=False, **{"size": 10, "color": TEXT, "va": "center", **style}
        )

    def axes(self, left: float, top: float, width: float, height: float) -> "Axes":
        """Makes room for a diagram, with its rules but without a frame."""
        bottom = self._height - self._head - top - height
        place = left / WIDTH, bottom / self._height, width / WIDTH, height / self._height
        axes = self.figure.add_axes(place)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(RULE)
        axes.tick_params(labelsize=9, length=0, labelcolor=TEXT)
        return axes

    def image(
        self, left: float, top: float, width: float, height: float, pixels: npt.NDArray[np.generic], **style: Any
    ) -> "Axes":
        """Puts pixels there, stretched to the place: grey of 0 to 255, colours, or values for a colour map."""
        axes = self.axes(left, top, width, height)
        axes.set_axis_off()
        axes.imshow(pixels, **{"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "nearest", **style})
        axes.set_aspect("auto")
        return axes


def mosaic(images: npt.NDArray[np.uint8], columns: int, gap: int) -> npt.NDArray[np.uint8]:
    """Lays images out in rows.

    Args:
        images: uint8 (N, H, W), at least one.
        columns: How many a row.
        gap: Pixels of white between two.

    Returns:
        uint8: the rows, with white where the last one has no images.
    """
    height, width = images.shape[1:]
    rows = -(-len(images) // columns)
    page = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = (place // columns) * (height + gap), (place % columns) * (width + gap)
        page[top : top + height, left : left + width] = image
    return page
