"""The confusion matrix: what is read as what, and which class is misread most."""

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, Normalize

from mnist_core.cli import percent
from mnist_train.metrics import Scores
from visualizing.colors import QUIET, RED, RULE, TEXT
from visualizing.material import Material
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet
from visualizing.words import count

_CELL = 0.5  # inches


def draw(material: Material) -> Picture:
    """Draws the matrix of the test images."""
    test = material.test
    scores = Scores.of(test.labels, material.answers, test.classes)
    title = (
        f"{material.network.name} misreads {scores.wrong:,} of the {count(scores.count, 'test image')} of {test.title}"
    )
    remark = "Rows: what it is. Columns: what it was read as. Darker: a larger share of its row."
    worst = ""
    for most in scores.confusions(1):
        worst = f"most often {most.truth} as {most.read_as}, {count(most.count, 'time')}"
        remark += f" {worst[0].upper()}{worst[1:]}."
    classes = len(test.classes)
    label = max(0.35, 0.085 * max(map(len, test.classes)))
    side = classes * _CELL
    left = MARGIN + label
    long = max(map(len, test.classes)) > 2
    sheet = Sheet(side + (1.0 if long else 0.65), title, remark)
    axes = sheet.axes(left, 0.3, side, side)
    shares = scores.matrix / np.maximum(1, scores.matrix.sum(axis=1, keepdims=True))
    wrong = np.where(np.eye(classes, dtype=bool), 0, shares)
    scale = Normalize(0, max(0.01, wrong.max()))
    axes.imshow(np.ma.masked_equal(wrong, 0), cmap=_colors(), norm=scale)
    for row, column in np.ndindex(*scores.matrix.shape):
        number = int(scores.matrix[row, column])
        is_right = row == column
        if number or is_right:
            color = QUIET if is_right else "white" if scale(wrong[row, column]) > 0.55 else TEXT
            axes.text(
                column, row, f"{number:,}", ha="center", va="center", color=color,
                size=9.5 if is_right else 11, weight="normal" if is_right else "bold",
            )  # fmt: skip
    axes.set_xticks(range(classes), test.classes, rotation=35 if long else 0, ha="right" if long else "center")
    axes.set_yticks(range(classes), test.classes)
    axes.tick_params(labelsize=10 if long else 12)
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=RULE, linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    _draw_shares(sheet, scores, left + side + 0.35, side)
    return Picture("confusion", ", ".join(filter(None, (title, worst))), sheet.figure)


def _draw_shares(sheet: Sheet, scores: Scores, left: float, side: float) -> None:
    """A bar for each row: the share of it that is misread."""
    sheet.write(left, 0.12, "misread, of each class", size=10, weight="bold")
    axes = sheet.axes(left, 0.3, WIDTH - MARGIN - left, side)
    shares = [1 - row.recall if row.recall is not None else 0.0 for row in scores.per_class()]
    largest = max(*shares, 0.001)
    axes.barh(range(len(shares)), shares, color=RED, height=0.55)
    axes.set_ylim(len(shares) - 0.5, -0.5)
    axes.set_xlim(0, largest * 1.75)
    axes.set_axis_off()
    for row, (share, of) in enumerate(zip(shares, scores.per_class(), strict=True)):
        text = f"{percent(share)}" if of.count else "–"
        axes.text(share + 0.03 * largest, row, f"{text} of {of.count:,}", va="center", size=9.5, color=TEXT)


def _colors() -> LinearSegmentedColormap:
    """From almost white to dark, evenly for all eyes: magma, turned round and without its black end."""
    return LinearSegmentedColormap.from_list("misread", mpl.colormaps["magma_r"](np.linspace(0.02, 0.8, 256)))
