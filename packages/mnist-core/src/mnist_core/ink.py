"""Finds the ink of one digit in a plane of grey, on light or dark paper, and leaves specks and lines out."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import label
from mnist_core.light import SMALLEST, border, flattened

Plane = npt.NDArray[np.uint8]

_WEAK = 0.3  # of the threshold: pencil lines are faint in places
_FAINTEST = 8  # shades between ink and paper from which there is ink
_COARSE = 96  # pixels each way, for telling what hangs together: parts of a broken line do
_SPECK = 8  # times smaller than the digit is too small to be part of it


def find_ink(grey: Plane) -> Plane:
    """Tells ink from paper.

    Args:
        grey: uint8 (height, width), dark on light or light on dark.

    Returns:
        uint8 (height, width): 0 for paper, up to 255 for ink.
    """
    strength = flattened(_light_on_dark(grey))
    if max(grey.shape) < SMALLEST:
        return strength
    threshold = _otsu(strength)
    strong = strength > threshold
    if not strong.any():
        return np.zeros_like(grey)
    noise = _noise(strength, strong)
    full = float(np.percentile(strength[strong], 75))  # as strong as ink gets, but for the odd pixel
    if full < max(_FAINTEST, 3 * noise):
        return np.zeros_like(grey)
    digit = _digit(strength > max(threshold * _WEAK, 2 * noise))
    edged = _grown(digit) & (strength > noise)  # with the pixels that a line covers in part
    return (np.where(edged, strength, 0) * (255 / full)).clip(0, 255).astype(np.uint8)


def _light_on_dark(grey: Plane) -> Plane:
    """Turns paper to dark: it is what most of the picture, and most of its border, is."""
    light = grey > _otsu(grey)
    return ~grey if light.mean() + border(light).mean() > 1 else grey


def _otsu(values: Plane) -> int:
    """The threshold that parts the shades into the two groups that are most unlike each other (Otsu, 1979)."""
    counts = np.bincount(values.ravel(), minlength=256)
    below = np.cumsum(counts)
    sums = np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.nan_to_num(apart).argmax())


def _noise(strength: Plane, strong: npt.NDArray[np.bool_]) -> float:
    """How far paper strays from 0: none in a drawing, some in a photograph."""
    paper = strength[~_grown(_grown(strong))]
    return float(np.percentile(paper, 95)) if paper.size else 0.0


def _grown(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The mask and the pixels around it."""
    padded = np.pad(mask, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    return tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]


def _digit(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Drops specks, and lines that come in over the border, where there is clearly something bigger."""
    factor = -(-max(mask.shape) // _COARSE)
    coarse = np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).reduce(factor)) > 0
    labels, count = label(coarse)
    if count <= 1:
        return mask
    groups = np.arange(1, count + 1)
    sizes = np.bincount(labels.ravel())[1:]
    inside = ~np.isin(groups, border(labels))
    if inside.any() and sizes[inside].max() * _SPECK > sizes.max():
        sizes = np.where(inside, sizes, 0)
    kept = groups[sizes * _SPECK > sizes.max()]
    fine = np.kron(np.isin(labels, kept), np.ones((factor, factor), bool))
    return mask & fine[: mask.shape[0], : mask.shape[1]]
