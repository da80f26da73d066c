"""Letters as a pen writes them, for pictures of no digit.

Those that some people's digits look like are left out: B b G g I i J j l O o Q q S s y Z z.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from mnist_train.augmentation.chance import Chance

_STROKES, _POINTS = 4, 12  # of a letter, and of a stroke
_OFTEN = {"L": 4, "U": 3, "C": 3, "a": 3, "ɑ": 2, "f": 3, "t": 3}  # taken for digits most, so written more often
_SERIFS = 0.4  # of the letters have bars across the ends of their strokes, as many fonts have
_SMOOTH = 16  # points between two of a curve's

# The strokes of each. A stroke is straight from point to point, or a curve through them where it begins with "~".
# A point is two figures: 0 to 6 from the left, and 0 to 8 from the top.
LETTERS = {
    "A": "08 30 68,15 55",
    "C": "~61 50 30 12 04 16 38 58 67",
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
    "a": "~11 20 40 52 54 58,~54 34 14 05 07 28 48 56",  # with a roof
    "ɑ": "~51 31 13 05 17 38 56 52,51 58 68",  # without
    "c": "~52 41 21 03 05 17 38 57",
    "d": "~56 38 06 34 56,60 68",
    "e": "~04 34 64 52 31 12 04 16 38 57",
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
    """Writes letters at random: wide or narrow, upright or leaning, with serifs or without, by an unsteady hand.

    Args:
        chance: For the N letters.

    Returns:
        The lines that they are made of, as `segments` takes them, but from the letter's middle: float32 (N, lines, 4).
        A letter is one high.
    """
    drawn = chance.between(0, 1)
    which = torch.bucketize(drawn, _BOUNDS.to(drawn.device), right=True).clamp_max(len(LETTERS) - 1)
    strokes, is_there, outward = (table.to(which.device)[which] for table in (_STROKES_OF_ALL, _IS_THERE, _OUTWARD))
    unsteady = strokes + chance.normal(0.02, _STROKES, _POINTS, 2)
    unsteady += chance.normal(0.04, _STROKES, 1, 2)  # where a stroke begins differs more than how it goes on
    # A stroke that is not there is written over the first.
    unsteady = torch.where(is_there[:, :, None, None], unsteady, unsteady[:, :1])
    lines = torch.cat([unsteady[:, :, :-1], unsteady[:, :, 1:]], dim=3).flatten(1, 2)  # (N, lines, 4)
    lines = torch.cat([lines, _serifs(unsteady, outward, chance)], dim=1)
    across, down = lines[..., 0::2], lines[..., 1::2]  # of both ends: (N, lines, 2)
    width, slant = chance.between(0.45, 1)[:, None, None], chance.between(-0.15, 0.4)[:, None, None]
    return torch.stack([across * width - down * slant, down], dim=3).flatten(2)


def _serifs(strokes: Tensor, outward: Tensor, chance: Chance) -> Tensor:
    """Bars across the ends of strokes, lying or standing: lines (N, 2 * _STROKES, 4), of no length where none is."""
    ends = strokes[:, :, [0, -1]].flatten(1, 2)
    outward = outward.flatten(1, 2)
    across = torch.where(_lies(outward), ends.new_tensor([0, 1]), ends.new_tensor([1, 0]))
    across = across * outward.any(dim=2, keepdim=True)
    reach = (chance.between(0.05, 0.16) * chance.happens(_SERIFS))[:, None, None]
    return torch.cat([ends - across * reach, ends + across * reach], dim=2)


def _lies(direction: Tensor) -> Tensor:
    """Whether a direction (..., 2) is nearer to lying than to slanting: (..., 1)."""
    return direction[..., :1].abs() > 2 * direction[..., 1:].abs()


def _knots(stroke: str) -> Tensor:
    """The points that a stroke goes through (K, 2), from -0.5 to 0.5 each way."""
    places = stroke.removeprefix("~").split()
    return torch.tensor([(int(place[0]) / 6 - 0.5, int(place[1]) / 8 - 0.5) for place in places])


def _points(stroke: str) -> Tensor:
    """As many points of every stroke: (_POINTS, 2)."""
    knots = _knots(stroke)
    if not stroke.startswith("~"):
        return torch.cat([knots, knots[-1:].expand(_POINTS - len(knots), 2)])
    curve = _curve(knots)
    return curve[torch.linspace(0, len(curve) - 1, _POINTS).round().long()]


def _ends(stroke: str) -> Tensor:
    """In which directions a stroke begins and ends, (2, 2); 0 where no bar belongs: on a curve or in the middle."""
    knots = _knots(stroke)
    directions = torch.stack([knots[1] - knots[0], knots[-1] - knots[-2]])
    is_outermost = not stroke.startswith("~") and (knots[[0, -1], 1:].abs() == 0.5)
    return directions * (is_outermost | ~_lies(directions))


def _curve(knots: Tensor) -> Tensor:
    """A smooth curve through points: Catmull and Rom's spline."""
    before, after = 2 * knots[:1] - knots[1:2], 2 * knots[-1:] - knots[-2:-1]
    p0, p1, p2, p3 = torch.cat([before, knots, after]).unfold(0, 4, 1).unbind(dim=2)
    t = torch.linspace(0, 1, _SMOOTH)[:, None, None]
    curve = p1 + t / 2 * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return curve.transpose(0, 1).flatten(0, 1)


_SPLIT = [letter.split(",") for letter in LETTERS.values()]


def _table(of: Callable[[str], Tensor]) -> Tensor:
    """What is known of each stroke of each letter: (letters, _STROKES, ...), 0 where a letter has fewer."""
    rows = [torch.stack([of(stroke) for stroke in strokes]) for strokes in _SPLIT]
    return torch.stack([F.pad(row, (0, 0, 0, 0, 0, _STROKES - len(row))) for row in rows])


_STROKES_OF_ALL, _OUTWARD = _table(_points), _table(_ends)
_BOUNDS = torch.tensor([_OFTEN.get(letter, 1) for letter in LETTERS]).float().cumsum(0)
_BOUNDS /= _BOUNDS[-1].clone()
_IS_THERE = torch.tensor([[number < len(strokes) for number in range(_STROKES)] for strokes in _SPLIT])
