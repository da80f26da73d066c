"""Evens out the light on a sheet of paper: a lamp to one side, the light that a window throws."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_core.blobs import label, sole
from mnist_core.threshold import otsu

_EVEN = 4  # shades by which a drawing's ground may vary
_STEPS = 0.25  # of the ink's strength that the border may vary when the light is smooth: more is light with edges
LIT = 64  # pixels of the longer side, below which soft edges are as wide as strokes
_ONE_SHADE = 0.15  # of the contrast between ink and paper that paper varies within a quarter of its pixels
_INKS = 0.35  # of the contrast that the strongest ink is above the usual: a shadow is far weaker than ink in it
_BLURRED = 0.7  # the same in a small picture, where there are more soft edges than ink
_SPECK = 0.01  # of the picture: a smaller piece of paper is none
SMALLEST = 12  # pixels of the longer side from which light, specks and ink can be told apart


def flattened(light_on_dark: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float]:
    """Takes away the paper's own light, which in a photograph changes from place to place.

    Args:
        light_on_dark: uint8 (height, width), ink lighter than paper.

    Returns:
        uint8 (height, width), how much lighter than the paper around it each pixel is, about 0 for paper; and the
        standard deviation of paper, in shades: 0 in a drawing, some in a photograph.
    """
    low, middle, high = np.percentile(border(light_on_dark), (25, 50, 75))
    even = high - low <= _EVEN and abs(np.median(light_on_dark) - middle) <= _EVEN
    paper = np.ones(light_on_dark.shape, bool)
    if even or max(light_on_dark.shape) < SMALLEST:
        flat = light_on_dark - np.float32(middle)
    else:
        flat = light_on_dark - _smooth_light(light_on_dark, paper)
        if not _is_even(flat):
            # Either thick ink that fills the picture drew the surface to itself, or the light is not smooth.
            inkless = light_on_dark <= otsu(light_on_dark)
            anew = light_on_dark - _smooth_light(light_on_dark, inkless)
            if is_of_two_shades(light_on_dark, inkless):
                flat, paper = light_on_dark.astype(np.float32), inkless
            elif _is_even(anew):
                flat, paper = anew, inkless
            else:
                flat -= _opened(flat)
    flat -= np.median(flat[paper])
    strength: npt.NDArray[np.uint8] = flat.clip(0, 255).astype(np.uint8)
    return strength, 1.48 * float(np.median(np.abs(flat[paper])))


def levelled(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Takes the light off a plane of which nobody knows yet whether ink is the lighter or the darker.

    Args:
        plane: uint8 (height, width).

    Returns:
        uint8, what it differs from the smooth surface that is nearest to all of it, from 0 for the darkest to 255.
    """
    flat = plane - _smooth_light(plane, np.ones(plane.shape, bool), looks=1)
    flat -= flat.min()
    level: npt.NDArray[np.uint8] = (flat * (255 / max(1, flat.max()))).astype(np.uint8)
    return level


def is_of_two_shades(plane: npt.NDArray[np.uint8], paper: npt.NDArray[np.bool_]) -> bool:
    """Whether paper is of one shade and ink, which is nowhere wide, of another; soft edges are between.

    In a picture that is not small, ink is a single thing as well.

    Args:
        plane: uint8 (height, width), light on dark.
        paper: bool (height, width), which pixels are dark.
    """
    dark, ink = plane[paper], plane[~paper]
    if not ink.size:
        return False
    lowest, low = np.percentile(dark, (5, 30))
    middle, high = np.percentile(ink, (50, 95))
    contrast = middle - np.median(dark)
    if low - lowest > _ONE_SHADE * contrast:
        return False
    is_small = max(plane.shape) < LIT
    if high - middle > (_BLURRED if is_small else _INKS) * contrast:
        return False
    if not is_small and sole(~paper) is None:
        return False
    # In few pixels, a thick digit's bays are filled; but paper that is but half in shadow is in no three pieces.
    reach = max(plane.shape) // (4 if is_small and _pieces(paper) >= 3 else 6) + 1
    return not windowed(np.minimum, np.pad(~paper, reach), reach).any()


def _pieces(mask: npt.NDArray[np.bool_]) -> int:
    """In how many pieces a mask is, specks left out."""
    labels, _ = label(mask)
    return int(np.count_nonzero(np.bincount(labels[mask]) > _SPECK * mask.size))


def _is_even(flat: npt.NDArray[np.float32]) -> bool:
    """Whether the border varies little against the ink's strength."""
    low, high = np.percentile(border(flat), (10, 90))
    return bool(high - low <= _STEPS * (np.percentile(flat, 99.5) - np.median(flat)))


def _smooth_light(
    plane: npt.NDArray[np.uint8], paper: npt.NDArray[np.bool_], looks: int = 2
) -> npt.NDArray[np.float32]:
    """The surface of second degree that is nearest to the paper: light that falls off to one side, or to all.

    Takes uint8 (height, width) and, for its first guess, which pixels are paper rather than ink; gives the surface, of
    the same shape. It looks again, if it is to: what lies above one guess does not count for the next, whatever it was
    taken for.
    """
    height, width = plane.shape
    down, right = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)
    terms = [down**i * right**j for i, j in ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2))]
    step = -(-max(plane.shape) // 64)  # a sample says enough
    sample = np.stack([term[::step, ::step].ravel() for term in terms], axis=1)
    values = plane[::step, ::step].ravel().astype(np.float32)
    fitted = paper[::step, ::step].ravel()
    for _ in range(looks):  # what lies above the surface is ink and does not count the next time
        weights = np.linalg.lstsq(sample[fitted], values[fitted])[0]
        above = values - sample @ weights
        fitted = above <= np.median(above) + 2 * np.median(np.abs(above - np.median(above))) + 1
    surface: npt.NDArray[np.float32] = np.tensordot(weights, np.stack(terms), axes=1)
    return surface


def _opened(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What is left when everything narrower than a sixth of the picture is wiped out: light with edges."""
    reach = max(plane.shape) // 12
    return windowed(np.maximum, windowed(np.minimum, plane, reach), reach)


def windowed(extreme: np.ufunc, plane: npt.NDArray[Any], reach: int) -> npt.NDArray[Any]:
    """The least or greatest value within a square window.

    Args:
        extreme: `np.minimum` or `np.maximum`.
        plane: (height, width).
        reach: How many pixels the window reaches, each way.

    Returns:
        (height, width).
    """
    for _ in ("down", "right"):  # a square is two lines, one after the other
        plane = np.pad(plane, ((reach, reach), (0, 0)), "edge")
        span, length = 1, 2 * reach + 1
        while span < length:
            step = min(span, length - span)
            plane = extreme(plane[:-step], plane[step:])
            span += step
        plane = plane.T
    return plane


def border(plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The outermost pixels of (height, width), as one row; the corners twice."""
    return np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])
