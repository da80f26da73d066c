"""The penultimate layer in two dimensions: what looks alike to the model lies together."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.patheffects import withStroke
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from common.colors import BLACK, ON_WHITE
from visualizing.material import Material
from visualizing.network import features
from visualizing.sheet import DPI, MARGIN, WIDTH, Picture, Sheet
from visualizing.words import measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SAMPLE = 1000  # images: enough to see every class, few enough for seconds
_KEPT = 30  # principal components that t-SNE looks at, as its authors did
_STEPS = 500  # of t-SNE's; after as many more, the same classes lie together
_HEIGHT = 6.6  # inches
_MANY = 60  # misread images whose rings would hide the rest
_LABELLED = 15  # misread images at most that have a label each
_SIZE = 10.5  # points of these labels
_RING, _MARK = 17, 5  # pixels from the middle of a misread image, and of another, to what covers none of it
_HIDDEN = 10  # covered images that are no worse than a covered ring or label
COLORS = (*ON_WHITE, "#4F3C00", "#7F7F7F", "#6A1FA0")


def draw(material: Material) -> Picture:
    """Draws a sample of the test images, and which of them are misread."""
    test, network = material.test, material.network
    chosen = np.sort(np.random.default_rng(0).permutation(len(test))[:_SAMPLE])
    labels, answers = test.labels[chosen], material.answers[chosen]
    places = _flattened(features(network, test.images[chosen]))
    is_wrong = answers != labels
    wrong = int(is_wrong.sum())
    title = f"How {network.name} sorts {test.title}: what it sees alike lies together"
    some = f"{len(chosen):,} of {len(test):,}" if len(chosen) < len(test) else f"All {len(test):,}"
    rings = f"Rings: the {wrong:,} that are misread" if wrong else "None is misread"
    is_short = max(map(len, test.classes)) == 1
    are_labelled = is_short and wrong <= _LABELLED
    remark = (
        f"{some} test images by what the layer before the last says of them, in two dimensions by t-SNE (van der "
        "Maaten and Hinton 2008): neighbours are alike; how far apart clusters are means nothing. "
        f"{rings}{', what it is → what it was read as' if wrong and are_labelled else ''}."
    )
    sheet = Sheet(_HEIGHT + MARGIN, title, remark)
    axes = sheet.axes(MARGIN, 0, WIDTH - 2 * MARGIN, _HEIGHT)
    axes.set_axis_off()
    for label, (name, color) in enumerate(zip(test.classes, COLORS, strict=True)):
        own = labels == label
        if not own.any():
            continue
        marker, size = (f"${name}$", 26) if is_short else ("o", 12)
        # The misread ones lie among others, and would be covered by those that are drawn later.
        for which, alpha, order in ((own & ~is_wrong, 0.7, 2), (own & is_wrong, 1, 5)):
            across, up = places[which].T
            axes.scatter(across, up, size, color, marker=marker, alpha=alpha, linewidths=0.2, zorder=order)
        x, y = np.median(places[own], axis=0)
        axes.text(
            x, y, name, size=34 if is_short else 13, weight="bold", color=color,
            ha="center", va="center", path_effects=[withStroke(linewidth=5, foreground="white")], zorder=3,
        )  # fmt: skip
    diameter, width = (150, 1.3) if wrong <= _MANY else (60, 0.6)
    across, up = places[is_wrong].T
    axes.scatter(
        across, up, diameter, facecolors="white" if are_labelled else "none", edgecolors=BLACK,
        linewidths=width, zorder=4,
    )  # fmt: skip
    axes.margins(0.03)
    if are_labelled:
        texts = [
            f"{test.classes[label]}→{test.classes[answer]}"
            for label, answer in zip(labels[is_wrong], answers[is_wrong], strict=True)
        ]
        _label(axes, places, np.flatnonzero(is_wrong), texts)
    return Picture("features", f"{title}, {len(chosen):,} test images", sheet.figure)


def _label(axes: "Axes", places: npt.NDArray[np.float32], chosen: npt.NDArray[np.intp], texts: list[str]) -> None:
    """Writes a text beside each of some points, on the side where it covers the least."""
    points = axes.transData.transform(places)
    taken = points[chosen]  # by rings, and then by texts
    for point, text in zip(points[chosen], texts, strict=True):
        half = np.array([measured(text, _SIZE, "bold") * DPI, _SIZE / 72 * DPI]) / 2
        beside, above = half + _RING
        sides = [(beside, 0), (-beside, 0), (0, above), (0, -above)]
        sides += [(x, y) for x in (beside, -beside) for y in (above, -above)]
        middles = point + np.array(sides)
        covered = [
            (np.abs(points - middle) < half + _MARK).all(axis=1).sum()
            + _HIDDEN * (np.abs(taken - middle) < half + _RING - 1).all(axis=1).sum()
            + _HIDDEN * ((middle < half) | (middle > axes.figure.bbox.size - half)).sum()  # beyond the page
            for middle in middles
        ]
        best = middles[int(np.argmin(covered))]
        taken = np.vstack([taken, best])
        x, y = axes.transData.inverted().transform(best)
        axes.text(
            x, y, text, size=_SIZE, weight="bold", color=BLACK, ha="center",
            va="center", path_effects=[withStroke(linewidth=3, foreground="white")], zorder=6, parse_math=False,
        )  # fmt: skip


def _flattened(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Brings (N, D) to (N, 2)."""
    kept = PCA(min(_KEPT, *values.shape), random_state=0).fit_transform(values)
    perplexity = min(30, (len(kept) - 1) / 3)
    sorter = TSNE(init="pca", perplexity=perplexity, max_iter=_STEPS, random_state=0)
    # Its threads wait for each other at every step, awake: where a core is busy with something else, for seconds.
    with threadpool_limits(1):
        flat: npt.NDArray[np.float32] = sorter.fit_transform(kept)
    return flat
