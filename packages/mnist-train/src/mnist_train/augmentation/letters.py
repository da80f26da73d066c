"""Letters as a pen writes them, for pictures of no digit.

Those that some people's digits look like are left out: B b G g I i J j l O o Q q S s y Z z.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_train.augmentation.chance import Chance

_STROKES, _POINTS = 4, 10  # of a letter, and of a stroke
_SMOOTH = 16  # points between two of a curve's

# The strokes of each. A stroke is straight from point to point, or a curve through them where it begins with "~".
# A point is two figures: 0 to 6 from the left, and 0 to 8 from the top.
LETTERS = {
    "A": "08 30 68,15 55",
    "C": "~61 40 10 04 18 48 67",
    "D": "~00 30 62 66 38 08,00 08",
    "E": "60 00 08 68,04 54",
    "F": "60 00 08,04 54",
    "H": "00 08,60 68,04 64",
    "K": "00 08,60 04 68",
    "L": "00 08 68",
    "M": "08 00 35 60 68",
    "N": "08 00 68 60",
    "P": "~00 50 62 44 04,00 08",
    "R": "~00 50 62 44 04,00 08,34 68",
    "T": "00 60,30 38",
    "U": "~00 05 28 48 65 60",
    "V": "00 38 60",
    "W": "00 18 32 58 60",
    "X": "00 68,60 08",
    "Y": "00 34 60,34 38",
    "a": "~11 30 51 53 33 13 05 18 38 55,52 56 68",  # with a roof
    "c": "~51 32 04 06 28 57",
    "d": "~56 38 06 34 56,60 68",
    "e": "~14 54 52 20 03 06 28 57",
    "f": "~60 40 32 38,13 53",
    "h": "00 08,~05 23 54 58",
    "k": "00 08,52 05 58",
    "m": "03 08,~05 13 34 38,~35 53 64 68",
    "n": "02 08,~04 22 54 58",
    "p": "00 08,~01 40 62 44 04",
    "r": "02 08,~04 22 52",
    "t": "~30 36 48 67,12 52",
    "u": "~02 06 28 56 52,52 58",
    "v": "02 38 62",
    "w": "02 18 34 58 62",
    "x": "~02 13 35 67,~62 53 35 07",  # as in joined writing
}


def letters(chance: Chance) -> Tensor:
    """Writes letters at random: wide or narrow, upright or leaning, by an unsteady hand.

    Args:
        chance: For the N letters.

    Returns:
        The lines' ends, float32 (N, strokes, points, 2), from the letter's middle to the right and down; a letter is
        one high.
    """
    which = (chance.between(0, 1) * len(LETTERS)).long().clamp_max(len(LETTERS) - 1)
    strokes, is_there = _STROKES_OF_ALL.to(which.device)[which], _IS_THERE.to(which.device)[which]
    unsteady = strokes + chance.normal(0.02, _STROKES, _POINTS, 2)
    unsteady += chance.normal(0.04, _STROKES, 1, 2)  # where a stroke begins differs more than how it goes on
    # A stroke that is not there is written over the first.
    across, down = torch.where(is_there[:, :, None, None], unsteady, unsteady[:, :1]).unbind(dim=3)
    width, slant = chance.between(0.45, 1)[:, None, None], chance.between(-0.15, 0.4)[:, None, None]
    return torch.stack([across * width - down * slant, down], dim=3)


def _points(stroke: str) -> Tensor:
    """A stroke's points (_POINTS, 2), from -0.5 to 0.5 each way."""
    places = stroke.removeprefix("~").split()
    knots = torch.tensor([(int(place[0]) / 6 - 0.5, int(place[1]) / 8 - 0.5) for place in places])
    if not stroke.startswith("~"):
        return torch.cat([knots, knots[-1:].expand(_POINTS - len(knots), 2)])
    curve = _curve(knots)
    return curve[torch.linspace(0, len(curve) - 1, _POINTS).round().long()]


def _curve(knots: Tensor) -> Tensor:
    """A smooth curve through points: Catmull and Rom's spline."""
    before, after = 2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1]
    p0, p1, p2, p3 = torch.cat([before, knots, after]).unfold(0, 4, 1).unbind(dim=2)
    t = torch.linspace(0, 1, _SMOOTH)[:, None, None]
    curve = p1 + t / 2 * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return curve.transpose(0, 1).flatten(0, 1)


_WRITTEN = [torch.stack([_points(stroke) for stroke in letter.split(",")]) for letter in LETTERS.values()]
_STROKES_OF_ALL = torch.stack([F.pad(strokes, (0, 0, 0, 0, 0, _STROKES - len(strokes))) for strokes in _WRITTEN])
_IS_THERE = torch.stack([torch.arange(_STROKES) < len(strokes) for strokes in _WRITTEN])
