"""The confusion matrix: what is read as what, and which class is misread most."""

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, Normalize

from common.colors import RED
from common.words import count, listed
from mnist_core.cli import percent
from mnist_train.metrics import Scores
from visualizing.colors import QUIET, RULE, TEXT
from visualizing.material import Material
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet
from visualizing.words import measured

_CELL = 0.5  # inches
_NAMED = 4  # confusions that are as frequent as each other and still named
_NAME = 11  # points of the axes' names


def draw(material: Material) -> Picture:
    """Draws the matrix of the test images."""
    test = material.test
    scores = Scores.of(test.labels, material.answers, test.classes)
    title = (
        f"{material.network.name} misreads {scores.wrong:,} of the {count(scores.count, 'test image')} of {test.title}"
    )
    worst = most_often(scores)
    remark = f"The darker, the larger a share of its row. {worst[:1].upper()}{worst[1:]}".strip()
    classes = len(test.classes)
    is_long = max(map(len, test.classes)) > 2
    size = 10 if is_long else 12
    side = classes * _CELL
    left = MARGIN + measured("is", _NAME, "bold") + 0.25 + max(measured(name, size) for name in test.classes)
    foot = 1.0 if is_long else 0.65
    sheet = Sheet(0.3 + side + foot, title, remark)
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
    axes.set_xticks(range(classes), test.classes, rotation=35 if is_long else 0, ha="right" if is_long else "center")
    axes.set_yticks(range(classes), test.classes)
    axes.tick_params(labelsize=size)
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=RULE, linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    sheet.write(MARGIN, 0.3 + side / 2, "is", size=_NAME, weight="bold")
    sheet.write(left + side / 2, 0.3 + side + foot - 0.22, "read as", ha="center", size=_NAME, weight="bold")
    _draw_shares(sheet, scores, left + side + 0.35, side)
    return Picture("confusion", f"{title}, {worst}".rstrip("., "), sheet.figure)


def most_often(scores: Scores) -> str:
    """The most frequent confusion as a sentence in small letters, or all that are as frequent; nothing if none is."""
    found = scores.confusions(scores.matrix.size)
    worst = [confusion for confusion in found if confusion.count == found[0].count]
    if not worst:
        return ""
    times = count(worst[0].count, "time")
    if len(worst) > _NAMED:
        return f"no confusion is more frequent than {times}, and {len(worst)} are as frequent."
    pairs = listed([f"{confusion.truth} as {confusion.read_as}" for confusion in worst])
    return f"most often {pairs}, {times}{' each' if len(worst) > 1 else ''}."


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
