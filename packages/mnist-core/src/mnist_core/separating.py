"""Parts the digit's ink from paper by its strength, and from what else there is on the paper."""

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import grown
from mnist_core.choosing import choose
from mnist_core.threshold import otsu

Plane = npt.NDArray[np.uint8]

FAINTEST = 8  # shades between ink and paper from which there is ink
SIGMAS = 3  # standard deviations that paper strays from its own shade at most
_WEAK = 0.3  # of the threshold: pencil lines are faint in places
_STRONGEST = 2000  # one pixel of so many is ink at least, so that is how strong ink gets
_PRINTED = 100  # pixels of the longer side, from which paper shows what is printed on it
_FREE = 0.5  # of the strongest: what the border shows below this is print
_CERTAIN = 4  # standard deviations that ink is above paper: noise alone does not get there


def separated(strength: Plane, noise: float) -> Plane:
    """Parts ink from paper twice: over all, to choose the digit, and then by the digit's own strength.

    Args:
        strength: uint8 (height, width), how much stronger than paper each pixel is.
        noise: The standard deviation of paper's own.

    Returns:
        uint8 (height, width), 0 for paper, up to 255 for ink.
    """
    floor = min(_floor(strength, noise), 255.0)
    threshold = otsu(np.where(strength > floor, strength - np.uint8(floor), 0).astype(np.uint8)) + floor
    digit = choose(strength > _weak(strength, threshold, floor), strength)
    threshold = max(otsu(np.where(digit, strength, 0).astype(np.uint8)), floor)
    strong = digit & (strength > threshold)
    if not strong.any():
        return np.zeros_like(strength)
    full = float(np.percentile(strength[strong], 75))  # as strong as ink gets, but for the odd pixel
    if full < max(FAINTEST, _CERTAIN * noise):
        return np.zeros_like(strength)
    digit &= strength > max(threshold * _WEAK, floor)
    edged = grown(digit) & (strength > noise)  # with the pixels that a line covers in part
    return (np.where(edged, strength, 0) * (255 / full)).clip(0, 255).astype(np.uint8)


def strongest(strength: Plane) -> float:
    """How strong ink gets, if there is any."""
    place = -1 - strength.size // _STRONGEST
    return float(np.partition(strength.ravel(), place)[place])


def _floor(strength: Plane, noise: float) -> float:
    """What paper reaches: its noise, and the print that two sides of the border show at least."""
    floor = SIGMAS * noise
    if max(strength.shape) >= _PRINTED:
        wide = max(1, max(strength.shape) // 25)
        sides = strength[:wide], strength[-wide:], strength[:, :wide], strength[:, -wide:]
        printed = sorted(float(np.percentile(side, 98)) for side in sides)[2]
        if printed < _FREE * strongest(strength):
            floor = max(floor, printed * 1.1)
    return floor


def _weak(strength: Plane, threshold: float, floor: float) -> float:
    """The strength that parts of ink may fall to: more than that of what is printed around it."""
    weak = max(threshold * _WEAK, floor)
    if max(strength.shape) < _PRINTED:
        return weak
    paper = strength[~grown(strength > threshold, 3)]
    return max(weak, min(float(np.percentile(paper, 99.5)) * 1.3, 0.7 * threshold)) if paper.size else weak
