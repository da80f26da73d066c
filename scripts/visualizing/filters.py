"""The first layer: its filters, and what each finds in one image."""

import numpy as np
import numpy.typing as npt

from mnist_core.sizes import SIDE
from visualizing.colors import DIVERGING, QUIET
from visualizing.material import Material
from visualizing.network import first_layer
from visualizing.sheet import MARGIN, WIDTH, Picture, Sheet
from visualizing.words import a

_COLUMNS = 8
_LEFT = 1.9  # inches for the image
_RESPONSE, _FILTER = 0.74, 0.36  # inches
_FADED = 0.02  # of the strongest weight: what a filter is below that is next to nothing


def draw(material: Material) -> Picture:
    """Draws the filters beside what they give for the first test image that the model reads rightly."""
    test, network = material.test, material.network
    right = np.flatnonzero(material.answers == test.labels)
    chosen = int(right[0]) if len(right) else 0
    image, name = test.images[chosen], test.classes[test.labels[chosen]]
    layer = first_layer(network, image)
    count = len(layer.filters)
    title = f"What the {count} filters of {network.name}'s first layer find in {a(name)}"
    height, width = layer.filters.shape[1:]
    remark = (
        f"Small: a filter, {height} × {width} weights. Large: its answer at each place of the image, above its answer "
        "to empty paper. Orange is above zero, purple below; colours go by the square root, so that weak answers are "
        "seen as well. The highest answer comes first."
    )
    faded = int((np.abs(layer.filters).max(axis=(1, 2)) < _FADED * np.abs(layer.filters).max()).sum())
    if faded:
        remark += f" {faded} that the network has no use for have faded in training."
    rows = -(-count // _COLUMNS)
    pitch, row_height = (WIDTH - MARGIN - _LEFT) / _COLUMNS, _RESPONSE + _FILTER + 0.28
    sheet = Sheet(max(rows * row_height, 1.9) + 0.05, title, remark)
    sheet.image(MARGIN, 0.0, 1.4, 1.4, image)
    sheet.write(MARGIN, 1.53, f"{SIDE} × {SIDE} pixels", size=9, color=QUIET)
    filters, responses = _strengthened(layer.filters), _strengthened(layer.responses)
    style = {"cmap": DIVERGING, "vmin": -1, "vmax": 1}
    for place, index in enumerate(np.argsort(-layer.responses.max(axis=(1, 2)), kind="stable")):
        row, column = divmod(place, _COLUMNS)
        left, top = _LEFT + column * pitch, row * row_height
        sheet.image(left, top, _FILTER, _FILTER, filters[index], **style)
        sheet.image(left, top + _FILTER + 0.05, _RESPONSE, _RESPONSE, responses[index], **style)
    return Picture("filters", title, sheet.figure)


def _strengthened(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Brings values to -1 to 1 by their square root, so that the weak are seen beside the strong."""
    largest = float(np.abs(values).max()) or 1.0
    strengthened: npt.NDArray[np.float32] = np.sign(values) * np.sqrt(np.abs(values) / largest)
    return strengthened
