"""The mirrored light of a lamp on a whiteboard, on glossy paper or on a screen."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_core.blobs import Mask, grown, label
from mnist_core.light import windowed

Plane = npt.NDArray[np.uint8]

_SMALLEST = 100  # pixels of the shorter side from which soft and sharp can be told apart
_SAMPLE = 320  # pixels each way: fine enough for sharp edges, coarse enough to even out noise
_BRIGHT = 215  # shade that a mirrored lamp has at least
_NOISE = 5  # shades below the brightest that are as bright
_LARGEST = 0.15  # of the picture that lamps take: more is white paper
_REACH = 2  # pixels of the sample over which an edge is blurred at most
_SOFT = 0.7  # of the steepness of ink's edges that the fading of the light has at most
_STEEP = 0.999  # of the picture that is less steep than ink's edges at most
_PAPER = 85  # percentile of shades outside of the lamps that is paper in good light
_LIGHT = 100  # shade that paper has at least: what glows on dark ground is ink
_BRIGHTER = 40  # shades that a mirrored lamp is lighter than that at least: less is the light on the paper


def without_glare(grey: Plane) -> Plane:
    """Dims mirrored lamps to the shade of paper, as they are stronger than ink and would be taken for it.

    A lamp's light fades softly, while something else in the picture, the ink, has sharp edges, and the paper is light.

    Args:
        grey: uint8 (height, width), dark on light or light on dark.

    Returns:
        uint8 (height, width), the same without mirrored lamps.
    """
    if min(grey.shape) < _SMALLEST or grey.max() < _BRIGHT:
        return grey
    sample = np.asarray(Image.fromarray(grey).reduce(-(-max(grey.shape) // _SAMPLE)))
    brightest = int(sample.max()) - _NOISE
    lamps = sample >= brightest
    if brightest < _BRIGHT or lamps.mean() > _LARGEST:
        return grey
    slopes = _steepness(sample)
    edges = windowed(np.maximum, slopes, _REACH)
    ink = float(np.quantile(slopes, _STEEP))
    paper = np.uint8(np.percentile(sample[~lamps], _PAPER))
    if not _LIGHT <= paper <= brightest - _BRIGHTER or not _fades(lamps, edges, ink):
        return grey
    return np.minimum(grey, paper) if _fades(_around(lamps, sample > paper), edges, ink) else grey


def _fades(light: Mask, edges: npt.NDArray[np.float32], ink: float) -> bool:
    """Whether light's border is less steep than ink's edges are, as the edges of a sheet on a desk are not."""
    ring = grown(light) & ~light
    return bool(ring.any() and np.median(edges[ring]) <= _SOFT * ink)


def _around(lamps: Mask, light: Mask) -> Mask:
    """What of the light hangs together with lamps."""
    labels, count = label(light)
    return np.bincount(labels[lamps], minlength=count + 1)[labels] > 0


def _steepness(plane: Plane) -> npt.NDArray[np.float32]:
    """By how many shades neighbours differ; the edge of a step counts half on either side."""
    down, right = np.gradient(plane.astype(np.float32))
    steepness: npt.NDArray[np.float32] = np.hypot(down, right)
    return steepness
