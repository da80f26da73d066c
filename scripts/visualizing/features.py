"""The penultimate layer in two dimensions: what looks alike to the model lies together."""

import numpy as np
import numpy.typing as npt
from matplotlib.patheffects import withStroke
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from visualizing.colors import BLACK, BLUE, GREEN, ORANGE, PINK, RED, SKY
from visualizing.material import Material
from visualizing.network import features
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet

_SAMPLE = 1000  # images: enough to see every class, few enough for seconds
_KEPT = 30  # principal components that t-SNE looks at, as its authors did
_STEPS = 500  # of t-SNE's; after as many more, the same classes lie together
_HEIGHT = 6.6  # inches
_MANY = 60  # misread images whose rings would hide the rest
# Eight of Okabe and Ito's, where black stands for their yellow too, and two that differ from them in lightness.
_COLORS = (BLUE, ORANGE, GREEN, RED, SKY, PINK, BLACK, "#7A5C00", "#7F7F7F", "#5B1A8B")


def draw(material: Material) -> Picture:
    """Draws a sample of the test images, and which of them are misread."""
    test, network = material.test, material.network
    chosen = np.sort(np.random.default_rng(0).permutation(len(test))[:_SAMPLE])
    labels = test.labels[chosen]
    places = _flattened(features(network, test.images[chosen]))
    wrong = material.answers[chosen] != labels
    title = f"How {network.name} sorts {test.title}: what it sees alike lies together"
    which = f"{len(chosen):,} of {len(test):,}" if len(chosen) < len(test) else f"All {len(test):,}"
    remark = (
        f"{which} test images by what the layer before the last says of them, in two dimensions by t-SNE (van der "
        "Maaten and Hinton 2008): neighbours are alike; how far apart clusters are means nothing. "
        f"Rings: the {int(wrong.sum()):,} that are misread."
    )
    sheet = Sheet(_HEIGHT + MARGIN, title, remark)
    axes = sheet.axes(MARGIN, 0, WIDTH - 2 * MARGIN, _HEIGHT)
    axes.set_axis_off()
    is_short = max(map(len, test.classes)) == 1
    for label, (name, color) in enumerate(zip(test.classes, _COLORS, strict=True)):
        own = places[labels == label]
        if not len(own):
            continue
        marker = f"${name}$" if is_short else "o"
        axes.scatter(
            own[:, 0], own[:, 1], s=26 if is_short else 12, color=color, marker=marker, linewidths=0.2, alpha=0.85
        )
        middle = np.median(own, axis=0)
        axes.text(
            middle[0], middle[1], name, size=34 if is_short else 13, weight="bold", color=color, ha="center",
            va="center", path_effects=[withStroke(linewidth=5, foreground="white")], zorder=4,
        )  # fmt: skip
    size, width = (150, 1.3) if wrong.sum() <= _MANY else (60, 0.6)
    axes.scatter(places[wrong, 0], places[wrong, 1], s=size, facecolors="none", edgecolors=BLACK, linewidths=width)
    axes.margins(0.02)
    return Picture("features", f"{title}, {len(chosen):,} test images", sheet.figure)


def _flattened(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Brings (N, D) to (N, 2)."""
    kept = PCA(min(_KEPT, *values.shape), random_state=0).fit_transform(values)
    perplexity = min(30, (len(kept) - 1) / 3)
    sorter = TSNE(init="pca", perplexity=perplexity, max_iter=_STEPS, random_state=0)
    flat: npt.NDArray[np.float32] = sorter.fit_transform(kept)
    return flat
