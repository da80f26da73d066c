"""The mirrored light of a lamp on a whiteboard, on glossy paper or on a screen."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import grown
from mnist_core.light import windowed

Plane = npt.NDArray[np.uint8]

_SMALLEST = 100  # pixels of the shorter side from which soft and sharp can be told apart
_SAMPLE = 320  # pixels each way: fine enough for sharp edges, coarse enough to even out noise
_MOST = 250  # shade from which a camera cannot tell more light: it is where a mirrored lamp is
_LARGEST = 0.15  # of the picture that lamps take: more is white paper
_REACH = 2  # pixels of the sample over which an edge is blurred at most
_SOFT = 0.7  # of the steepness of ink's edges that the fading of the light has at most
_STEEP = 0.999  # of the picture that is less steep than ink's edges at most
_PAPER = 85  # percentile of shades outside of the lamps that is paper in good light
_LIGHT = 100  # shade that paper has at least: what glows on dark ground is ink
_BRIGHTER = 24  # shades that a mirrored lamp is lighter than that at least: less is the light on the paper


def without_glare(grey: Plane) -> Plane:
    """Dims mirrored lamps to the shade of paper, as they are stronger than ink and would be taken for it.

    A lamp's light fades softly, while something else in the picture, the ink, has sharp edges, and the paper is light.

    Args:
        grey: uint8 (height, width), dark on light or light on dark.

    Returns:
        uint8 (height, width), the same without mirrored lamps.
    """
    if min(grey.shape) < _SMALLEST or grey.max() < _MOST or (grey >= _MOST).mean() > _LARGEST:
        return grey
    sample = np.asarray(Image.fromarray(grey).reduce(-(-max(grey.shape) // _SAMPLE)))
    lamps = sample >= _MOST
    ring = grown(lamps) & ~lamps
    slopes = _steepness(sample)
    if not ring.any() or np.median(windowed(np.maximum, slopes, _REACH)[ring]) > _SOFT * np.quantile(slopes, _STEEP):
        return grey
    paper = np.uint8(np.percentile(sample[~lamps], _PAPER))
    return np.minimum(grey, paper) if _LIGHT <= paper <= _MOST - _BRIGHTER else grey


def _steepness(plane: Plane) -> npt.NDArray[np.float32]:
    """By how many shades neighbours differ; the edge of a step counts half on either side."""
    down, right = np.gradient(plane.astype(np.float32))
    steepness: npt.NDArray[np.float32] = np.hypot(down, right)
    return steepness
